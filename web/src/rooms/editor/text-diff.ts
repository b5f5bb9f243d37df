/** Two texts as one, with what went and what came. */
import { yaml } from '@codemirror/lang-yaml';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { colours, look } from './code-look.ts';

/** Returns what takes it away. */
export function showDiff(parent: HTMLElement, before: string, after: string): () => void {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: after,
      extensions: [
        lineNumbers(),
        yaml(),
        colours,
        look,
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ tabindex: '0' }),
        unifiedMergeView({
          original: before,
          mergeControls: false,
          collapseUnchanged: { margin: 2, minSize: 6 },
        }),
      ],
    }),
  });
  return () => view.destroy();
}
