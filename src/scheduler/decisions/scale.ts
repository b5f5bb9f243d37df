/**
 * A node pool is looked at: it grows, shrinks, or stays as it is (`scaling.ts` has the rules). What
 * is decided is a fact of the pool's row; whoever provides the nodes follows the row.
 *
 * A node leaves in four steps, and each is recorded before the next: it is drained; it is released
 * when nothing of it is alive, and from then on never taken back; its provider takes it away; and
 * it is forgotten when it has fallen silent and the provider says that it is gone. So a provider
 * ends no node that may get a task again.
 */
import { type NodeId, type WallMs, wallMs } from '../../base/brand.ts';
import { nodeFact, nodePoolFact } from '../../model/fact.ts';
import type { NodeRow } from '../../model/node.ts';
import {
  defaultNodePool,
  isProvided,
  type NodePoolRow,
  outcomeCharactersMax,
  scalingsKept,
} from '../../model/node-pool.ts';
import type { Deadline } from '../deadlines.ts';
import type { Input } from '../input.ts';
import { poolWaiting } from '../pool-waiting.ts';
import {
  autoscaler,
  judgePool,
  type PoolNode,
  type PoolSight,
  type PoolVerdict,
} from '../scaling.ts';
import type { Turn } from '../turn.ts';

/** Between two looks at one pool. */
export const lookEveryMs = 2_000;

/** A provided node that has been silent for so long does not come back: another takes its place. */
export const lostMsMax = 300_000;

export function scalePool(
  turn: Turn,
  { pool }: Extract<Deadline, { readonly kind: 'scale' }>,
): void {
  const row = turn.state.nodePool(pool);
  if (row === undefined) {
    turn.board.scaling.forget(pool);
    return;
  }
  turn.board.scaling.again(pool, wallMs(turn.at + lookEveryMs));
  for (const node of nodesOf(turn, pool)) giveAway(turn, row, node);
  const verdict = judgePool(sightOf(turn, row));
  if (verdict !== undefined) carryOut(turn, row, verdict);
}

/** What a provider has to say: of its newest work, and of nodes that it has taken away. */
export function scaled(
  turn: Turn,
  { pool, at, outcome, gone }: Extract<Input, { readonly kind: 'scaled' }>,
): void {
  for (const name of gone) {
    const node = turn.state.node(name);
    if (node?.status !== 'lost' || node.drain?.released !== true) continue;
    turn.emit({ table: 'node', key: name, row: null });
  }
  const row = turn.state.nodePool(pool);
  const last = row?.scalings.at(-1);
  if (row === undefined || last === undefined || last.at !== at) return;
  const said = { ...last, outcome: outcome.slice(0, outcomeCharactersMax) };
  if (last.outcome === said.outcome) return;
  turn.emit(nodePoolFact({ ...row, scalings: [...row.scalings.slice(0, -1), said] }));
}

const nodesOf = (turn: Turn, pool: string): readonly NodeRow[] =>
  [...turn.state.nodes()].filter((node) => (node.pool ?? defaultNodePool) === pool);

/** A node on which nothing is alive any more is released, and one that will not be heard again. */
function giveAway(turn: Turn, { name, provider }: NodePoolRow, node: NodeRow): void {
  const { nodeId: id, status, drain, since } = node;
  if (drain?.released === true) return;
  const isDrained = drain?.by === autoscaler && turn.board.attemptsOn(id).size === 0;
  const isGone =
    drain === undefined &&
    status === 'lost' &&
    turn.at - since >= lostMsMax &&
    isProvided(provider, name, id);
  if (!isDrained && !isGone) return;
  const begun = drain ?? drainAt(turn.at);
  turn.emit(nodeFact({ ...node, drain: { ...begun, released: true } }));
}

const drainAt = (since: WallMs) => ({ since, until: null, by: autoscaler });

function sightOf(turn: Turn, row: NodePoolRow): PoolSight {
  const nodes = nodesOf(turn, row.name);
  const alive = nodes.filter(({ status }) => status === 'alive');
  const seen = (some: readonly NodeRow[]): PoolNode[] =>
    some.map((node) => seenOf(turn, row, node));
  const open = seen(alive.filter(({ drain }) => drain === undefined));
  const draining = alive.filter(({ drain }) => drain?.by === autoscaler && !drain.released);
  open.sort(row.provider.kind === 'kubernetes' ? highestFirst : leastBusyFirst);
  const waiting = poolWaiting(turn, row.name, nodes);
  return { row, open, draining: seen(draining), waiting, now: turn.at };
}

function seenOf(turn: Turn, { name, provider }: NodePoolRow, node: NodeRow): PoolNode {
  const { nodeId: id, capacity, since } = node;
  return {
    ...{ name: id, capacity, since, used: turn.board.load(id) },
    running: turn.board.attemptsOn(id).size,
    isProvided: isProvided(provider, name, id),
  };
}

function leastBusyFirst(left: PoolNode, right: PoolNode): number {
  if (left.running !== right.running) return left.running - right.running;
  return right.since - left.since || highestFirst(left, right);
}

/** A StatefulSet takes its pods away from the highest number down, whatever runs on them. */
function highestFirst(left: PoolNode, right: PoolNode): number {
  return numberOf(right.name) - numberOf(left.name) || (left.name < right.name ? -1 : 1);
}

const numberOf = (name: NodeId): number => Number(/\d+$/.exec(name)?.[0] ?? -1);

function carryOut(turn: Turn, row: NodePoolRow, verdict: PoolVerdict): void {
  const { from, to, drain, resume, reason } = verdict;
  const scaling = { at: turn.at, from, to, reason, outcome: null };
  const scalings = [...row.scalings, scaling].slice(-scalingsKept);
  turn.emit(nodePoolFact({ ...row, wanted: from === to ? row.wanted : to, scalings }));
  const fields = { pool: row.name, from, to, reason };
  turn.release({ kind: 'trace', level: 'info', event: 'scheduler.pool-scaled', fields });
  for (const name of drain) {
    const node = turn.state.node(name);
    if (node !== undefined) turn.emit(nodeFact({ ...node, drain: drainAt(turn.at) }));
  }
  for (const name of resume) {
    const node = turn.state.node(name);
    if (node === undefined) continue;
    const { drain: _, ...open } = node;
    turn.emit(nodeFact(open));
  }
}
