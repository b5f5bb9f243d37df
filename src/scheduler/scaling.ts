/**
 * The rules by which a node pool grows and shrinks. Pure: what the leader sees of a pool goes in,
 * what is to become of it comes out, with a reason in figures.
 *
 * Demand is what runs in the pool and what waits for room in it, as a share of what the pool's
 * nodes have, by dimension. A pool grows when one dimension is above `up`, or when a task has
 * waited too long: it doubles. It shrinks when nothing waits and every dimension is below `down`:
 * by as many nodes, half of them at most, as leave it below `up`. Between two changes of its own
 * accord lies the cooldown; the limits of the pool hold at once.
 */
import type { NodeId, WallMs } from '../base/brand.ts';
import { formatDuration, formatSize } from '../base/duration.ts';
import type { NodePoolRow } from '../model/node-pool.ts';
import { milliPerUnit, plus, type Resources } from '../model/resources.ts';

/** Who drains the nodes of a pool that shrinks, and gives them away. */
export const autoscaler = 'autoscaler';

/** A node of the pool that is alive. */
export interface PoolNode {
  readonly name: NodeId;
  readonly capacity: Resources;
  readonly used: Resources;
  /** Attempts that are alive on it. */
  readonly running: number;
  readonly since: WallMs;
  /** Whether the pool's provider can take it away. */
  readonly isProvided: boolean;
}

/** What waits for room, as far as it may run in the pool. */
export interface Waiting {
  /** Of all that waits, together. */
  readonly resources: Resources;
  readonly tasks: number;
  /** How long the one that has waited longest has done so. */
  readonly longestMs: number;
  /** Amounts times the milliseconds for which they are expected to be held; absent: unknown. */
  readonly work?: Resources;
}

/** Nothing waits. */
export const noneWaiting: Waiting = { resources: {}, tasks: 0, longestMs: 0 };

export interface PoolSight {
  readonly row: NodePoolRow;
  /** Nodes that take tasks; those that had better go first stand first. */
  readonly open: readonly PoolNode[];
  /** Nodes that the autoscaler drains, and that may still be resumed. */
  readonly draining: readonly PoolNode[];
  readonly waiting: Waiting;
  readonly now: WallMs;
}

export interface PoolVerdict {
  /** Nodes that were wanted before, and from now on. Equal: the pool stays as it is, and why. */
  readonly from: number;
  readonly to: number;
  readonly drain: readonly NodeId[];
  readonly resume: readonly NodeId[];
  readonly reason: string;
}

/** Undefined: there is nothing to decide. */
export function judgePool(sight: PoolSight): PoolVerdict | undefined {
  return keepLimits(sight) ?? grow(sight) ?? shrink(sight);
}

/** Nodes that the pool has, or will have. */
const sizeOf = ({ row, open }: PoolSight): number => Math.max(open.length, row.wanted ?? 0);

/** Limits that an operator has set hold at once. */
function keepLimits(sight: PoolSight): PoolVerdict | undefined {
  const { min, max, wanted } = sight.row;
  const size = sizeOf(sight);
  if (size < min) return growTo(sight, min, `${nodesText(size)}, fewer than the minimum ${min}`);
  if (size <= max) return undefined;
  const verdict = shrinkTo(sight, max, `${nodesText(size)}, more than the maximum ${max}`);
  const isSo = verdict.drain.length === 0 && wanted === max;
  return isSo ? undefined : verdict;
}

function grow(sight: PoolSight): PoolVerdict | undefined {
  const { row, open, waiting } = sight;
  const size = sizeOf(sight);
  // Nodes that are on their way may be enough.
  if (size >= row.max || open.length < size) return undefined;
  const target = Math.min(Math.max(2 * size, 1), row.max);
  const { waitMsMax } = row;
  const hasWaited = waitMsMax !== null && waiting.tasks > 0 && waiting.longestMs > waitMsMax;
  if (hasWaited && isCool(sight, isChange)) {
    const limit = `more than ${formatDuration(waitMsMax)}`;
    return growTo(sight, target, `${waitingText(waiting)}, ${limit}`);
  }
  if (!isCool(sight, isAny)) return undefined;
  if (size === 0) {
    return waiting.tasks > 0
      ? growTo(sight, target, `no nodes; ${waitingText(waiting)}`)
      : undefined;
  }
  const highest = demandOf(sight)[0];
  if (highest === undefined || highest.percent <= row.up) return undefined;
  const reason = `${figure(highest)}, more than ${row.up} %; ${waitingText(waiting)}`;
  const soonMs = overInMs(sight);
  if (soonMs === undefined) return growTo(sight, target, reason);
  const stays = `what waits is expected to be over in ${formatDuration(soonMs)}`;
  return { from: size, to: size, drain: [], resume: [], reason: `${reason}; ${stays}` };
}

function shrink(sight: PoolSight): PoolVerdict | undefined {
  const { row, open, waiting } = sight;
  const size = sizeOf(sight);
  if (waiting.tasks > 0 || size <= row.min || !isCool(sight, isAny)) return undefined;
  const demand = demandOf(sight);
  if (demand.some(({ percent }) => percent >= row.down)) return undefined;
  const said = demand.length === 0 ? 'nothing runs' : demand.slice(0, 2).map(figure).join(', ');
  const reason = `${said}, less than ${row.down} %; nothing waits`;
  const leaving = size - open.filter(({ isProvided }) => !isProvided).length;
  const most = Math.min(Math.max(Math.floor(size / 2), 1), size - row.min, leaving);
  for (let fewer = most; fewer > 0; fewer--) {
    const verdict = shrinkTo(sight, size - fewer, reason);
    if (isChangeOf(sight, verdict) && staysBelow(sight, verdict.drain)) return verdict;
  }
  return undefined;
}

const isChangeOf = ({ row }: PoolSight, { to, drain }: PoolVerdict): boolean =>
  drain.length > 0 || to < (row.wanted ?? 0);

/** Nodes that are being drained are taken back before others are started. */
function growTo(sight: PoolSight, to: number, reason: string): PoolVerdict {
  const { open, draining } = sight;
  const busiest = [...draining].sort((left, right) => right.running - left.running);
  const resume = busiest.slice(0, Math.max(0, to - open.length)).map(({ name }) => name);
  return { from: sizeOf(sight), to, drain: [], resume, reason };
}

/** Nodes that are not there yet are given up first: nothing is lost with them. */
function shrinkTo(sight: PoolSight, to: number, reason: string): PoolVerdict {
  const leaving = sight.open.filter(({ isProvided }) => isProvided);
  const drain = leaving.slice(0, Math.max(0, sight.open.length - to)).map(({ name }) => name);
  return { from: sizeOf(sight), to, drain, resume: [], reason };
}

/** Whether the rest can carry all that runs without growing again. */
function staysBelow(sight: PoolSight, drained: readonly NodeId[]): boolean {
  const left = sight.open.filter(({ name }) => !drained.includes(name));
  const capacity = sum(left.map((node) => node.capacity));
  const used = sum(sight.open.map((node) => node.used));
  return Object.entries(used).every(
    ([name, amount]) => amount === 0 || amount * 100 < sight.row.up * (capacity[name] ?? 0),
  );
}

interface Demand {
  readonly name: string;
  readonly asked: number;
  readonly capacity: number;
  readonly percent: number;
}

/** By dimension, the highest first; of what the pool's nodes have. */
function demandOf({ open, waiting }: PoolSight): readonly Demand[] {
  const capacity = sum(open.map((node) => node.capacity));
  const asked = plus(sum(open.map((node) => node.used)), waiting.resources);
  return Object.entries(capacity)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => {
      const wanted = asked[name] ?? 0;
      return { name, asked: wanted, capacity: amount, percent: (100 * wanted) / amount };
    })
    .sort((left, right) => right.percent - left.percent || (left.name < right.name ? -1 : 1));
}

/**
 * How long the room that is free now takes for all that waits, if that is within the cooldown: then
 * new nodes would come when there is nothing left for them. Undefined: longer, or nobody knows, or
 * it has been expected for too long already.
 */
function overInMs({ row, open, waiting }: PoolSight): number | undefined {
  const { work, longestMs, tasks } = waiting;
  if (work === undefined || tasks === 0 || longestMs >= row.cooldownMs) return undefined;
  const capacity = sum(open.map((node) => node.capacity));
  const used = sum(open.map((node) => node.used));
  let longest = 0;
  for (const [name, amount] of Object.entries(work)) {
    if (amount === 0) continue;
    const free = (capacity[name] ?? 0) - (used[name] ?? 0);
    if (free <= 0) return undefined;
    longest = Math.max(longest, amount / free);
  }
  return longest <= row.cooldownMs ? longest : undefined;
}

type Scalings = NodePoolRow['scalings'];

const isChange = ({ from, to }: Scalings[number]): boolean => from !== to;
/** A decision to stay is made once in a cooldown as well. */
const isAny = (): boolean => true;

/** Whether the cooldown behind the newest such decision is over. */
function isCool({ row, now }: PoolSight, counts: (scaling: Scalings[number]) => boolean): boolean {
  const last = row.scalings.findLast(counts);
  return last === undefined || now - last.at >= row.cooldownMs;
}

const sum = (all: readonly Resources[]): Resources => all.reduce(plus, {});

const nodesText = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`);

function waitingText({ tasks, longestMs }: Waiting): string {
  if (tasks === 0) return 'nothing waits';
  const which = tasks === 1 ? '1 task waits' : `${tasks} tasks wait`;
  return `${which}, the longest for ${formatDuration(longestMs)}`;
}

/** `cpu 92 % (7.4 of 8)` */
function figure({ name, asked, capacity, percent }: Demand): string {
  const [wanted, there] = [asked, capacity].map((amount) => amountText(name, amount));
  return `${name} ${Math.round(percent)} % (${wanted} of ${there})`;
}

function amountText(name: string, amount: number): string {
  if (name === 'memory' || name === 'disk') return formatSize(amount);
  return String(name === 'slots' ? amount : Math.round(amount / (milliPerUnit / 10)) / 10);
}
