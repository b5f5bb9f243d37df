/**
 * The ready queue: tasks that may start as soon as there is room.
 *
 * Tasks that ask for the same (resources and labels: their *shape*) stand in one heap. When the
 * first of a shape fits nowhere, nor do the others of that shape, so a pass looks at each shape
 * once and not at each task: ten thousand waiting tasks cost no more than one.
 *
 * Entries are not taken out when a task stops being ready (its run was cancelled): whoever takes an
 * entry checks that it is still true.
 */
import type { Namespace, RunId, TaskId, WallMs } from '../base/brand.ts';
import { Heap } from '../base/heap.ts';
import type { TaskSpec } from '../model/dag.ts';
import type { Resources } from '../model/resources.ts';

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

export interface Shape {
  readonly resources: Resources;
  readonly labels: Readonly<Record<string, string>>;
  readonly waiting: Heap<ReadyTask>;
}

export class ReadyQueue {
  readonly #shapes = new Map<string, Shape>();
  #size = 0;

  /** Entries, stale ones included. */
  get size(): number {
    return this.#size;
  }

  push(task: ReadyTask, spec: TaskSpec): void {
    const key = shapeKey(spec);
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = { resources: spec.resources, labels: spec.labels, waiting: new Heap(goesFirst) };
      this.#shapes.set(key, shape);
    }
    shape.waiting.push(task);
    this.#size += 1;
  }

  /**
   * Offers tasks, most urgent first. `take` says what became of the offer: `placed` or `stale`
   * takes the entry away; `blocked` leaves it, and its shape is not offered again in this pass;
   * `enough` ends the pass.
   */
  pass(take: (task: ReadyTask, shape: Shape) => 'placed' | 'stale' | 'blocked' | 'enough'): void {
    const open = new Heap<{ readonly shape: Shape; readonly first: ReadyTask }>((left, right) =>
      goesFirst(left.first, right.first),
    );
    const offer = (shape: Shape): void => {
      const first = shape.waiting.peek();
      if (first !== undefined) open.push({ shape, first });
    };
    for (const shape of this.#shapes.values()) offer(shape);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const verdict = take(next.first, next.shape);
      if (verdict === 'enough') break;
      if (verdict === 'blocked') continue;
      next.shape.waiting.pop();
      this.#size -= 1;
      offer(next.shape);
    }
    for (const [key, shape] of this.#shapes) if (shape.waiting.size === 0) this.#shapes.delete(key);
  }

  clear(): void {
    this.#shapes.clear();
    this.#size = 0;
  }
}

/** Priority, then the older run, then the longer way to the end; ids make the order total. */
function goesFirst(left: ReadyTask, right: ReadyTask): boolean {
  if (left.priority !== right.priority) return left.priority > right.priority;
  if (left.runCreatedAt !== right.runCreatedAt) return left.runCreatedAt < right.runCreatedAt;
  if (left.runId !== right.runId) return left.runId < right.runId;
  if (left.height !== right.height) return left.height > right.height;
  if (left.taskId !== right.taskId) return left.taskId < right.taskId;
  return left.mapIndex < right.mapIndex;
}

const shapeKey = (spec: TaskSpec): string =>
  JSON.stringify([sorted(spec.resources), sorted(spec.labels)]);

const sorted = (record: Readonly<Record<string, unknown>>): readonly unknown[] =>
  Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
