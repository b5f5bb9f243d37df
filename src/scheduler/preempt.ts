/**
 * Preemption: attempts that may give way make room for a task that fits nowhere.
 *
 * A task takes room only from what is below it: of a lower class or priority in its own namespace,
 * or of a namespace that has more of its share. On the node where least is lost by it: the fewest
 * attempts, and of those the youngest. What has been asked to go and has not gone yet is waited
 * for, so nobody is asked twice for the same need.
 *
 * Where the order is `srtf` (shortest remaining time first), a task that is expected to take much
 * less than what an attempt still needs stands above it as well, if nothing else tells them apart.
 */
import type { NodeId } from '../base/brand.ts';
import type { NodeRow } from '../model/node.ts';
import { fits, minus, plus, type Resources } from '../model/resources.ts';
import { defaultScheduling } from '../model/scheduling.ts';
import { giveWay } from './give-way.ts';
import type { Sharing } from './offers.ts';
import { agedRank, classRankOf } from './order.ts';
import { taskSpec } from './plan.ts';
import type { RunBoard } from './run-board.ts';
import type { OpenShape, ReadyTask, Wish } from './shapes.ts';
import type { LiveTaskRow } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** Attempts that one task may push aside; more of them would cost more than it brings. */
export const victimsMax = 8;

/**
 * With `srtf`: the rest of an attempt must be so many times what the task takes, and at least so
 * long. What is preempted begins anew, so a small gain is a loss.
 */
export const muchLonger = { times: 4, leastMs: 30_000 } as const;

interface Asked {
  readonly shape: OpenShape;
  readonly wish: Wish;
  /** Nodes where it must not be. */
  readonly apart: ReadonlySet<NodeId> | undefined;
  readonly sharing: Sharing;
}

interface Victim {
  readonly row: LiveTaskRow;
  readonly resources: Resources;
  readonly standing: number;
  /** What it is expected to take yet. */
  readonly restMs: number;
}

/** The task that asks. */
interface Asker {
  readonly task: ReadyTask;
  readonly shape: OpenShape;
  readonly standing: number;
  readonly isSrtf: boolean;
  readonly sharing: Sharing;
}

interface Way {
  readonly node: NodeRow;
  readonly victims: readonly Victim[];
}

/** Asks attempts to give way where that makes enough room on a node; else nobody is asked. */
export function makeRoomFor(turn: Turn, task: ReadyTask, asked: Asked): void {
  const { board } = turn;
  if (board.preemptible === 0 || !turn.canSay(3)) return;
  const { shape, wish, apart, sharing } = asked;
  const priority = task.priority + (wish.task.priority ?? 0);
  const standing = standingOf(turn, shape.rank, priority, task.runCreatedAt);
  const order = wish.dag.order ?? (turn.state.scheduling() ?? defaultScheduling).order;
  const asker = { task, shape, standing, isSrtf: order === 'srtf', sharing };
  let best: Way | undefined;
  for (const node of board.fleet.holdersOf(shape.demand)) {
    if (apart?.has(node.nodeId)) continue;
    const way = wayOn(turn, node, asker);
    if (way !== undefined && (best === undefined || isCheaper(way, best))) best = way;
  }
  if (best === undefined) return;
  const reason = `${task.taskId} of run ${task.runId} has a higher priority`;
  for (const { row } of best.victims) giveWay(turn, row, { to: 'preempted', reason });
}

function wayOn(turn: Turn, node: NodeRow, asker: Asker): Way | undefined {
  const { board } = turn;
  const wanted = asker.shape.demand.resources;
  let free = minus(node.capacity, board.load(node.nodeId));
  const victims: Victim[] = [];
  for (const row of board.attemptsOn(node.nodeId).values()) {
    const run = board.runBoard(row);
    const spec = run?.plan.spec.tasks[row.taskId];
    if (run === undefined || spec === undefined) continue;
    if (row.attempt.revoked) free = plus(free, spec.resources);
    if (row.attempt.revoked || spec.preemptible !== true || !spec.idempotent) continue;
    const victim = victimOf(turn, run, row);
    if (isBelow(asker, victim)) victims.push(victim);
  }
  if (fits(wanted, free)) return { node, victims: [] };
  victims.sort(lowestFirst);
  const taken: Victim[] = [];
  for (const victim of victims) {
    if (taken.length === victimsMax) return undefined;
    if (!helps(wanted, free, victim.resources)) continue;
    taken.push(victim);
    free = plus(free, victim.resources);
    if (fits(wanted, free)) return { node, victims: needed(wanted, free, taken) };
  }
  return undefined;
}

/** Classes and points of priority in one number; ageing lifts a class as it does in the queue. */
function standingOf({ state, at }: Turn, rank: number, priority: number, createdAt: number) {
  const { classAgeingMs } = state.scheduling() ?? defaultScheduling;
  return agedRank(rank, at - createdAt, classAgeingMs) * 1e9 + priority;
}

function victimOf(turn: Turn, board: RunBoard, row: LiveTaskRow): Victim {
  const { run, plan, expected } = board;
  const spec = taskSpec(plan, row.taskId);
  const priority = run.priority + (spec.priority ?? 0);
  const standing = standingOf(turn, classRankOf(spec, plan.spec), priority, run.createdAt);
  const since = row.status === 'running' ? row.startedAt : row.attempt.assignedAt;
  const restMs = Math.max(0, (expected.own.get(row.taskId) ?? 0) - (turn.at - since));
  return { row, resources: spec.resources, standing, restMs };
}

/** Whether an attempt stands below a task. */
function isBelow({ task, standing, isSrtf, sharing }: Asker, victim: Victim): boolean {
  const { namespace } = victim.row;
  if (namespace === task.namespace) {
    if (victim.standing !== standing || !isSrtf) return victim.standing < standing;
    return victim.restMs >= Math.max(muchLonger.leastMs, muchLonger.times * task.ownMs);
  }
  if (victim.standing >= standing) return false;
  const { fairShare, shareOf } = sharing;
  return fairShare === 'none' || shareOf(namespace, null) > shareOf(task.namespace, null);
}

/** The lowest first, and of those the one that has run for the shortest time. */
function lowestFirst(left: Victim, right: Victim): number {
  if (left.standing !== right.standing) return left.standing - right.standing;
  return right.row.attempt.token - left.row.attempt.token;
}

/** Whether it gives back something of what is missing. */
const helps = (wanted: Resources, free: Resources, back: Resources): boolean =>
  Object.entries(wanted).some(
    ([name, amount]) => amount > (free[name] ?? 0) && (back[name] ?? 0) > 0,
  );

/** Leaves out those without whom it fits as well, the highest first. */
function needed(wanted: Resources, free: Resources, taken: readonly Victim[]): readonly Victim[] {
  let rest = free;
  const kept = new Set(taken);
  for (const victim of taken.toReversed()) {
    const without = minus(rest, victim.resources);
    if (!fits(wanted, without)) continue;
    rest = without;
    kept.delete(victim);
  }
  return [...kept];
}

function isCheaper(way: Way, best: Way): boolean {
  if (way.victims.length !== best.victims.length) return way.victims.length < best.victims.length;
  const [highest, other] = [highestOf(way), highestOf(best)];
  if (highest !== other) return highest < other;
  return way.node.nodeId < best.node.nodeId;
}

const highestOf = ({ victims }: Way): number =>
  victims.reduce((most, { standing }) => Math.max(most, standing), 0);
