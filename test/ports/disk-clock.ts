/**
 * A virtual clock for tests of the disk: nothing happens until the test takes a step, and one step
 * is one event, so that a crash can stand between any two.
 */
import { type MonotonicMs, monotonicMs, type WallMs, wallMs } from '../../src/base/brand.ts';
import { Heap } from '../../src/base/heap.ts';
import type { Cancellable, Clock } from '../../src/base/ports.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class StepClock implements Clock {
  readonly #events = new Heap<Event>((a, b) =>
    a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs,
  );
  #nowMs = 0;
  #order = 0;

  monotonicMs(): MonotonicMs {
    return monotonicMs(this.#nowMs);
  }

  wallMs(): WallMs {
    return wallMs(this.#nowMs);
  }

  after(delayMs: number, run: () => void): Cancellable {
    this.#order += 1;
    const event = { atMs: this.#nowMs + delayMs, order: this.#order, run, cancelled: false };
    this.#events.push(event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** Runs the next event; false when there is none. */
  step(): boolean {
    let event = this.#events.pop();
    while (event?.cancelled) event = this.#events.pop();
    if (event === undefined) return false;
    this.#nowMs = event.atMs;
    event.run();
    return true;
  }

  runAll(): void {
    while (this.step());
  }

  /** Forgets every event: the process and its timers are gone. */
  clear(): void {
    this.#events.clear();
  }
}

/** Calls `start`, runs the clock, and returns what was handed to `done`. */
export function settled<T>(clock: StepClock, start: (done: (value: T) => void) => void): T {
  const answers: T[] = [];
  start((value) => answers.push(value));
  if (answers.length > 0) throw new Error('called back before the call returned');
  while (answers.length === 0 && clock.step());
  if (answers.length !== 1) throw new Error(`called back ${answers.length} times`);
  return answers[0] as T;
}
