/** One run as its page shows it: live, or as it stood at the log index of the address. */
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react';
import type { PoolRow } from '../../../../src/model/pool.ts';
import { runHasEnded } from '../../../../src/model/run.ts';
import {
  type RunDetailView,
  type RunRows,
  runDetailView,
} from '../../../../src/model/views/run.ts';
import type { Follower, FollowerState } from '../../data/follower.ts';
import { useFollowerState, useTable } from '../../data/hooks.ts';
import { useNow } from '../../kit/time.tsx';
import { readHistory } from './history.ts';
import { type Moment, momentAt, momentsOf, type PastFact, rowsAt, runRowsOf } from './run-rows.ts';

export interface SeenRun {
  readonly namespace: string;
  readonly runId: string;
  readonly follower: Follower;
  readonly rows: RunRows;
  readonly detail: RunDetailView;
  /** As of now, whatever the page shows. */
  readonly live: RunDetailView;
  /** Set while the page shows the past. */
  readonly past: Moment | null;
  /** A number that changes with the rows. */
  readonly version: number;
}

export const RunContext = createContext<SeenRun | undefined>(undefined);

export function useRun(): SeenRun {
  const run = useContext(RunContext);
  if (run === undefined) throw new Error('outside of RunContext');
  return run;
}

const tables = ['version', 'run', 'expansion', 'task', 'output'] as const;

const versionOf = ({ rows }: Follower): number =>
  tables.reduce((sum, table) => sum + rows.version(table), 0);

/** A number that changes with any row of the run. */
export const useRunVersion = (follower: Follower): number =>
  useSyncExternalStore(
    (tell) => follower.subscribe(tell),
    () => versionOf(follower),
  );

export interface Following {
  readonly state: FollowerState;
  readonly isStale: boolean;
  readonly seen: SeenRun | undefined;
}

interface Wanted {
  readonly follower: Follower;
  readonly namespace: string;
  readonly runId: string;
  /** The log index of the address; undefined: live. */
  readonly at: number | undefined;
}

export function useFollowedRun({ follower, namespace, runId, at }: Wanted): Following {
  const state = useFollowerState(follower);
  const version = useRunVersion(follower);
  const pools = useTable('pool');
  const slots = useMemo(() => slotsOf(pools, namespace), [pools, namespace]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the rows.
  const rows = useMemo(() => runRowsOf(follower.rows, slots), [follower, version, slots]);
  const known = rows === 'missing' ? undefined : rows;
  const history = useHistory({ namespace, runId, version: at === undefined ? 0 : version });
  const live = useMemo(() => known && runDetailView(known), [known]);
  const shown = useMemo(() => {
    if (known === undefined || at === undefined || history === undefined) return undefined;
    const moments = momentsOf(history);
    const past = moments[momentAt(moments, at)];
    return past === undefined ? undefined : { past, rows: rowsAt(known, history, at) };
  }, [known, at, history]);
  const seen = useMemo<SeenRun | undefined>(() => {
    if (known === undefined || live === undefined) return undefined;
    if (at !== undefined && shown === undefined) return undefined;
    const detail = shown === undefined ? live : runDetailView(shown.rows);
    const common = { namespace, runId, follower, live, version };
    return { ...common, rows: shown?.rows ?? known, detail, past: shown?.past ?? null };
  }, [known, live, shown, at, namespace, runId, follower, version]);
  return { state, isStale: rows === 'missing', seen };
}

const slotsOf = (pools: readonly PoolRow[], namespace: string): ReadonlyMap<string, number> =>
  new Map(
    pools
      .filter((pool) => pool.namespace === namespace)
      .map(({ name, slots }) => [name, slots] as const),
  );

interface HistoryWanted {
  readonly namespace: string;
  readonly runId: string;
  /** 0: nobody wants it. */
  readonly version: number;
}

/** The facts of the run up to now; again when the run has changed. */
export function useHistory({
  namespace,
  runId,
  version,
}: HistoryWanted): readonly PastFact[] | undefined {
  const { data } = useQuery<readonly PastFact[]>({
    queryKey: ['run-history', namespace, runId, version],
    queryFn: ({ signal }) => readHistory(namespace, runId, signal),
    enabled: version > 0,
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
  });
  return data;
}

/** Now for a run that goes on; when it stood so for one that is seen in the past. */
export function useRunNow({ detail, past }: SeenRun): number {
  const isOver = runHasEnded(detail.state);
  const now = useNow(isOver || past !== null ? 3_600_000 : 1_000);
  if (past !== null) return Date.parse(past.at);
  return detail.endedAt === null ? now : Date.parse(detail.endedAt);
}
