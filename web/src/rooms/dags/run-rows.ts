/** Runs as the page sees them: what a node answered once, and the rows that have come since. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RunRow } from '../../../../src/model/run.ts';
import { type RunView, runView } from '../../../../src/model/views/run.ts';
import { call } from '../../data/api.ts';
import { useTable } from '../../data/hooks.ts';
import { merged } from './run-facts.ts';

/** A row is immutable: it is turned into a view once. */
const views = new WeakMap<RunRow, RunView>();

export function viewOf(row: RunRow): RunView {
  const known = views.get(row);
  if (known !== undefined) return known;
  const made = runView(row);
  views.set(row, made);
  return made;
}

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
