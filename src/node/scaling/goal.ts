/**
 * What is wanted of the provider of a node pool: the goal, not a difference, so that it may be told
 * again at any time and by any leader.
 */
import type { NodeId, WallMs } from '../../base/brand.ts';
import type { NodeRow } from '../../model/node.ts';
import { defaultNodePool, type NodePoolRow, type NodeProvider } from '../../model/node-pool.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { autoscaler } from '../../scheduler/scaling.ts';

/** `draining`: it takes nothing new, whoever has said so. */
export type GoalNodeState = 'alive' | 'draining' | 'lost';

export interface GoalNode {
  readonly name: NodeId;
  readonly state: GoalNodeState;
  /** Attempts that are alive on it. */
  readonly running: number;
}

export interface PoolGoal {
  readonly pool: string;
  readonly provider: NodeProvider;
  /** Nodes that are to be alive and take tasks. */
  readonly wanted: number;
  /** All that the cluster knows of the pool. */
  readonly nodes: readonly GoalNode[];
  /** Released: nothing runs on them, and nothing will. */
  readonly remove: readonly NodeId[];
  /** When the newest decision was taken. */
  readonly decidedAt: WallMs;
}

/** How far a provider has come with a goal. */
export interface Pursued {
  readonly isDone: boolean;
  /** A sentence for people. */
  readonly outcome: string;
  /** Nodes of `remove` that there are no more. */
  readonly gone: readonly NodeId[];
}

/** Nothing came of it, and why; it is tried again. */
export const failed = (outcome: string): Pursued => ({ isDone: false, outcome, gone: [] });

/** Where the nodes of pools come from. */
export interface NodeSource {
  /** How often it is told a goal again that it has not reached. */
  readonly againMs: number;
  /** Never rejects. Not called again for a pool before it has settled. */
  pursue(goal: PoolGoal): Promise<Pursued>;
}

/** Of every pool about which something was decided. `running`: attempts alive on a node. */
export function goalsOf(
  state: ReadonlyState,
  running: (node: NodeId) => number,
): readonly PoolGoal[] {
  const goals: PoolGoal[] = [];
  for (const row of state.nodePools()) {
    const goal = goalOf(row, state, running);
    if (goal !== undefined) goals.push(goal);
  }
  return goals;
}

function goalOf(
  { name: pool, provider, wanted, scalings, updatedAt }: NodePoolRow,
  state: ReadonlyState,
  running: (node: NodeId) => number,
): PoolGoal | undefined {
  const rows = [...state.nodes()].filter((node) => (node.pool ?? defaultNodePool) === pool);
  const remove = rows.filter(isReleased).map(({ nodeId }) => nodeId);
  if (wanted === null && remove.length === 0) return undefined;
  const nodes = rows.map((row) => {
    return { name: row.nodeId, state: stateOf(row), running: running(row.nodeId) };
  });
  const alive = nodes.filter(({ state }) => state === 'alive').length;
  const decidedAt = scalings.at(-1)?.at ?? updatedAt;
  return { pool, provider, wanted: wanted ?? alive, nodes, remove, decidedAt };
}

const isReleased = ({ drain }: NodeRow): boolean =>
  drain?.by === autoscaler && drain.released === true;

function stateOf({ status, drain }: NodeRow): GoalNodeState {
  if (status === 'lost') return 'lost';
  return drain === undefined ? 'alive' : 'draining';
}

/** Nodes that are alive and take tasks. */
export const aliveIn = ({ nodes }: PoolGoal): number =>
  nodes.filter(({ state }) => state === 'alive').length;

/** Nodes of `remove` that have fallen silent. */
export const silentIn = ({ nodes, remove }: PoolGoal): readonly NodeId[] =>
  nodes.filter(({ name, state }) => state === 'lost' && remove.includes(name)).map(nameOf);

const nameOf = ({ name }: GoalNode): NodeId => name;
