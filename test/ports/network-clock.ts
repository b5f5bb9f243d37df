/** A body of the Clock port for tests of the network that is moved by hand. */
import { type MonotonicMs, monotonicMs, type WallMs, wallMs } from '../../src/base/brand.ts';
import { Heap } from '../../src/base/heap.ts';
import type { Cancellable, Clock } from '../../src/base/ports.ts';

interface Timer {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Time passes only in `pass`. */
export class HandClock implements Clock {
  #nowMs = 0;
  #sequence = 0;
  readonly #timers = new Heap<Timer>((a, b) =>
    a.atMs === b.atMs ? a.sequence < b.sequence : a.atMs < b.atMs,
  );

  monotonicMs(): MonotonicMs {
    return monotonicMs(this.#nowMs);
  }

  wallMs(): WallMs {
    return wallMs(1_700_000_000_000 + this.#nowMs);
  }

  after(delayMs: number, run: () => void): Cancellable {
    const timer = {
      atMs: this.#nowMs + delayMs,
      sequence: this.#sequence++,
      run,
      cancelled: false,
    };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.cancelled = true;
      },
    };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** Lets `ms` go by and runs what falls due, in order. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.peek();
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers.pop();
      this.#nowMs = next.atMs;
      if (!next.cancelled) next.run();
    }
    this.#nowMs = untilMs;
  }
}
