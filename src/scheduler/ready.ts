/**
 * The ready queue: tasks that may start as soon as there is room and their gates are open.
 *
 * Tasks that ask for the same (resources, labels, pool, keys: their *shape*) stand in one heap.
 * When the first of a shape cannot start, nor can the others of that shape, so a pass looks at each
 * shape once and not at each task: ten thousand waiting tasks cost no more than one, and nobody
 * stands behind a task that waits for something else.
 *
 * Keys may be templates, which say nothing until they are rendered. Such tasks stand in a shape of
 * their own until they are the most urgent ones; then a pass has their keys rendered and moves them
 * to where they belong.
 *
 * Entries are not taken out when a task stops being ready (its run was cancelled): whoever takes an
 * entry checks that it is still true, and `compact` drops those of ended runs before they are many.
 */
import type { Namespace, RunId, TaskId, WallMs } from '../base/brand.ts';
import { Heap } from '../base/heap.ts';
import type { TaskSpec } from '../model/dag.ts';
import { runKey } from '../model/keys.ts';
import { type Demands, demandsOf, type GateKeys } from './gates.ts';
import type { Demand } from './placement.ts';

export interface ReadyTask {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  /** Of the run: an entry from before a rerun is not about this life of the task. */
  readonly generation: number;
  /** The run's; higher goes first. */
  readonly priority: number;
  readonly runCreatedAt: WallMs;
  /** Longest chain from here to an end: the critical path goes first. */
  readonly height: number;
}

/** One point of priority is worth so much waiting. */
export const ageingMs = 60_000;

interface Entry {
  readonly task: ReadyTask;
  readonly spec: TaskSpec;
  /**
   * The instant from which the task counts as waiting: its run's birth, moved by its priority. All
   * that wait grow older alike, so the order between two of them never changes.
   */
  readonly since: number;
}

export interface Shape extends Demand {
  /** The same for all that ask for these resources and labels. */
  readonly room: string;
  /** What its tasks must get past; null: their keys are not rendered yet. */
  readonly demands: Demands | null;
  readonly waiting: Heap<Entry>;
}

/** A shape that is offered: its keys are known. */
export type OpenShape = Shape & { readonly demands: Demands };

/** Whoever takes what a pass offers. */
export interface Taker {
  /** Whether some node has room for this now. */
  hasRoom(demand: Demand): boolean;
  /** Cheap: false, and nothing of the shape is offered now. */
  isOpen(shape: OpenShape): boolean;
  /** The keys of a task that has templates; null: it is not to start any more. */
  keysOf(task: ReadyTask, spec: TaskSpec): GateKeys | null | 'enough';
  /**
   * What became of the offer. `placed` or `stale` takes the entry away, `held` lays it aside until
   * `takeUp`. `blocked` leaves it, and its shape is not offered again in this pass; `full` leaves
   * it, and nothing is that asks for the same room. `enough` ends the pass.
   */
  take(task: ReadyTask, shape: OpenShape, spec: TaskSpec): Taken;
}

export type Taken = 'placed' | 'stale' | 'held' | 'blocked' | 'full' | 'enough';

/** Fewer entries than this are never compacted. */
const compactFrom = 1_000;

/** The entries of one life of a run. */
interface Life {
  readonly task: ReadyTask;
  entries: number;
}

export class ReadyQueue {
  readonly #shapes = new Map<string, Shape>();
  /** What is asked for, by room, and in how many shapes. */
  readonly #rooms = new Map<string, { readonly demand: Demand; shapes: number }>();
  readonly #lives = new Map<string, Life>();
  /** Entries laid aside, by the key of their run. */
  readonly #held = new Map<string, Entry[]>();
  #size = 0;
  #compactAt = compactFrom;

  /** Entries, stale and held ones included. */
  get size(): number {
    return this.#size;
  }

  push(task: ReadyTask, spec: TaskSpec): void {
    const priority = task.priority + (spec.priority ?? 0);
    this.#count(task, 1);
    this.#add({ task, spec, since: task.runCreatedAt - priority * ageingMs });
  }

  /** Offers tasks, most urgent first. */
  pass(taker: Taker): void {
    // In a full cluster that is all there is to do, however many shapes there are.
    if (![...this.#rooms.values()].some(({ demand }) => taker.hasRoom(demand))) return;
    const offers = new Offers(this.#shapes.values(), taker);
    for (let next = offers.next(); next !== undefined; next = offers.next()) {
      const { shape, first } = next;
      // Before it is offered: what follows of that may bring a more urgent task into the shape.
      shape.waiting.pop();
      if (!isSorted(shape)) {
        const keys = taker.keysOf(first.task, first.spec);
        if (keys === 'enough') shape.waiting.push(first);
        if (keys === 'enough') break;
        if (keys === null) this.#count(first.task, -1);
        else offers.add(this.#add(first, keys));
        offers.add(shape);
        continue;
      }
      const taken = taker.take(first.task, shape, first.spec);
      if (taken === 'enough' || taken === 'blocked' || taken === 'full') {
        shape.waiting.push(first);
        if (taken === 'enough') break;
        offers.close(shape, taken);
        continue;
      }
      if (taken === 'held') this.#hold(first);
      else this.#count(first.task, -1);
      offers.add(shape);
    }
    this.#dropEmptyShapes();
  }

  /** Puts back what was laid aside, but for the tasks of runs that are still to be held. */
  takeUp(isHeld: (task: ReadyTask) => boolean): void {
    for (const [run, entries] of this.#held) {
      const first = entries[0];
      if (first !== undefined && isHeld(first.task)) continue;
      this.#held.delete(run);
      for (const entry of entries) this.#add(entry);
    }
  }

  /**
   * Drops the entries of runs that are over, when they are the better half. Looks only when the
   * queue has doubled since it looked last.
   */
  compact(isAlive: (task: ReadyTask) => boolean): void {
    if (this.#size < this.#compactAt) return;
    let over = 0;
    for (const { task, entries } of this.#lives.values()) if (!isAlive(task)) over += entries;
    if (2 * over >= this.#size) this.#rebuild(isAlive);
    this.#compactAt = Math.max(compactFrom, 2 * this.#size);
  }

  clear(): void {
    this.#shapes.clear();
    this.#rooms.clear();
    this.#lives.clear();
    this.#held.clear();
    this.#size = 0;
  }

  #rebuild(isAlive: (task: ReadyTask) => boolean): void {
    const all = [...this.#held.values()].flat();
    for (const { waiting } of this.#shapes.values()) {
      for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) all.push(entry);
    }
    this.clear();
    for (const entry of all) {
      if (!isAlive(entry.task)) continue;
      this.#count(entry.task, 1);
      this.#add(entry);
    }
  }

  #count(task: ReadyTask, by: 1 | -1): void {
    this.#size += by;
    const key = `${runKey(task.namespace, task.runId)}/${task.generation}`;
    const life = this.#lives.get(key) ?? { task, entries: 0 };
    life.entries += by;
    if (life.entries === 0) this.#lives.delete(key);
    else this.#lives.set(key, life);
  }

  #add(entry: Entry, keys: GateKeys | null = null): Shape {
    const { task, spec } = entry;
    const demands = demandsOf(task.namespace, spec, keys);
    const room = roomKey(spec);
    const key = room + (demands === null ? '?' : demands.name);
    const shape =
      this.#shapes.get(key) ?? this.#addShape(key, { ...demandOf(spec), room, demands });
    shape.waiting.push(entry);
    return shape;
  }

  #addShape(key: string, differs: Omit<Shape, 'waiting'>): Shape {
    const shape = { ...differs, waiting: new Heap(goesFirst) };
    this.#shapes.set(key, shape);
    const { room } = shape;
    const known = this.#rooms.get(room) ?? { demand: shape, shapes: 0 };
    known.shapes += 1;
    this.#rooms.set(room, known);
    return shape;
  }

  #dropEmptyShapes(): void {
    for (const [key, { waiting, room }] of this.#shapes) {
      if (waiting.size > 0) continue;
      this.#shapes.delete(key);
      const known = this.#rooms.get(room);
      if (known === undefined) continue;
      known.shapes -= 1;
      if (known.shapes === 0) this.#rooms.delete(room);
    }
  }

  #hold(entry: Entry): void {
    const run = runKey(entry.task.namespace, entry.task.runId);
    const held = this.#held.get(run);
    if (held === undefined) this.#held.set(run, [entry]);
    else held.push(entry);
  }
}

interface Offer {
  readonly shape: Shape;
  readonly first: Entry;
}

/** The offers of one pass: the first of every shape that may still have luck. */
class Offers {
  readonly #heap = new Heap<Offer>((left, right) => goesFirst(left.first, right.first));
  readonly #taker: Taker;
  readonly #closed = new Set<Shape>();
  /** Rooms that somebody asks for, and those of them that no node has. */
  readonly #rooms = new Set<string>();
  readonly #full = new Set<string>();

  constructor(shapes: Iterable<Shape>, taker: Taker) {
    this.#taker = taker;
    for (const shape of shapes) this.add(shape);
  }

  add(shape: Shape): void {
    const first = shape.waiting.peek();
    if (first === undefined || this.#isClosed(shape)) return;
    if (isSorted(shape) && !this.#taker.isOpen(shape)) return;
    this.#rooms.add(shape.room);
    this.#heap.push({ shape, first });
  }

  close(shape: Shape, because: 'blocked' | 'full'): void {
    if (because === 'blocked') this.#closed.add(shape);
    else this.#full.add(shape.room);
  }

  next(): Offer | undefined {
    while (this.#full.size < this.#rooms.size) {
      const offer = this.#heap.pop();
      if (offer === undefined) return undefined;
      // When a more urgent task has come into the shape, that one has been offered as well.
      const isFirst = offer.shape.waiting.peek() === offer.first;
      if (isFirst && !this.#isClosed(offer.shape)) return offer;
    }
    return undefined;
  }

  #isClosed(shape: Shape): boolean {
    return this.#closed.has(shape) || this.#full.has(shape.room);
  }
}

const demandOf = ({ resources, labels }: TaskSpec): Demand => ({ resources, labels });

const isSorted = (shape: Shape): shape is OpenShape => shape.demands !== null;

/**
 * The older one, priority counted in; then the older run. Within a run plain tasks before mapped
 * ones, and of those the lower item: what an item has begun goes on before the next item begins.
 * Then the longer way to the end; ids make the order total.
 */
function goesFirst(left: Entry, right: Entry): boolean {
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
const itemOf = ({ task, spec }: Entry): number => (spec.map === undefined ? -1 : task.mapIndex);

/** Specs are immutable, so their part of a shape's key is made once. */
const roomKeys = new WeakMap<TaskSpec, string>();

function roomKey(spec: TaskSpec): string {
  const known = roomKeys.get(spec);
  if (known !== undefined) return known;
  const key = JSON.stringify([sorted(spec.resources), sorted(spec.labels)]);
  roomKeys.set(spec, key);
  return key;
}

const sorted = (record: Readonly<Record<string, unknown>>): readonly unknown[] =>
  Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
