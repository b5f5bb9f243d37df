/**
 * The calls and returns of a history, in the order of time, as a doubly linked list. Placing an
 * operation lifts both of its ends out; going back puts them where they were (Knuth's dancing
 * links), so neither costs more than a few assignments.
 *
 * Owns: the links. Does not own: which operation may be placed where.
 *
 * Invariants:
 *   E1  Ends are put back in the opposite order in which they were lifted.
 *   E2  At the same moment a call comes before a return: what may have been concurrent, was.
 */
import type { History, Operation } from './history.ts';

/** An end is a number: the call of operation `n` is `n`, its return is `count + n`. */
export type End = number;

export class EntryList {
  readonly #count: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #head: End;
  /** Has a return in the list: it happened, so it must be placed. */
  readonly #mustHappen: readonly boolean[];

  constructor(history: History<unknown, object>) {
    this.#count = history.length;
    this.#head = 2 * this.#count;
    this.#next = new Int32Array(this.#head + 1);
    this.#previous = new Int32Array(this.#head + 1);
    this.#mustHappen = history.map(({ output }) => output !== null);
    let last = this.#head;
    for (const end of this.#inOrder(history)) {
      this.#next[last] = end;
      this.#previous[end] = last;
      last = end;
    }
    this.#next[last] = this.#head;
    this.#previous[this.#head] = last;
  }

  /** The first end that is not lifted; undefined when nothing is left. */
  get first(): End | undefined {
    return this.after(this.#head);
  }

  after(end: End): End | undefined {
    const next = this.#next[end];
    return next === this.#head ? undefined : next;
  }

  isCall(end: End): boolean {
    return end < this.#count;
  }

  /** The number of the operation that `end` is an end of. */
  operationOf(end: End): number {
    return end < this.#count ? end : end - this.#count;
  }

  mustHappen(operation: number): boolean {
    return this.#mustHappen[operation] === true;
  }

  lift(operation: number): void {
    this.#unlink(operation);
    if (this.mustHappen(operation)) this.#unlink(this.#count + operation);
  }

  /** E1. */
  putBack(operation: number): void {
    if (this.mustHappen(operation)) this.#link(this.#count + operation);
    this.#link(operation);
  }

  #unlink(end: End): void {
    const next = this.#next[end] ?? end;
    const previous = this.#previous[end] ?? end;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #link(end: End): void {
    this.#next[this.#previous[end] ?? end] = end;
    this.#previous[this.#next[end] ?? end] = end;
  }

  #inOrder(history: History<unknown, object>): readonly End[] {
    const ends = history.flatMap((operation, at) => {
      const call = { end: at, time: operation.call };
      if (operation.output === null) return [call];
      return [call, { end: this.#count + at, time: returnOf(operation) }];
    });
    // E2: by number, calls are smaller.
    ends.sort((left, right) => compareTimes(left.time, right.time) || left.end - right.end);
    return ends.map(({ end }) => end);
  }
}

/** An operation that happened at an unknown time may have done so at the very end. */
const returnOf = (operation: Operation<unknown, object>): number =>
  operation.return ?? Number.POSITIVE_INFINITY;

/** Infinite times are equal, not apart by NaN. */
const compareTimes = (left: number, right: number): number =>
  left < right ? -1 : Number(left > right);
