/** DAGs whose newest ended run has failed. */
import { useMemo } from 'react';
import { useDayRuns } from './day-runs.ts';
import { isLive } from './run-facts.ts';

/** Of the runs of the last day, and those that have ended since the page was opened. */
export function useFailing(namespace: string, isWanted: boolean): ReadonlySet<string> {
  const { runs } = useDayRuns(namespace, isWanted);
  return useMemo(() => {
    const newest = new Map<string, string>();
    for (const run of runs) {
      if (!isLive(run) && !newest.has(run.dagId)) newest.set(run.dagId, run.state);
    }
    return new Set([...newest].flatMap(([dagId, state]) => (state === 'failed' ? [dagId] : [])));
  }, [runs]);
}
