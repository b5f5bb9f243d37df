/** Texts to read, and two of them side by side. Nothing in them is ever run or rendered. */
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import {
  defaultHighlightStyle,
  foldGutter,
  HighlightStyle,
  syntaxHighlighting,
} from '@codemirror/language';
import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { TextKind } from './definition-text.ts';

const look = EditorView.theme({
  '&': {
    fontSize: '13px',
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-text)',
  },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.5' },
  '.cm-gutters': {
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-dimmed)',
    border: 'none',
  },
  '.cm-line': { unicodeBidi: 'isolate' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)' },
});

/** The usual style has colours for a light page; each becomes one that both appearances have. */
const colourOf: Readonly<Record<string, string>> = {
  '#00c': 'var(--state-running)',
  '#00f': 'var(--state-running)',
  '#164': 'var(--state-queued)',
  '#219': 'var(--state-queued)',
  '#a11': 'var(--state-success)',
  '#940': 'var(--mantine-color-dimmed)',
};

const colours = HighlightStyle.define(
  defaultHighlightStyle.specs.map(({ tag, color }) => ({
    tag,
    color: colourOf[String(color)] ?? 'var(--mantine-color-text)',
  })),
);

function extensions(kind: TextKind, label: string): Extension {
  return [
    lineNumbers(),
    // Marks that turn text around are shown as what they are.
    highlightSpecialChars(),
    foldGutter(),
    kind === 'yaml' ? yaml() : json(),
    syntaxHighlighting(colours),
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    EditorView.lineWrapping,
    look,
  ];
}

interface CodeViewProps {
  readonly text: string;
  readonly kind: TextKind;
  readonly label: string;
}

export function CodeView({ text, kind, label }: CodeViewProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const state = EditorState.create({ doc: text, extensions: extensions(kind, label) });
    const view = new EditorView({ state, parent: place.current });
    return () => view.destroy();
  }, [text, kind, label]);
  return <div ref={place} style={frame} />;
}

interface DiffViewProps {
  readonly before: string;
  readonly after: string;
  readonly kind: TextKind;
  readonly labels: readonly [before: string, after: string];
}

export function DiffView({ before, after, kind, labels }: DiffViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const [left, right] = labels;
  useEffect(() => {
    if (place.current === null) return;
    const view = new MergeView({
      a: { doc: before, extensions: extensions(kind, left) },
      b: { doc: after, extensions: extensions(kind, right) },
      parent: place.current,
      collapseUnchanged: { margin: 3, minSize: 6 },
      highlightChanges: true,
      gutter: true,
    });
    return () => view.destroy();
  }, [before, after, kind, left, right]);
  return <div ref={place} style={frame} />;
}

const frame = {
  border: '1px solid var(--mantine-color-default-border)',
  borderRadius: 'var(--mantine-radius-sm)',
  overflow: 'auto',
  maxHeight: 'calc(100vh - 260px)',
} as const;
