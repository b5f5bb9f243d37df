/** What people said about a run: who, when, what. Kept in its row, newest last. */
import { notesKept, type RunRow } from '../model/run.ts';
import type { Turn } from './turn.ts';

export function withNote<R extends RunRow>(
  run: R,
  turn: Pick<Turn, 'at'>,
  { by, text }: { readonly by: string; readonly text: string },
): R {
  const notes = [...(run.notes ?? []), { at: turn.at, by, text }].slice(-notesKept);
  return { ...run, notes };
}

/** `: fixed by hand`, or nothing. */
export const noteText = (note: string): string => (note === '' ? '' : `: ${note}`);
