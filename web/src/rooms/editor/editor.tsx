/** The three views beside each other, and what keeps them the same. */
import { Alert, Badge, Box, Group, Text } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from '../../app/search.ts';
import { useWords } from '../../kit/words.ts';
import { Canvas } from './canvas.tsx';
import { type Check, useCheck } from './check.ts';
import { Code, type TextFinding } from './code.tsx';
import { readText, type TextModel } from './dag-text.ts';
import { draftOf, dropDraft, keepDraft } from './draft.ts';
import './editor.css';
import { TaskForm } from './task-form.tsx';
import { Toolbar } from './toolbar.tsx';
import { useNewer } from './use-newer.ts';
import { editorWords } from './words.ts';

export interface EditorProps {
  readonly namespace: string;
  /** '' for a new one. */
  readonly dag: string;
  readonly loaded: string;
  /** Null: it is not applied yet. */
  readonly version: string | null;
}

const nothing: TextModel = { id: null, namespace: null, description: '', tasks: [], groups: [] };
const noFindings: readonly TextFinding[] = [];

export function Editor({ namespace, dag, loaded, version }: EditorProps) {
  const w = useWords(editorWords);
  const place = useMemo(() => ({ namespace, dag }), [namespace, dag]);
  const [draft] = useState(() => draftOf(place));
  const [text, setText] = useState(draft?.text ?? loaded);
  const [wasDraft] = useState(text !== loaded);
  const [base, setBase] = useState(wasDraft && draft !== null ? draft.base : version);
  const newer = useNewer(place, base);
  const [search, change] = useSearchParams();
  const checked = useCheck({ text, namespace, dag });
  const read = useMemo(() => readText(text), [text]);
  const readable = useRef(nothing);
  if (read.ok) readable.current = read.model;
  const model = readable.current;
  const isDirty = text !== loaded;
  useEffect(() => {
    if (isDirty) keepDraft(place, { text, base });
    else dropDraft(place);
  }, [isDirty, place, text, base]);
  const findings = checked.kind === 'problems' ? checked.findings : noFindings;
  const names = useMemo(() => [...model.tasks, ...model.groups].map(({ id }) => id), [model]);
  const task = model.tasks.find(({ id }) => id === search.task);
  const select = (id: string | null): void => change({ task: id ?? '' });
  /** Undefined: the text cannot be read, so it is not edited. */
  const edit = (after: string | undefined): void => {
    if (after !== undefined) setText(after);
  };
  const applyRef = useRef<HTMLButtonElement>(null);
  return (
    <div className="skein-editor">
      <Toolbar
        {...{ namespace, dag, text, version, newer, isDirty, applyRef }}
        id={model.id ?? dag}
        loaded={loaded}
        onText={setText}
        onBase={setBase}
        status={<Status checked={checked} isDirty={isDirty} />}
      />
      {wasDraft && isDirty && (
        <Alert variant="light" color="yellow" py={4}>
          {w.restoredDraft}
        </Alert>
      )}
      {newer !== null && (
        <Alert variant="light" color="red" py={4} role="alert">
          {w.newer(newer)}
        </Alert>
      )}
      <div className="skein-editor-views">
        <Box className="skein-editor-text">
          <Code
            label={w.text}
            text={text}
            onChange={setText}
            findings={findings}
            taskNames={names}
            onSave={() => applyRef.current?.click()}
          />
        </Box>
        <div className="skein-editor-side">
          {!read.ok && (
            <Text size="xs" c="dimmed">
              {w.broken}
            </Text>
          )}
          <Canvas
            {...{ model, text, findings }}
            selected={task?.id ?? null}
            onSelect={select}
            onEdit={edit}
          />
          {task !== undefined && (
            <TaskForm
              key={task.id}
              {...{ model, task, text }}
              onEdit={edit}
              onSelect={select}
              isReadable={read.ok}
            />
          )}
        </div>
      </div>
      <Findings findings={findings} />
    </div>
  );
}

function Status({ checked, isDirty }: { readonly checked: Check; readonly isDirty: boolean }) {
  const w = useWords(editorWords);
  const tone = { checking: 'pending', fine: 'success', problems: 'failed', unknown: 'pending' };
  const texts = { checking: w.checking, fine: `✓ ${w.fine}`, unknown: w.notReached };
  const text =
    checked.kind === 'problems' ? `✗ ${w.problems(checked.findings.length)}` : texts[checked.kind];
  return (
    <Group gap="xs">
      <Badge variant="default" tt="none" fw={400} c={isDirty ? 'var(--state-paused)' : 'dimmed'}>
        {isDirty ? w.unsaved : w.saved}
      </Badge>
      <Text size="sm" c={`var(--state-${tone[checked.kind]})`} role="status">
        {text}
      </Text>
    </Group>
  );
}

const findingsShown = 50;

function Findings({ findings }: { readonly findings: readonly TextFinding[] }) {
  const w = useWords(editorWords);
  if (findings.length === 0) return null;
  return (
    <Box
      component="ul"
      className="skein-editor-findings"
      aria-label={w.problems(findings.length)}
      aria-live="polite"
    >
      {findings.slice(0, findingsShown).map(({ line, column, path, message }) => (
        <li key={`${line}/${column}/${path}/${message}`}>
          <Text size="xs" className="skein-name" c="var(--state-failed)">
            {line !== null && `${w.position(line, column ?? 1)} · `}
            {path !== '' && `${path}: `}
            {message}
          </Text>
        </li>
      ))}
    </Box>
  );
}
