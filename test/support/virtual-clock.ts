/**
 * A Clock for tests: time stands still until the test moves it, and equal tests run alike.
 *
 * V1. Callbacks run in the order of (time, order of arming); `soon` is a callback at this instant.
 * V2. A callback runs only within `advance` or `runAll`, never within the call that armed it.
 */
import { assert } from '../../src/base/assert.ts';
import { type MonotonicMs, monotonicMs, type WallMs, wallMs } from '../../src/base/brand.ts';
import { Heap } from '../../src/base/heap.ts';
import type { Cancellable, Clock } from '../../src/base/ports.ts';

interface Callback {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

const delayMsMax = 3_600_000;

export class VirtualClock implements Clock {
  readonly #pending = new Heap<Callback>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence),
  );
  #nowMs = 0;
  #wallOffsetMs: number;
  #sequence = 0;
  #running = false;

  /** `wallStartMs` is what the operator's clock shows at the start. */
  constructor(wallStartMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = wallStartMs;
  }

  monotonicMs(): MonotonicMs {
    return monotonicMs(this.#nowMs);
  }

  wallMs(): WallMs {
    return wallMs(this.#nowMs + this.#wallOffsetMs);
  }

  after(delayMs: number, run: () => void): Cancellable {
    assert(delayMs >= 0 && delayMs <= delayMsMax, `a delay of ${delayMs} ms is not for a Clock`);
    const callback = {
      atMs: this.#nowMs + delayMs,
      sequence: this.#sequence++,
      run,
      cancelled: false,
    };
    this.#pending.push(callback);
    return {
      cancel: () => {
        callback.cancelled = true;
      },
    };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** Moves the operator's clock, either way; what is armed does not notice. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Runs what is due within the next `ms` milliseconds; `advance(0)` runs what is due now. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    this.#runWhile((callback) => callback.atMs <= untilMs, Number.POSITIVE_INFINITY);
    this.#nowMs = untilMs;
  }

  /** Runs until nothing is pending; more than `callbacksMax` callbacks mean that it never ends. */
  runAll(callbacksMax = 100_000): void {
    this.#runWhile(() => true, callbacksMax);
  }

  #runWhile(due: (callback: Callback) => boolean, callbacksMax: number): void {
    assert(!this.#running, 'V2: a callback may not move the clock that runs it');
    this.#running = true;
    try {
      let ran = 0;
      for (let next = this.#pending.peek(); next !== undefined && due(next); ) {
        this.#pending.pop();
        if (!next.cancelled) {
          assert(ran++ < callbacksMax, `runAll: still busy after ${callbacksMax} callbacks`);
          this.#nowMs = next.atMs;
          next.run();
        }
        next = this.#pending.peek();
      }
    } finally {
      this.#running = false;
    }
  }
}
