/**
 * Shapes of waiting tasks: what two of them have in common when neither can start without the
 * other being able to as well. See `ready.ts`.
 */
import type { DagId, Namespace, NodeId, RunId, TaskId, WallMs } from '../base/brand.ts';
import { Heap } from '../base/heap.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import { dagKey, runKey } from '../model/keys.ts';
import type { SchedulingRow } from '../model/scheduling.ts';
import { type Demand, demandOf, pinnedTo } from './demand.ts';
import { type Demands, demandsOf, type GateKeys } from './gates.ts';
import { classRankOf, waitsSince } from './order.ts';

export interface ReadyTask {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  /** Of the run: an entry from before a rerun is not about this life of the task. */
  readonly generation: number;
  /** The run's; higher goes first. */
  readonly priority: number;
  readonly runCreatedAt: WallMs;
  /** What it is expected to take. */
  readonly ownMs: number;
  /** What is expected from its start to the end of the run; of an item, from the item's start. */
  readonly toEndMs: number;
  /** The same from its own start, whether it is of an item or not. */
  readonly height: number;
}

/** What a task asks for: its spec and that of its DAG. */
export interface Wish {
  readonly task: TaskSpec;
  readonly dag: DagSpec;
  /** The node that it must run on. */
  readonly pin?: NodeId;
}

export interface Entry {
  readonly task: ReadyTask;
  readonly wish: Wish;
  /** The instant since which the task counts as waiting (`order.ts`). */
  readonly since: WallMs;
}

export interface Shape {
  readonly namespace: Namespace;
  /** The key of its DAG. */
  readonly dag: string;
  /** Of its priority class. */
  readonly rank: number;
  readonly demand: Demand;
  /** Where it can be placed is where all others of this room can, and nowhere else. */
  readonly room: string;
  /** What its tasks must get past; null: their keys are not rendered yet. */
  readonly demands: Demands | null;
  readonly waiting: Heap<Entry>;
}

/** A shape that is offered: its keys are known. */
export type OpenShape = Shape & { readonly demands: Demands };

export const isSorted = (shape: Shape): shape is OpenShape => shape.demands !== null;

export function entryOf(task: ReadyTask, wish: Wish, order: SchedulingRow['order']): Entry {
  const priority = task.priority + (wish.task.priority ?? 0);
  return { task, wish, since: waitsSince(wish.dag.order ?? order, { ...task, priority }) };
}

/** The shape of an entry, and the key that all entries of it share. */
export function shapeFor(
  { task, wish }: Entry,
  keys: GateKeys | null,
  fairShare: SchedulingRow['fairShare'],
): { readonly key: string; make(): Shape } {
  const { namespace, dagId } = task;
  const demands = demandsOf({ namespace, dagId, taskId: task.taskId }, wish, keys);
  const anywhere = demandOf(wish.task, wish.dag);
  const demand = wish.pin === undefined ? anywhere : pinnedTo(wish.pin, anywhere);
  const rank = classRankOf(wish.task, wish.dag);
  const room = wish.task.affinity?.apart === undefined ? demand.key : apartKey(demand, task);
  const dag = dagKey(namespace, dagId);
  const share = fairShare === 'dags' ? dag : namespace;
  const key = `${share} ${rank} ${room}${demands === null ? '?' : demands.name}`;
  const make = (): Shape => {
    return { namespace, dag, rank, demand, room, demands, waiting: new Heap(goesFirst) };
  };
  return { key, make };
}

/** Where others of its run are says where it cannot be. */
const apartKey = ({ key }: Demand, { namespace, runId }: ReadyTask): string =>
  `${key} apart in ${runKey(namespace, runId)}`;

/**
 * The one that counts as waiting longer; then the older run. Within a run plain tasks before mapped
 * ones, and of those the lower item: what an item has begun goes on before the next item begins.
 * Then the longer way to the end; ids make the order total.
 */
export function goesFirst(left: Entry, right: Entry): boolean {
  if (left.since !== right.since) return left.since < right.since;
  const [a, b] = [left.task, right.task];
  if (a.runCreatedAt !== b.runCreatedAt) return a.runCreatedAt < b.runCreatedAt;
  if (a.runId !== b.runId) return a.runId < b.runId;
  const [aItem, bItem] = [itemOf(left), itemOf(right)];
  if (aItem !== bItem) return aItem < bItem;
  if (a.height !== b.height) return a.height > b.height;
  if (a.taskId !== b.taskId) return a.taskId < b.taskId;
  return a.mapIndex < b.mapIndex;
}

/** The item that a task works on; -1: none. */
const itemOf = ({ task, wish }: Entry): number =>
  wish.task.map === undefined ? -1 : task.mapIndex;
