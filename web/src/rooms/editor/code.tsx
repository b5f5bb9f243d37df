/** The text: CodeMirror with YAML, help, and what is wrong where. */
import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { help } from './code-help.ts';
import { colours, look } from './code-look.ts';

/** 1-based, as nodes tell it. */
export interface TextFinding {
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly path: string;
}

interface CodeProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly findings: readonly TextFinding[];
  readonly taskNames: readonly string[];
  /** Mod-S. */
  readonly onSave: () => void;
}

export function Code({ label, text, onChange, findings, taskNames, onSave }: CodeProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ onChange, taskNames, onSave });
  latest.current = { onChange, taskNames, onSave };
  // biome-ignore lint/correctness/useExhaustiveDependencies: one view for all of its life.
  useEffect(() => {
    if (box.current === null) return;
    const made = new EditorView({
      parent: box.current,
      state: EditorState.create({ doc: text, extensions: extensionsOf(label, latest) }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const now = view.current;
    if (now !== undefined) replaceText(now, text);
  }, [text]);
  useEffect(() => {
    const now = view.current;
    if (now !== undefined) now.dispatch(setDiagnostics(now.state, findings.map(diagnosticOf(now))));
  }, [findings]);
  return <div ref={box} style={{ height: '100%', minHeight: 0, overflow: 'hidden' }} />;
}

interface Latest {
  readonly current: Pick<CodeProps, 'onChange' | 'taskNames' | 'onSave'>;
}

function extensionsOf(label: string, latest: Latest) {
  const save = () => {
    latest.current.onSave();
    return true;
  };
  return [
    ...[lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput()],
    ...[bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter()],
    ...[yaml(), colours, look, help(() => latest.current.taskNames)],
    keymap.of([
      { key: 'Mod-s', run: save },
      ...[...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...foldKeymap],
      ...[...completionKeymap, ...lintKeymap, indentWithTab],
    ]),
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString());
    }),
  ];
}

/** Only what differs is replaced, so that the cursor and the history stay. */
function replaceText(view: EditorView, text: string): void {
  const now = view.state.doc.toString();
  if (now === text) return;
  let from = 0;
  while (from < now.length && from < text.length && now[from] === text[from]) from += 1;
  let end = 0;
  const room = Math.min(now.length, text.length) - from;
  while (end < room && now.at(-1 - end) === text.at(-1 - end)) end += 1;
  const insert = text.slice(from, text.length - end);
  view.dispatch({ changes: { from, to: now.length - end, insert } });
}

const diagnosticOf =
  ({ state }: EditorView) =>
  ({ line, column, message, path }: TextFinding): Diagnostic => {
    const row = state.doc.line(Math.max(1, Math.min(line ?? 1, state.doc.lines)));
    const from = Math.min(row.to, row.from + Math.max(0, (column ?? 1) - 1));
    const text = path === '' ? message : `${path}: ${message}`;
    const place = line === null ? '' : `${line}:${column ?? 1} `;
    return { from, to: row.to, severity: 'error', message: `${place}${text}` };
  };
