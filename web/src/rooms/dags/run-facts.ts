/** What is to be known of runs by looking at them. */
import type { RunView } from '../../../../src/model/views/run.ts';

export const isLive = ({ state }: Pick<RunView, 'state'>): boolean =>
  state === 'queued' || state === 'running' || state === 'cancelling';

/** Newest first. */
export const byAge = (left: RunView, right: RunView): number =>
  left.createdAt < right.createdAt ? 1 : left.createdAt > right.createdAt ? -1 : 0;

/** Two lists as one, newest first; of a run in both, `newer` knows more. */
export function merged(older: readonly RunView[], newer: readonly RunView[]): readonly RunView[] {
  const byId = new Map(older.map((run) => [run.runId, run]));
  for (const run of newer) byId.set(run.runId, run);
  return [...byId.values()].sort(byAge);
}

/** How long it usually takes: the middle of what succeeded; undefined: nothing is known. */
export function usualMs(runs: readonly Pick<RunView, 'state' | 'durationMs'>[]) {
  const known = runs
    .flatMap(({ state, durationMs }) => (state === 'success' ? [durationMs ?? 0] : []))
    .sort((left, right) => left - right);
  return known[Math.floor(known.length / 2)];
}
