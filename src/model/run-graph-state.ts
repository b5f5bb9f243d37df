/** What a run graph remembers of one task and of one map: counters and a few bits per instance. */
import type { MapShape, TaskShape } from './run-shape.ts';
import { type End, Tally } from './tally.ts';
import type { ParentCounts } from './trigger-rule.ts';

/** The lowest two bits of an instance: how it ended. */
const endBits = 0b11;
const ends = [undefined, 'success', 'failed', 'skipped'] as const;
const bitsOfEnd = { success: 1, failed: 2, skipped: 3 } as const satisfies Record<End, number>;

/** The other bits of an instance. */
export const bits = {
  /** It was told that the instance may run. */
  toldRun: 0b100,
  /** It was told that the instance will not run. */
  toldEnd: 0b1000,
  /** There is a row that says more than `pending`. */
  begun: 0b1_0000,
  /** A branch does not follow it. */
  left: 0b10_0000,
} as const;

export class TaskState {
  readonly shape: TaskShape;
  /** Instances; 1 until the map is expanded. */
  size = 1;
  /** Ends of the instances. */
  readonly own = new Tally();
  /** Ends of the parents outside the map; the same for every instance. */
  readonly outer = new Tally();
  /** A branch outside the map does not follow it. */
  isLeft = false;
  #instances = new Uint8Array(1);
  /** Ends of the parents in the map, three counts for each instance. */
  #inner: Uint32Array | undefined;

  constructor(shape: TaskShape) {
    this.shape = shape;
    this.own.total = 1;
    this.#inner = shape.inner.length === 0 ? undefined : new Uint32Array(3);
  }

  grow(size: number): void {
    this.size = size;
    this.own.total = size;
    this.#instances = new Uint8Array(size);
    if (this.#inner !== undefined) this.#inner = new Uint32Array(3 * size);
  }

  endOf(mapIndex: number): End | undefined {
    return ends[(this.#instances[mapIndex] ?? 0) & endBits];
  }

  hasEnded(mapIndex: number): boolean {
    return ((this.#instances[mapIndex] ?? 0) & endBits) !== 0;
  }

  setEnd(mapIndex: number, end: End): void {
    this.set(mapIndex, bitsOfEnd[end]);
  }

  has(mapIndex: number, bit: number): boolean {
    return ((this.#instances[mapIndex] ?? 0) & bit) !== 0;
  }

  set(mapIndex: number, bit: number): void {
    this.#instances[mapIndex] = (this.#instances[mapIndex] ?? 0) | bit;
  }

  addInner(mapIndex: number, end: End): void {
    const at = 3 * mapIndex + bitsOfEnd[end] - 1;
    if (this.#inner !== undefined) this.#inner[at] = (this.#inner[at] ?? 0) + 1;
  }

  /** How all parents of one instance stand. */
  parents(mapIndex: number): ParentCounts {
    const { outer } = this;
    const inner = this.#inner;
    if (inner === undefined) return outer;
    const at = 3 * mapIndex;
    return {
      total: outer.total + this.shape.inner.length,
      success: outer.success + (inner[at] ?? 0),
      failed: outer.failed + (inner[at + 1] ?? 0),
      skipped: outer.skipped + (inner[at + 2] ?? 0),
    };
  }
}

/** Why an instance will not run. */
export type Because =
  /** Its trigger rule, or its map's. */
  | 'rule'
  | 'branch'
  /** Its map has no items. */
  | 'empty'
  /** A teardown whose set-ups did not succeed. */
  | 'not-set-up';

/**
 * A map waits, then it is asked to be expanded, then it is open; or it closes without items, and
 * the one instance of each member with it.
 */
export class MapState {
  readonly shape: MapShape;
  readonly parents = new Tally();
  isLeft = false;
  phase: 'waits' | 'asked' | 'open' | 'closed' = 'waits';
  /** What becomes of its members once it is closed. */
  closedAs: { readonly verdict: 'skip' | 'upstream_failed'; readonly because: Because } = {
    verdict: 'skip',
    because: 'rule',
  };
  size = 0;
  /** Items 0 to `admitted - 1` may flow. */
  admitted = 0;
  #underWay = 0;
  /** Instances of each item that have not ended. */
  #open = new Uint32Array(0);

  constructor(shape: MapShape) {
    this.shape = shape;
  }

  open(size: number): void {
    this.phase = 'open';
    this.size = size;
    this.#open = new Uint32Array(size).fill(this.shape.members.length);
  }

  /** One instance of the item has ended. */
  countEnd(item: number): void {
    const left = (this.#open[item] ?? 0) - 1;
    this.#open[item] = left;
    if (left === 0 && item < this.admitted) this.#underWay -= 1;
  }

  /** Admits the next item if there is one and room for it. */
  admit(): boolean {
    const most = this.shape.spec.activeMax ?? this.size;
    if (this.phase !== 'open' || this.admitted >= this.size || this.#underWay >= most) return false;
    if ((this.#open[this.admitted] ?? 0) > 0) this.#underWay += 1;
    this.admitted += 1;
    return true;
  }
}
