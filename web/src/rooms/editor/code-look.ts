/** How the text looks: colours of the theme, by what the YAML grammar says of each piece. */
import { syntaxTree } from '@codemirror/language';
import type { Range } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';

const marks: Readonly<Record<string, Decoration>> = {
  Comment: Decoration.mark({ class: 'skein-y-comment' }),
  QuotedLiteral: Decoration.mark({ class: 'skein-y-text' }),
  BlockLiteralContent: Decoration.mark({ class: 'skein-y-text' }),
  Anchor: Decoration.mark({ class: 'skein-y-mark' }),
  Alias: Decoration.mark({ class: 'skein-y-mark' }),
  Tag: Decoration.mark({ class: 'skein-y-mark' }),
};
const keyMark = Decoration.mark({ class: 'skein-y-key' });

function marksOf(view: EditorView): DecorationSet {
  const found: Range<Decoration>[] = [];
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: (node) => {
        if (node.from === node.to) return;
        if (node.name === 'Key') found.push(keyMark.range(node.from, node.to));
        else {
          const mark = marks[node.name];
          if (mark !== undefined) found.push(mark.range(node.from, node.to));
        }
      },
    });
  }
  return Decoration.set(found, true);
}

export const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = marksOf(view);
    }

    update(update: ViewUpdate): void {
      const isParsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      if (update.docChanged || update.viewportChanged || isParsed) {
        this.decorations = marksOf(update.view);
      }
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const border = '1px solid var(--mantine-color-default-border)';

/** As CodeMirror itself says it, or its own colour wins. */
const selected = '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground';

export const look = EditorView.theme({
  '&': {
    height: '100%',
    fontSize: '13px',
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-text)',
  },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
  '.cm-gutters': {
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-dimmed)',
    borderRight: border,
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--mantine-color-text) 5%, transparent)',
  },
  '&.cm-focused .cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  [`.cm-selectionBackground, ${selected}`]: {
    backgroundColor: 'color-mix(in srgb, var(--mantine-primary-color-filled) 30%, transparent)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-text)',
    border,
    borderRadius: '4px',
    maxWidth: '420px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--mantine-primary-color-light)',
    color: 'var(--mantine-color-text)',
  },
  '.cm-completionInfo': { padding: '6px 8px' },
  '.skein-y-about': { padding: '6px 8px', fontSize: '12px' },
  '.skein-y-key': {
    color: 'light-dark(var(--mantine-color-blue-9), var(--mantine-color-blue-3))',
  },
  '.skein-y-text': {
    color: 'light-dark(var(--mantine-color-green-9), var(--mantine-color-green-4))',
  },
  '.skein-y-comment': { color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  '.skein-y-mark': {
    color: 'light-dark(var(--mantine-color-grape-9), var(--mantine-color-grape-3))',
  },
});
