/** The runs of the last 24 hours: asked for once, page by page, then kept up by the rows. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { RunView } from '../../../../src/model/views/run.ts';
import { call, type Reply } from '../../data/api.ts';
import { byAge } from './run-facts.ts';
import { useFollowedRuns } from './run-rows.ts';

export const dayMs = 86_400_000;
const pageSize = 1_000;
/** More of a day is not shown, and the page says so. */
export const dayRunsMax = 20_000;

export interface DayRuns {
  /** Newest first. */
  readonly runs: readonly RunView[];
  readonly isLoading: boolean;
  /** There were more than `dayRunsMax`. */
  readonly isCut: boolean;
}

interface Past {
  readonly runs: readonly RunView[];
  readonly isCut: boolean;
}

/** `isWanted`: they are many, and not asked for where nobody looks. */
export function useDayRuns(namespace: string, isWanted = true): DayRuns {
  const followed = useFollowedRuns(namespace);
  const [partly, setPartly] = useState<readonly RunView[]>([]);
  const { data, isPending } = useQuery({
    queryKey: ['day-runs', namespace],
    queryFn: ({ signal }) => pastRuns(namespace, signal, setPartly),
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const [kept] = useState(() => new Map<string, RunView>());
  const past = data?.runs ?? partly;
  // Rows of ended runs are forgotten when there are very many: what was seen is kept here.
  useEffect(() => {
    if (kept.size > 2 * dayRunsMax) kept.clear();
    for (const run of followed) kept.set(`${run.namespace}/${run.runId}`, run);
  }, [kept, followed]);
  const runs = useMemo(() => {
    const since = new Date(Date.now() - dayMs).toISOString();
    const byId = new Map(past.map((run) => [run.runId, run]));
    for (const run of kept.values()) if (run.namespace === namespace) byId.set(run.runId, run);
    for (const run of followed) byId.set(run.runId, run);
    const isRecent = (run: RunView): boolean => (run.endedAt ?? run.createdAt) >= since;
    return [...byId.values()].filter(isRecent).sort(byAge);
  }, [past, followed, kept, namespace]);
  return { runs, isLoading: isPending, isCut: data?.isCut ?? false };
}

async function pastRuns(
  namespace: string,
  signal: AbortSignal,
  show: (runs: readonly RunView[]) => void,
): Promise<Past> {
  const since = new Date(Date.now() - dayMs).toISOString();
  let runs: readonly RunView[] = [];
  let cursor: string | null = null;
  do {
    const query = { namespace, since, limit: String(pageSize), ...(cursor !== null && { cursor }) };
    const page: Reply<'listRuns'> = await call('listRuns', { query, signal });
    runs = [...runs, ...page.items];
    cursor = page.cursor;
    // The first page is shown at once, and then everything: each look costs the more, the more.
    if (cursor !== null && runs.length <= pageSize) show(runs);
  } while (cursor !== null && runs.length < dayRunsMax);
  return { runs, isCut: cursor !== null };
}
