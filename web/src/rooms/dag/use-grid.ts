/**
 * The newest runs of a DAG with the states of their tasks: asked for page by page, and live runs
 * followed by their own rows, which the page turns into cells as a node does.
 */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { type GridView, gridCellSteps, gridView } from '../../../../src/model/views/grid.ts';
import { allSteps } from '../../../../src/model/views/instances.ts';
import { call, type Reply } from '../../data/api.ts';
import { follow } from '../../data/follow.ts';
import type { Follower } from '../../data/follower.ts';
import { useTable } from '../../data/hooks.ts';
import type { Rows } from '../../data/rows.ts';
import { type Grid, joined } from './grid-model.ts';

/** The first page is small, so that something is seen at once. */
const pageSizes = { first: 10, next: 30 } as const;
/**
 * Live runs followed at a time, each by a stream, of which a browser opens few to a node; others
 * are asked for again when their rows change.
 */
const followedMax = 2;
const againMs = 2_000;
/** The first page is as good as new for so long: the tab that it was asked for is loading. */
const firstFreshMs = 3_000;
/** Pages of news beside those of the start, before everything is asked for anew. */
const newsMax = 30;

export interface DagName {
  readonly namespace: string;
  readonly dagId: string;
}

type Page = Reply<'dagGrid'>;

interface GridAnswer {
  readonly grid: Grid;
  readonly isLoading: boolean;
  readonly error: Error | null;
}

const nothing: readonly Page[] = [];

export function useGrid(dag: DagName, count: number): GridAnswer {
  const { namespace, dagId } = dag;
  const client = useQueryClient();
  const [partly, setPartly] = useState<readonly Page[]>(nothing);
  const key = useMemo(() => ['grid', namespace, dagId, count], [namespace, dagId, count]);
  const { data, isPending, error } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => pagesOf(client, dag, { count, signal }, setPartly),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const pages = data ?? partly;
  const known = useMemo(() => new Map(pages.flatMap(({ runs }) => runs.map(knownRun))), [pages]);
  const { live, isMore, news } = useNews(dag, known, data !== undefined);
  useAgain(dag, key, isMore, news);
  const grid = useMemo(() => {
    const all = joined([...pages, ...live]);
    return { ...all, runs: all.runs.slice(-count) };
  }, [pages, live, count]);
  return { grid, isLoading: isPending, error };
}

const knownRun = ({ runId, state }: Page['runs'][number]) => [runId, state] as const;

/** The newest runs, which may be asked for before it is known what the DAG is. */
const firstPage = ({ namespace, dagId }: DagName) => ({
  queryKey: ['grid-first', namespace, dagId],
  queryFn: ({ signal }: { readonly signal: AbortSignal }): Promise<Page> => {
    const query = { namespace, limit: String(pageSizes.first) };
    return call('dagGrid', { params: { dagId }, query, signal });
  },
  staleTime: firstFreshMs,
  gcTime: firstFreshMs,
  retry: false,
});

/** Asks for the first page while the rest of the tab is still on its way. */
export const prefetchGrid = (client: QueryClient, dag: DagName): Promise<void> =>
  client.prefetchQuery(firstPage(dag));

async function pagesOf(
  client: QueryClient,
  dag: DagName,
  asked: { readonly count: number; readonly signal: AbortSignal },
  show: (pages: readonly Page[]) => void,
): Promise<readonly Page[]> {
  const { namespace, dagId } = dag;
  const { count, signal } = asked;
  const first = await client.fetchQuery(firstPage(dag));
  const pages: Page[] = [first];
  let { cursor } = first;
  let left = count - first.runs.length;
  while (cursor !== null && left > 0) {
    show([...pages]);
    const query = { namespace, limit: String(Math.min(left, pageSizes.next)), cursor };
    const page: Page = await call('dagGrid', { params: { dagId }, query, signal });
    pages.push(page);
    left -= page.runs.length;
    cursor = page.cursor;
  }
  return pages;
}

interface News {
  readonly live: readonly GridView[];
  /** There are more runs that have changed than are followed. */
  readonly isMore: boolean;
  /** Changes with the rows of the runs. */
  readonly news: unknown;
}

/** Runs whose rows say something else than the pages do. */
function useNews(dag: DagName, known: ReadonlyMap<string, string>, isLoaded: boolean): News {
  const rows = useTable('run');
  const changed = useMemo(
    () =>
      rows
        .filter((row) => row.namespace === dag.namespace && row.dagId === dag.dagId)
        .filter((row) => !('endedAt' in row) || known.get(row.runId) !== row.status)
        .sort((left, right) => right.createdAt - left.createdAt)
        .map(({ runId }): string => runId),
    [rows, dag.namespace, dag.dagId, known],
  );
  const ids = (isLoaded ? changed.slice(0, followedMax) : []).join(' ');
  const live = useFollowed(dag, ids);
  return { live, isMore: changed.length > followedMax, news: rows };
}

/** `ids`: of runs, with blanks between them. */
function useFollowed({ namespace, dagId }: DagName, ids: string): readonly GridView[] {
  const followers = useRef(new Map<string, Follower>());
  const [views, setViews] = useState<ReadonlyMap<string, GridView>>(new Map());
  useEffect(() => {
    const wanted = ids === '' ? [] : ids.split(' ');
    const all = followers.current;
    for (const runId of wanted) {
      if (all.has(runId)) continue;
      const follower = follow({ kind: 'run', namespace, runId });
      all.set(runId, follower);
      follower.subscribe(() => {
        const view = viewOf(dagId, follower.rows);
        if (view !== undefined) setViews((before) => new Map(before).set(runId, view));
      });
    }
    for (const [runId, follower] of all) {
      if (wanted.includes(runId)) continue;
      follower.stop();
      all.delete(runId);
    }
  }, [ids, namespace, dagId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: those of another DAG are others.
  useEffect(() => {
    const all = followers.current;
    return () => {
      for (const follower of all.values()) follower.stop();
      all.clear();
      setViews(new Map());
    };
  }, [namespace, dagId]);
  return useMemo(() => [...views.values()], [views]);
}

function viewOf(dagId: string, rows: Rows): GridView | undefined {
  const run = rows.all('run')[0];
  const version = rows.all('version').find(({ versionId }) => versionId === run?.versionId);
  if (run === undefined || version === undefined) return undefined;
  const { spec } = version;
  const found = {
    ...{ run, spec, tasks: rows.all('task'), outputs: rows.all('output') },
    expansions: rows.all('expansion'),
  };
  return gridView(dagId, Object.keys(spec.tasks), [allSteps(gridCellSteps(found))]);
}

/** Asks for the newest runs, in peace, when runs change that nobody follows. */
function useAgain(dag: DagName, key: readonly unknown[], isMore: boolean, news: unknown): void {
  const client = useQueryClient();
  const { namespace, dagId } = dag;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the news are what it waits for.
  useEffect(() => {
    if (!isMore || timer.current !== undefined) return;
    const ask = async (): Promise<void> => {
      const query = { namespace, limit: String(pageSizes.first) };
      const page = await call('dagGrid', { params: { dagId }, query });
      client.setQueryData<readonly Page[]>(key, (pages = nothing) => [...pages, page]);
      const count = client.getQueryData<readonly Page[]>(key)?.length ?? 0;
      if (count > newsMax) await client.invalidateQueries({ queryKey: key });
    };
    timer.current = setTimeout(() => {
      timer.current = undefined;
      // Without an answer what is shown stays, and the next change asks again.
      ask().catch(() => {});
    }, againMs);
  }, [client, namespace, dagId, key, isMore, news]);
  useEffect(() => () => clearTimeout(timer.current), []);
}
