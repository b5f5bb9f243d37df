/** The newest runs of some DAGs: when an event, or a success, was the last time. */
import { useQueries } from '@tanstack/react-query';
import { call, type Reply } from '../../data/api.ts';
import { useCluster, useVersion } from '../../data/hooks.ts';

export type LastRun = Reply<'listRuns'>['items'][number];

/** Runs of one DAG that are looked at. */
const lookedAt = '20';

interface Asked {
  readonly namespace: string;
  readonly dags: readonly string[];
  readonly fits: (run: LastRun) => boolean;
}

/** DAG -> its newest run that fits. Asked again when a run of the cluster changes. */
export function useLastRuns({ namespace, dags, fits }: Asked): ReadonlyMap<string, LastRun> {
  // Only every so many changes: this is a hint beside a row, not a log.
  const version = Math.floor(useVersion(useCluster(), 'run') / 8);
  const results = useQueries({
    queries: dags.map((dag) => ({
      queryKey: ['last-runs', namespace, dag, version],
      placeholderData: (before: Reply<'listRuns'> | undefined) => before,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call('listRuns', { query: { namespace, dag, limit: lookedAt }, signal }),
    })),
  });
  return new Map(
    dags.flatMap((dag, at) => {
      const run = results[at]?.data?.items.find(fits);
      return run === undefined ? [] : [[dag, run] as const];
    }),
  );
}
