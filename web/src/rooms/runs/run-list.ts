/** The list of runs: pages of the past with the live rows on top. */
import type { RunView } from '../../../../src/model/views/run.ts';

export interface RunFilter {
  readonly namespace: string;
  /** Empty: any. */
  readonly states: readonly string[];
  /** Empty: any. */
  readonly dag: string;
  /** Created since; null: ever. */
  readonly sinceMs: number | null;
  /** What its id has in it. */
  readonly words: string;
}

export type Listed = Pick<RunView, 'runId' | 'namespace' | 'dagId' | 'state' | 'createdAt'>;

export const fits = (run: Listed, { namespace, states, dag, sinceMs, words }: RunFilter): boolean =>
  run.namespace === namespace &&
  (states.length === 0 || states.includes(run.state)) &&
  (dag === '' || run.dagId === dag) &&
  (sinceMs === null || Date.parse(run.createdAt) >= sinceMs) &&
  (words === '' || run.runId.toLowerCase().includes(words.toLowerCase()));

/**
 * Newest first, each run once: a live row is newer than what a page said of the same run. Live rows
 * from before the last page are left to the pages that are still to come.
 */
export function mergedRuns<T extends Listed>(
  pages: readonly T[],
  live: readonly T[],
  { filter, isWhole }: { readonly filter: RunFilter; readonly isWhole: boolean },
): readonly T[] {
  const newest = new Map(pages.map((run) => [run.runId, run]));
  const last = pages.at(-1)?.createdAt;
  for (const run of live) {
    if (run.namespace !== filter.namespace) continue;
    const isReached = isWhole || last === undefined || run.createdAt >= last;
    if (newest.has(run.runId) || isReached) newest.set(run.runId, run);
  }
  return [...newest.values()].filter((run) => fits(run, filter)).sort(newestFirst);
}

const newestFirst = (left: Listed, right: Listed): number =>
  left.createdAt === right.createdAt
    ? left.runId < right.runId
      ? 1
      : -1
    : left.createdAt < right.createdAt
      ? 1
      : -1;

/** What can be done to some of the chosen runs. */
export const canCancel = ({ state }: Listed): boolean => state === 'queued' || state === 'running';

export const canRerun = ({ state }: Listed): boolean => state === 'failed' || state === 'cancelled';

/** `24h`, `7d` -> milliseconds; null: not a span. */
export function spanMs(text: string | undefined): number | null {
  const match = /^(\d{1,4})(m|h|d)$/.exec(text ?? '');
  if (match === null) return null;
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? ''] ?? 0;
  return Number(match[1]) * unit;
}
