/** Short ways to read DAG files in tests. */
import type { DagSpec, TaskSpec } from '../../model/dag.ts';
import { readDag } from '../dag-file.ts';
import type { Finding } from '../source-document.ts';

export const read = (text: string, format: 'yaml' | 'json' = 'yaml') =>
  readDag({ text, format, id: null, namespace: null, limits: null });

export function specOf(text: string): DagSpec {
  const result = read(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 1));
  return result.value.spec;
}

/** Of a DAG with these lines under `tasks`, or of a whole file. */
export function tasksOf(text: string): Readonly<Record<string, TaskSpec>> {
  const file = text.startsWith('id: ') ? text : `id: x\ntasks:\n${text}`;
  return specOf(file).tasks;
}

export function findingsOf(text: string, format: 'yaml' | 'json' = 'yaml'): readonly Finding[] {
  const result = read(text, format);
  return result.ok ? [] : result.error;
}

/** `3:5 tasks.a.retries: message` of every finding. */
export const complaints = (text: string): readonly string[] =>
  findingsOf(text).map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
