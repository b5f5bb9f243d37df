/**
 * Gates of order: what is free is kept for somebody more urgent, or what comes free goes to others
 * first. Who that is, by the order of a pass: the namespace with less of its share, then the class,
 * then DAGs, then the order of tasks.
 */
import { incarnation, nodeId, wallMs } from '../../base/brand.ts';
import type { NodeRow } from '../../model/node.ts';
import { defaultNodePool } from '../../model/node-pool.ts';
import { fits } from '../../model/resources.ts';
import { type GateCode, type GateView, whyLimits } from '../../model/views/why.ts';
import { objections } from '../admission.ts';
import { startable } from '../assign.ts';
import type { Demand } from '../demand.ts';
import { closedGates, isBetterKept } from '../gate-pass.ts';
import type { Closed, Demands } from '../gates.ts';
import type { Sharing } from '../offers.ts';
import { agedRank } from '../order.ts';
import { goesFirst, isSorted, type OpenShape } from '../shapes.ts';
import { type Asking, isSame, poolKeyOf } from './asking.ts';
import { byEvent, countText, gate, namesText, ofRunText } from './gate.ts';
import type { Look } from './look.ts';
import type { Queued } from './pass-ahead.ts';

/** Entries of the queue that are checked for being true still; others are taken to be. */
const checkedMax = 2_000;

/** What else is closed to the instance. */
export interface ClosedToo {
  readonly slots: readonly Closed[];
  /** No node has room for it. */
  readonly isFull: boolean;
}

export function orderGates(look: Look, asking: Asking, closed: ClosedToo): readonly GateView[] {
  const kept = [...keptGates(look, asking), ...(closed.isFull ? [] : keptNode(look, asking))];
  return [...kept, ...othersFirst(look, asking, { ...closed, kept: kept.map(({ code }) => code) })];
}

/** Slots and quota that are free, and kept until there are enough for somebody. */
function keptGates(look: Look, asking: Asking): readonly GateView[] {
  const { keptPools, keptQuotas, sharing } = look.ahead;
  const gates: GateView[] = [];
  const poolKey = poolKeyOf(asking);
  const { pool, namespace } = asking.asked.demands;
  const ofPool = poolKey === null ? undefined : keptPools.get(poolKey);
  if (pool !== null && ofPool !== undefined && isBefore(sharing, ofPool, asking)) {
    const text = `the free slots of pool ${pool.name} are kept for ${nameOf(ofPool)}`;
    const values = { pool: pool.name, keptFor: shown(ofPool) };
    gates.push(gate('POOL_KEPT', text, values, byEvent('when that has started')));
  }
  const ofQuota = keptQuotas.get(namespace);
  if (ofQuota !== undefined && isBefore(sharing, ofQuota, asking)) {
    const text = `what the quota of namespace ${namespace} leaves is kept for ${nameOf(ofQuota)}`;
    const values = { namespace, keptFor: shown(ofQuota) };
    gates.push(gate('QUOTA_KEPT', text, values, byEvent('when that has started')));
  }
  return gates;
}

/** Some node has room, and is kept for somebody, or somebody could not have it either. */
function keptNode(look: Look, asking: Asking): readonly GateView[] {
  const { reserved, fullRooms, sharing } = look.ahead;
  const { fleet, estimates } = look.turn.board;
  const { entry, shape, near, apart } = asking;
  const keeper = reserved?.queued ?? fullRooms.get(shape.room);
  if (keeper === undefined || !isBefore(sharing, keeper, asking)) return [];
  const { namespace, dagId, taskId } = entry.task;
  const ms = estimates.longMs(namespace, dagId, taskId);
  const options = { ...(near && { near }), ...(apart && { apart }), ms };
  const choice = fleet.choose(shape.demand, options);
  if (choice?.chosen.backfilled === true) look.forgetAhead();
  const sameRoom = fullRooms.get(shape.room);
  const isPassedOver = sameRoom !== undefined && isBefore(sharing, sameRoom, asking);
  if (choice !== undefined && !isPassedOver) return [];
  const whose = choice === undefined ? keeper : (sameRoom ?? keeper);
  const node = reserved?.node ?? null;
  const text =
    node === null
      ? `the free room goes to ${nameOf(whose)} first`
      : `node ${node} is kept for ${nameOf(whose)}, which it would hold up`;
  const values = { node, keptFor: shown(whose) };
  return [gate('NODE_KEPT', text, values, byEvent('when that has started'))];
}

type ClosedAll = ClosedToo & { readonly kept: readonly GateCode[] };

/** Tasks before it that would take whatever of its gates opens first. */
function othersFirst(look: Look, asking: Asking, closed: ClosedAll): readonly GateView[] {
  const { slots, isFull, kept } = closed;
  if (slots.length === 0 && !isFull && kept.length === 0) return [];
  const { turn, ahead } = look;
  const first: Queued[] = [];
  let count = 0;
  let checked = 0;
  for (const shape of turn.board.ready.shapes()) {
    if (!isSorted(shape) || !wouldTake(look, shape, asking, closed)) continue;
    for (const entry of shape.waiting.values()) {
      const queued = { entry, shape };
      if (!isBefore(ahead.sharing, queued, asking)) continue;
      checked += 1;
      if (checked <= checkedMax) {
        const run = startable(turn, entry.task)?.live.run;
        if (run === undefined || run.isPaused === true) continue;
      }
      count += 1;
      keepFirst(ahead.sharing, first, queued);
    }
  }
  if (count === 0) return [];
  const verb = count === 1 ? 'goes' : 'go';
  const names = first.map(nameOf);
  const text = `${countText(count, 'task')} that ${count === 1 ? 'waits' : 'wait'} for the same \
${verb} first: ${namesText(names, count)}`;
  const values = { count, first: first.map(shown) };
  return [gate('OTHERS_FIRST', text, values, byEvent('when they have started'))];
}

/** Keeps the first few, in order. */
function keepFirst(sharing: Sharing, first: Queued[], queued: Queued): void {
  const place = first.findIndex((each) => isBefore(sharing, queued, each));
  first.splice(place === -1 ? first.length : place, 0, queued);
  if (first.length > whyLimits.namesShown) first.pop();
}

/**
 * Whether the tasks of a shape would be served by the opening of the gates that close this one:
 * they could start then, or what came free would be kept for them.
 */
function wouldTake(look: Look, shape: OpenShape, asking: Asking, closed: ClosedAll): boolean {
  const { demand } = shape;
  const theirs = [...closedGates(look.turn, askedOf(shape))];
  const slots = slotsAfter(theirs, shape, asking, closed);
  // Nothing is kept for a task that no node could ever hold.
  if (slots !== 'open') return slots === 'kept' && look.turn.board.fleet.couldHold(demand);
  const entry = shape.waiting.peek();
  if (entry === undefined) return false;
  const kept = keptGates(look, { entry, shape, asked: askedOf(shape) });
  if (kept.some(({ code }) => !closed.kept.includes(code))) return false;
  const isServed = closed.isFull && takesNodeOf(demand, asking.shape.demand);
  if (!look.turn.board.fleet.hasRoom(demand)) return isServed;
  if (theirs.length > 0 || kept.length > 0) return true;
  // It has room and does not start: the node is kept for somebody.
  return closed.kept.includes('NODE_KEPT') || isServed;
}

/** What becomes of their gates when those of this one open; `kept`: what comes free is for them. */
function slotsAfter(
  theirs: readonly Closed[],
  { demands }: OpenShape,
  { asked }: Asking,
  { slots }: ClosedAll,
): 'open' | 'kept' | 'closed' {
  const mine = new Map(slots.map((each) => [gateName(each, asked.demands), each] as const));
  // Gates are of a namespace.
  if (theirs.length > 0 && demands.namespace !== asked.demands.namespace) return 'closed';
  for (const each of theirs) {
    const own = mine.get(gateName(each, demands));
    const isShared = each.kind === 'quota' || demands.pool?.name === asked.demands.pool?.name;
    if (own === undefined) return isShared && isBetterKept(each) ? 'kept' : 'closed';
    const [amount, enough] = [amountOf(each, demands), amountOf(own, asked.demands)];
    if (amount <= enough) continue;
    return 'asked' in own && amount <= own.used + enough ? 'kept' : 'closed';
  }
  return 'open';
}

const askedOf = ({ demands, demand }: OpenShape) => ({ demands, resources: demand.resources });

/** How much must come free: what opens for one opens for all that ask for no more. */
function amountOf(closed: Closed, { pool, concurrency, rate }: Demands): number {
  switch (closed.kind) {
    case 'pool':
    case 'quota':
      return closed.asked;
    case 'no-pool':
      return pool?.slots ?? 1;
    case 'concurrency':
      return -(concurrency?.max ?? 1);
    case 'rate':
      return -(rate?.max ?? 1);
    case 'dag-max':
    case 'task-max':
    case 'rate-keys':
      return 1;
  }
}

/** Equal for gates that are one and the same. */
function gateName(closed: Closed, demands: Demands): string {
  const { namespace, pool, concurrency, rate, ofDag, ofTask } = demands;
  const whats: Readonly<Record<Closed['kind'], unknown>> = {
    'no-pool': pool?.name,
    pool: pool?.name,
    concurrency: concurrency?.key,
    'dag-max': ofDag?.dagId,
    'task-max': [ofTask?.dagId, ofTask?.taskId],
    rate: rate?.name,
    'rate-keys': null,
    quota: closed.kind === 'quota' ? closed.of : null,
  };
  return JSON.stringify([namespace, closed.kind, whats[closed.kind]]);
}

/** Whether it would fit on the smallest node that the other one could be placed on. */
const takesNodeOf = (demand: Demand, other: Demand): boolean =>
  fits(demand.resources, other.resources) && objections(demand, nodeFor(other)).length === 0;

/** The smallest node that takes the demand. */
export function nodeFor({ resources, labels, require, nodePool, queue }: Demand): NodeRow {
  const chosen = Object.entries(require).map(([name, [value = '']]) => [name, value] as const);
  return {
    ...{ nodeId: nodeId('?'), incarnation: incarnation('?'), address: '' },
    ...{ status: 'alive', since: wallMs(0), capacity: resources },
    labels: { ...Object.fromEntries(chosen), ...labels },
    pool: nodePool ?? defaultNodePool,
    ...(queue !== null && { queues: [queue] }),
  };
}

/** Whether a pass comes to the one before it comes to the other. */
export function isBefore(sharing: Sharing, left: Queued, right: Queued): boolean {
  if (isSame(left, right)) return false;
  const { fairShare, shareOf, now, classAgeingMs } = sharing;
  const [a, b] = [left.shape, right.shape];
  if (fairShare !== 'none' && a.namespace !== b.namespace) {
    const [mine, other] = [shareOf(a.namespace, null), shareOf(b.namespace, null)];
    return mine === other ? goesFirst(left.entry, right.entry) : mine < other;
  }
  const rankOf = ({ shape: { rank }, entry: { task } }: Queued): number =>
    agedRank(rank, now - task.runCreatedAt, classAgeingMs);
  const [rank, otherRank] = [rankOf(left), rankOf(right)];
  if (rank !== otherRank) return rank > otherRank;
  if (fairShare === 'dags' && a.dag !== b.dag) {
    const [mine, other] = [shareOf(a.namespace, a.dag), shareOf(b.namespace, b.dag)];
    if (mine !== other) return mine < other;
  }
  return goesFirst(left.entry, right.entry);
}

const nameOf = ({ entry: { task } }: Queued): string => ofRunText(task);

const shown = ({ entry: { task } }: Queued) => {
  const { namespace, runId, taskId, mapIndex } = task;
  return { namespace, runId, taskId, mapIndex };
};
