/** Runs as the page sees them: what a node answered once, and the rows that have come since. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RunRow } from '../../../../src/model/run.ts';
import { type RunView, runView } from '../../../../src/model/views/run.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';

/** A row is immutable: it is turned into a view once. */
const views = new WeakMap<RunRow, RunView>();

export function viewOf(row: RunRow): RunView {
  const known = views.get(row);
  if (known !== undefined) return known;
  const made = runView(row);
  views.set(row, made);
  return made;
}

export const isLive = ({ state }: Pick<RunView, 'state'>): boolean =>
  state === 'queued' || state === 'running' || state === 'cancelling';

/** Newest first. */
export const byAge = (left: RunView, right: RunView): number =>
  left.createdAt < right.createdAt ? 1 : left.createdAt > right.createdAt ? -1 : 0;

/** The runs of a namespace that live, or have ended while the page was open. */
export function useFollowedRuns(namespace: string): readonly RunView[] {
  const rows = useTable('run');
  return useMemo(
    () => rows.filter((row) => row.namespace === namespace).map(viewOf),
    [rows, namespace],
  );
}

export function useRunsByDag(namespace: string): ReadonlyMap<string, readonly RunView[]> {
  const runs = useFollowedRuns(namespace);
  return useMemo(() => {
    const byDag = new Map<string, RunView[]>();
    for (const run of runs) {
      const own = byDag.get(run.dagId);
      if (own === undefined) byDag.set(run.dagId, [run]);
      else own.push(run);
    }
    return byDag;
  }, [runs]);
}

/** Two lists as one, newest first; of a run in both, `newer` knows more. */
export function merged(older: readonly RunView[], newer: readonly RunView[]): readonly RunView[] {
  const byId = new Map(older.map((run) => [run.runId, run]));
  for (const run of newer) byId.set(run.runId, run);
  return [...byId.values()].sort(byAge);
}

/** The newest runs of a DAG: asked for once, then kept up by the rows. */
export function useRecentRuns(
  dag: { readonly namespace: string; readonly dagId: string },
  count: number,
  followed: readonly RunView[],
): readonly RunView[] {
  const { namespace, dagId } = dag;
  const { data } = useQuery({
    queryKey: ['recent-runs', namespace, dagId, count],
    queryFn: ({ signal }) =>
      call('listRuns', { query: { namespace, dag: dagId, limit: String(count) }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(
    () => merged(data?.items ?? [], followed).slice(0, count),
    [data, followed, count],
  );
}

/** How long it usually takes: the middle of what succeeded; undefined: nothing is known. */
export function usualMs(runs: readonly Pick<RunView, 'state' | 'durationMs'>[]) {
  const known = runs
    .flatMap(({ state, durationMs }) => (state === 'success' ? [durationMs ?? 0] : []))
    .sort((left, right) => left - right);
  return known[Math.floor(known.length / 2)];
}
