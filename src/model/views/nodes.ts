/**
 * Nodes as places for tasks: what they have, what is taken of it, what runs there. Read from the
 * rows, so that every node can tell, not only the one that leads.
 */
import type { NodeId } from '../../base/brand.ts';
import type { GivesWay } from '../attempt.ts';
import type { NodeRow } from '../node.ts';
import { defaultNodePool } from '../node-pool.ts';
import type { Taint } from '../placing.ts';
import type { ReadonlyState } from '../readonly-state.ts';
import { minus, plus, type Resources } from '../resources.ts';
import { type AliveAttempt, aliveAttempts } from './live-attempts.ts';
import { resourcesView } from './resources.ts';
import { timeText, timeTextOrNull } from './time.ts';

type Amounts = Readonly<Record<string, number>>;

export interface NodeView {
  readonly node: string;
  readonly state: 'alive' | 'lost';
  readonly since: string;
  readonly address: string;
  readonly pool: string;
  /** Empty: it takes tasks without a queue, and no others. */
  readonly queues: readonly string[];
  readonly taints: readonly Taint[];
  readonly labels: Readonly<Record<string, string>>;
  /** Null: it takes tasks. `until` null: what runs there may end by itself. */
  readonly drain: {
    readonly since: string;
    readonly until: string | null;
    readonly by: string;
  } | null;
  readonly capacity: Amounts;
  readonly used: Amounts;
  /** Never below zero, also where a node came back with less than it had. */
  readonly free: Amounts;
  /** Attempts that are alive there, assigned ones included. */
  readonly running: number;
}

/** An attempt that is alive on the node. */
export interface NodeAttemptView {
  readonly namespace: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly attempt: number;
  readonly token: number;
  readonly state: 'queued' | 'running';
  readonly assignedAt: string;
  readonly startedAt: string | null;
  readonly resources: Amounts;
  /** Its end was asked for; the room is taken until its executor has confirmed it. */
  readonly stopping: boolean;
  /** Why, where its task then begins again elsewhere. */
  readonly givesWay: GivesWay | null;
}

export interface NodeDetailView extends NodeView {
  /** The oldest first, at most `attemptsShownMax`. */
  readonly attempts: readonly NodeAttemptView[];
  readonly attemptsLeftOut: number;
}

/** Attempts in the view of one node. */
export const attemptsShownMax = 1_000;

/** Every node that was ever heard of as an executor. */
export function nodeViews(state: ReadonlyState): readonly NodeView[] {
  const loads = nodeLoads(state);
  return [...state.nodes()].map((row) => nodeView(row, loads.get(row.nodeId) ?? noLoad));
}

/** What each node carries, of one pass over the live rows; none that carries nothing. */
export function nodeLoads(state: ReadonlyState): ReadonlyMap<NodeId, Load> {
  const loads = new Map<NodeId, Load>();
  for (const { row, resources } of aliveAttempts(state, anyRun)) {
    const { node } = row.attempt;
    loads.set(node, withMore(loads.get(node), resources));
  }
  return loads;
}

/** One of them; undefined: there is no such node. */
export function nodeDetailView(state: ReadonlyState, node: NodeId): NodeDetailView | undefined {
  const row = state.node(node);
  if (row === undefined) return undefined;
  const alive = [...aliveAttempts(state, anyRun)]
    .filter((each) => each.row.attempt.node === node)
    .sort((left, right) => left.row.attempt.token - right.row.attempt.token);
  const load = alive.reduce<Load>((sum, { resources }) => withMore(sum, resources), noLoad);
  const shown = alive.slice(0, attemptsShownMax);
  return {
    ...nodeView(row, load),
    attempts: shown.map(nodeAttemptView),
    attemptsLeftOut: alive.length - shown.length,
  };
}

interface Load {
  readonly attempts: number;
  readonly resources: Resources;
}

const noLoad: Load = { attempts: 0, resources: {} };

const withMore = (load: Load = noLoad, resources: Resources): Load => ({
  attempts: load.attempts + 1,
  resources: plus(load.resources, resources),
});

const anyRun = (): boolean => true;

const nodeView = (row: NodeRow, { attempts, resources }: Load): NodeView => ({
  node: row.nodeId,
  state: row.status,
  since: timeText(row.since),
  address: row.address,
  pool: row.pool ?? defaultNodePool,
  queues: row.queues ?? [],
  taints: row.taints ?? [],
  labels: row.labels,
  drain: row.drain === undefined ? null : drainView(row.drain),
  capacity: resourcesView(row.capacity),
  used: resourcesView(resources),
  free: resourcesView(freeOf(row.capacity, resources)),
  running: attempts,
});

const drainView = ({ since, until, by }: NonNullable<NodeRow['drain']>) => ({
  since: timeText(since),
  until: timeTextOrNull(until),
  by,
});

/** In the dimensions that the node has. */
function freeOf(capacity: Resources, used: Resources): Resources {
  const rest = minus(capacity, used);
  return Object.fromEntries(
    Object.keys(capacity).map((name) => [name, Math.max(0, rest[name] ?? 0)]),
  );
}

const nodeAttemptView = ({ run, row, resources }: AliveAttempt): NodeAttemptView => ({
  namespace: run.namespace,
  dagId: run.dagId,
  runId: run.runId,
  taskId: row.taskId,
  mapIndex: row.mapIndex,
  attempt: row.attempt.number,
  token: row.attempt.token,
  state: row.status,
  assignedAt: timeText(row.attempt.assignedAt),
  startedAt: row.status === 'running' ? timeText(row.startedAt) : null,
  resources: resourcesView(resources),
  stopping: row.attempt.revoked,
  givesWay: row.attempt.givesWay ?? null,
});
