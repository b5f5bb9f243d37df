/** Reads that wait until this node has applied a log index (`?minIndex=`). */
import type { Clock } from '../base/ports.ts';

interface Waiter {
  readonly index: number;
  readonly reached: (ok: boolean) => void;
}

/** Reads that may wait at a time; one more is told at once that it is not there yet. */
const waitersMax = 10_000;

export class AppliedWaiters {
  #waiters: Waiter[] = [];
  #applied: number;

  constructor(applied: number) {
    this.#applied = applied;
  }

  /** Called for every applied entry. */
  applied(index: number): void {
    this.#applied = index;
    if (this.#waiters.length === 0) return;
    const ready = this.#waiters.filter((waiter) => waiter.index <= index);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.index > index);
    for (const waiter of ready) waiter.reached(true);
  }

  /** True when `index` is applied; false when it is not within `patienceMs`. */
  reached(index: number, clock: Clock, patienceMs: number): Promise<boolean> {
    if (index <= this.#applied) return Promise.resolve(true);
    if (this.#waiters.length >= waitersMax) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        index,
        reached: (isThere) => {
          timer.cancel();
          resolve(isThere);
        },
      };
      const timer = clock.after(patienceMs, () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(false);
      });
      this.#waiters.push(waiter);
    });
  }
}
