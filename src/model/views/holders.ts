/** Who holds what a namespace shares out: slots of pools, concurrency keys, and places of DAGs. */
import type { Namespace } from '../../base/brand.ts';
import type { ReadonlyState } from '../readonly-state.ts';
import type { RunRow } from '../run.ts';
import { type AliveAttempt, aliveAttempts } from './live-attempts.ts';
import { timeText } from './time.ts';

export interface HoldersView {
  /** By name; also one that is gone and still held. */
  readonly pools: readonly PoolHoldersView[];
  /** Keys that somebody holds, by name. */
  readonly keys: readonly KeyHoldersView[];
  /** DAGs with runs that have not ended, by id. */
  readonly dags: readonly DagHoldersView[];
}

interface HoldersCommon {
  /** The oldest first, at most `holdersShownMax`. */
  readonly holders: readonly HolderView[];
  readonly leftOut: number;
}

export interface PoolHoldersView extends HoldersCommon {
  readonly pool: string;
  /** Null: there is no such pool any more. */
  readonly slots: number | null;
  readonly taken: number;
}

export interface KeyHoldersView extends HoldersCommon {
  readonly key: string;
  readonly taken: number;
}

/** An attempt that is alive. It holds what it was assigned with, whatever was edited since. */
export interface HolderView {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly attempt: number;
  readonly node: string;
  readonly state: 'queued' | 'running';
  /** Of a pool; 1 of a key. */
  readonly slots: number;
  readonly since: string;
}

export interface DagHoldersView {
  readonly dagId: string;
  /** Of its current version; null: the DAG is gone. */
  readonly maxActiveRuns: number | null;
  readonly active: number;
  readonly queued: number;
  /** Those that have begun, the oldest first, at most `holdersShownMax`. */
  readonly runs: readonly RunHolderView[];
  readonly leftOut: number;
}

export interface RunHolderView {
  readonly runId: string;
  readonly state: 'running' | 'cancelling';
  readonly since: string;
}

/** Holders of one thing that are named; the others are counted. */
export const holdersShownMax = 100;

export function holdersView(state: ReadonlyState, namespace: Namespace): HoldersView {
  const alive = [...aliveAttempts(state, (run) => run.namespace === namespace)];
  return { pools: pools(state, namespace, alive), keys: keys(alive), dags: dags(state, namespace) };
}

function pools(
  state: ReadonlyState,
  namespace: Namespace,
  alive: readonly AliveAttempt[],
): readonly PoolHoldersView[] {
  const held = new Map<string, AliveAttempt[]>();
  for (const row of state.allNamed('pool')) if (row.namespace === namespace) held.set(row.name, []);
  for (const each of alive) addUnder(held, each.row.attempt.holds?.pool?.name, each);
  return byName(held).map(([pool, all]) => ({
    pool,
    slots: state.named('pool', namespace, pool)?.slots ?? null,
    taken: all.reduce((sum, { row }) => sum + (row.attempt.holds?.pool?.slots ?? 0), 0),
    ...shown(all),
  }));
}

function keys(alive: readonly AliveAttempt[]): readonly KeyHoldersView[] {
  const held = new Map<string, AliveAttempt[]>();
  for (const each of alive) addUnder(held, each.row.attempt.holds?.key, each);
  return byName(held).map(([key, all]) => ({ key, taken: all.length, ...shown(all, 1) }));
}

/** `slots`: of each; else those of its pool. */
function shown(all: readonly AliveAttempt[], slots?: number): HoldersCommon {
  const oldest = all
    .toSorted((left, right) => left.row.attempt.token - right.row.attempt.token)
    .slice(0, holdersShownMax);
  const holders = oldest.map(({ run, row }): HolderView => {
    const { number: attempt, node, assignedAt, holds } = row.attempt;
    return {
      ...{ dagId: run.dagId, runId: run.runId, taskId: row.taskId, mapIndex: row.mapIndex },
      ...{ attempt, node, state: row.status, since: timeText(assignedAt) },
      slots: slots ?? holds?.pool?.slots ?? 0,
    };
  });
  return { holders, leftOut: all.length - holders.length };
}

type Begun = Extract<RunRow, { readonly status: 'running' | 'cancelling' }>;

const hasBegun = (run: RunRow): run is Begun =>
  run.status === 'running' || run.status === 'cancelling';

function dags(state: ReadonlyState, namespace: Namespace): readonly DagHoldersView[] {
  const live = new Map<RunRow['dagId'], RunRow[]>();
  for (const { run } of state.runs()) {
    if (run.namespace !== namespace) continue;
    addUnder(live, run.dagId, run);
  }
  return byName(live).map(([dagId, all]) => {
    const dag = state.dag(namespace, dagId);
    const version = dag && state.version(namespace, dagId, dag.versionId);
    const begun = all.filter(hasBegun).toSorted((one, two) => one.startedAt - two.startedAt);
    const runs = begun.slice(0, holdersShownMax).map(({ runId, status, startedAt }) => ({
      ...{ runId, state: status, since: timeText(startedAt) },
    }));
    return {
      dagId,
      maxActiveRuns: version?.spec.activeRunsMax ?? null,
      active: begun.length,
      queued: all.filter(({ status }) => status === 'queued').length,
      runs,
      leftOut: begun.length - runs.length,
    };
  });
}

/** The list grows in its place: a copy for each of many holders would cost their square. */
function addUnder<K, V>(lists: Map<K, V[]>, key: K | undefined, value: V): void {
  if (key === undefined) return;
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

const byName = <K extends string, V>(all: ReadonlyMap<K, V>): readonly (readonly [K, V])[] =>
  [...all].sort(([left], [right]) => (left < right ? -1 : 1));
