/**
 * The ready queue: tasks that may start as soon as there is room and their gates are open.
 *
 * Tasks that ask for the same (room, gates, class, namespace: their *shape*) stand in one heap.
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
import { runKey } from '../model/keys.ts';
import { defaultScheduling } from '../model/scheduling.ts';
import type { Demand } from './demand.ts';
import type { GateKeys } from './gates.ts';
import { Offers, type Sharing } from './offers.ts';
import {
  type Entry,
  entryOf,
  isSorted,
  type OpenShape,
  type ReadyTask,
  type Shape,
  shapeFor,
  type Wish,
} from './shapes.ts';

/** Whoever takes what a pass offers. */
export interface Taker {
  readonly sharing: Sharing;
  /** Whether some node has room for this now. */
  hasRoom(demand: Demand): boolean;
  /** Cheap: false, and nothing of the shape is offered now. */
  isOpen(shape: OpenShape): boolean;
  /** The keys of a task that has templates; null: it is not to start any more. */
  keysOf(task: ReadyTask, wish: Wish): GateKeys | null | 'enough';
  /**
   * What became of the offer. `placed` or `stale` takes the entry away, `held` lays it aside until
   * `takeUp`. `blocked` leaves it, and its shape is not offered again in this pass; `full` leaves
   * it, and nothing is that asks for the same room. `enough` ends the pass.
   */
  take(task: ReadyTask, shape: OpenShape, wish: Wish): Taken;
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
  #scheduling: Pick<typeof defaultScheduling, 'order' | 'fairShare'> = defaultScheduling;
  #size = 0;
  #compactAt = compactFrom;

  /** Entries, stale and held ones included. */
  get size(): number {
    return this.#size;
  }

  /** What waits, shape by shape; the entries of a shape in no order. */
  shapes(): Iterable<Shape> {
    return this.#shapes.values();
  }

  push(task: ReadyTask, wish: Wish): void {
    this.#count(task, 1);
    this.#add(entryOf(task, wish, this.#scheduling.order));
  }

  /** Offers tasks, most urgent first. */
  pass(taker: Taker): void {
    // In a full cluster that is all there is to do, however many shapes there are.
    if (!this.#someRoom(taker)) return;
    const isOpen = (shape: OpenShape): boolean => taker.isOpen(shape);
    const offers = new Offers(this.#shapes.values(), taker.sharing, isOpen);
    for (let next = offers.next(); next !== undefined; next = offers.next()) {
      const { shape, first } = next;
      // Before it is offered: what follows of that may bring a more urgent task into the shape.
      shape.waiting.pop();
      if (!isSorted(shape)) {
        const keys = taker.keysOf(first.task, first.wish);
        if (keys === 'enough') shape.waiting.push(first);
        if (keys === 'enough') break;
        if (keys === null) this.#count(first.task, -1);
        else offers.add(this.#add(first, keys));
        offers.add(shape);
        continue;
      }
      const taken = taker.take(first.task, shape, first.wish);
      if (taken === 'enough' || taken === 'blocked' || taken === 'full') {
        shape.waiting.push(first);
        if (taken === 'enough') break;
        offers.close(shape, taken);
        continue;
      }
      if (taken === 'held') this.#hold(first);
      else this.#count(first.task, -1);
      if (taken === 'placed') offers.placed(shape);
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

  /** From now on tasks wait in this order, those that wait already too. */
  reorder({ order, fairShare }: Pick<typeof defaultScheduling, 'order' | 'fairShare'>): void {
    if (order === this.#scheduling.order && fairShare === this.#scheduling.fairShare) return;
    this.#scheduling = { order, fairShare };
    this.#rebuild(() => true);
  }

  clear(): void {
    this.#shapes.clear();
    this.#rooms.clear();
    this.#lives.clear();
    this.#held.clear();
    this.#size = 0;
  }

  #someRoom(taker: Taker): boolean {
    for (const { demand } of this.#rooms.values()) if (taker.hasRoom(demand)) return true;
    return false;
  }

  #rebuild(isAlive: (task: ReadyTask) => boolean): void {
    const all = [...this.#held.values()].flat();
    for (const { waiting } of this.#shapes.values()) {
      for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) all.push(entry);
    }
    this.clear();
    for (const { task, wish } of all) if (isAlive(task)) this.push(task, wish);
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
    const { key, make } = shapeFor(entry, keys, this.#scheduling.fairShare);
    const shape = this.#shapes.get(key) ?? this.#addShape(key, make());
    shape.waiting.push(entry);
    return shape;
  }

  #addShape(key: string, shape: Shape): Shape {
    this.#shapes.set(key, shape);
    const { room, demand } = shape;
    const known = this.#rooms.get(room) ?? { demand, shapes: 0 };
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
