/**
 * The named timers of one life of an actor.
 *
 * It owns which timers are armed. A timer that is due puts a signal in the mailbox; the message is
 * handed over only if that same timer still stands when its turn comes.
 *
 * T1. A name has at most one timer: arming it again replaces the old one.
 * T2. The message of a cancelled or replaced timer is never received, even if it was waiting.
 * T3. A timer has at most one signal waiting: a stalled actor meets one tick, not a burst.
 */
import { assert } from '../base/assert.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Signal } from './mailbox.ts';
import { limits, type Timers } from './types.ts';

/** The longest delay that the Clock port takes. */
const clockStepMsMax = 3_600_000;

/** Like `clock.after`, for any delay: it is re-armed in steps of at most one hour. */
export function afterAny(clock: Clock, delayMs: number, run: () => void): Cancellable {
  const deadlineMs = clock.monotonicMs() + delayMs;
  let step: Cancellable;
  const arm = (): void => {
    const leftMs = Math.max(0, deadlineMs - clock.monotonicMs());
    step = leftMs > clockStepMsMax ? clock.after(clockStepMsMax, arm) : clock.after(leftMs, run);
  };
  arm();
  return { cancel: () => step.cancel() };
}

interface Timer<M> {
  readonly name: string;
  readonly message: M;
  /** Undefined for a timer that fires once. */
  readonly intervalMs: number | undefined;
  pending: Cancellable | undefined;
}

export class LifeTimers<M> implements Timers<M> {
  readonly #armed = new Map<string, Timer<M>>();
  readonly #clock: Clock;
  readonly #signal: (signal: Signal<M>) => void;
  #ended = false;

  constructor(clock: Clock, signal: (signal: Signal<M>) => void) {
    this.#clock = clock;
    this.#signal = signal;
  }

  after(name: string, delayMs: number, message: M): void {
    this.#start({ name, message, intervalMs: undefined, pending: undefined }, delayMs);
  }

  every(name: string, intervalMs: number, message: M): void {
    assert(intervalMs > 0, `timer ${name}: an interval of 0 ms would never rest`);
    this.#start({ name, message, intervalMs, pending: undefined }, intervalMs);
  }

  cancel(name: string): void {
    this.#armed.get(name)?.pending?.cancel();
    this.#armed.delete(name);
  }

  armed(name: string): boolean {
    return this.#armed.has(name);
  }

  /** Ends with its life: nothing armed is left, nothing can be armed again. */
  end(): void {
    this.#ended = true;
    for (const name of [...this.#armed.keys()]) this.cancel(name);
  }

  #start(timer: Timer<M>, delayMs: number): void {
    assert(!this.#ended, `timer ${timer.name}: the life that it belongs to has ended`);
    assert(delayMs >= 0, `timer ${timer.name}: a delay of ${delayMs} ms is no delay`);
    this.cancel(timer.name);
    assert(this.#armed.size < limits.timersMax, `more than ${limits.timersMax} timers armed`);
    this.#armed.set(timer.name, timer);
    this.#arm(timer, delayMs);
  }

  #arm(timer: Timer<M>, delayMs: number): void {
    timer.pending = afterAny(this.#clock, delayMs, () => {
      timer.pending = undefined;
      this.#signal({ open: (receive) => this.#fire(timer, receive) });
    });
  }

  #fire(timer: Timer<M>, receive: (message: M) => void): void {
    if (this.#armed.get(timer.name) !== timer) return;
    if (timer.intervalMs === undefined) this.#armed.delete(timer.name);
    else this.#arm(timer, timer.intervalMs);
    receive(timer.message);
  }
}
