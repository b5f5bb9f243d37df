/**
 * Virtual time: one heap of events for the whole cluster, keyed by (time, order of planning).
 *
 * T1  Time moves only by `step`, and never back.
 * T2  Events of one instant run in the order in which they were planned.
 */
import { assert } from '../../src/base/assert.ts';
import { monotonicMs, wallMs } from '../../src/base/brand.ts';
import { Heap } from '../../src/base/heap.ts';
import type { Cancellable, Clock } from '../../src/base/ports.ts';

interface Planned {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** What every wall clock shows at the beginning, unless the seed says otherwise. */
export const wallStartUsual = Date.UTC(2026, 0, 5, 8, 0, 0);

export class Timeline {
  /** What every wall clock shows at the beginning, before anybody steps it. */
  readonly wallStartMs: number;
  readonly #planned = new Heap<Planned>((a, b) =>
    a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs,
  );
  #nowMs = 0;
  #order = 0;
  #steps = 0;

  constructor(wallStartMs = wallStartUsual) {
    this.wallStartMs = wallStartMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have run. */
  get steps(): number {
    return this.#steps;
  }

  /** Events that wait, cancelled ones included. */
  get size(): number {
    return this.#planned.size;
  }

  at(atMs: number, run: () => void): Cancellable {
    assert(atMs >= this.#nowMs, `T1: ${atMs} lies before ${this.#nowMs}`);
    this.#order += 1;
    const planned: Planned = { atMs, order: this.#order, run };
    this.#planned.push(planned);
    return {
      cancel: () => {
        planned.run = undefined;
      },
    };
  }

  after(delayMs: number, run: () => void): Cancellable {
    return this.at(this.#nowMs + delayMs, run);
  }

  /** Runs the next event, if there is one before `untilMs`; else moves time there. */
  step(untilMs: number): boolean {
    for (let next = this.#planned.peek(); next !== undefined; next = this.#planned.peek()) {
      if (next.atMs > untilMs) break;
      this.#planned.pop();
      if (next.run === undefined) continue;
      this.#nowMs = next.atMs;
      this.#steps += 1;
      next.run();
      return true;
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    return false;
  }

  /** The clock of the world outside the nodes: the network's and the nemesis's. */
  readonly clock: Clock = {
    monotonicMs: () => monotonicMs(this.#nowMs),
    wallMs: () => wallMs(this.wallStartMs + this.#nowMs),
    after: (delayMs, run) => this.after(delayMs, run),
    soon: (run) => {
      this.after(0, run);
    },
  };
}
