/**
 * The driver's pulse: one tick after another, each armed when the one before it has run.
 *
 * M4  A late timer never decides before what was already waiting has been heard: after a pause one
 *     tick passes, however long the pause was.
 */
import type { Cancellable, Clock } from '../base/ports.ts';

export class Ticker {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #run: (lateMs: number) => void;
  #timer: Cancellable | undefined = undefined;
  #running = false;

  /** `lateMs`: how much later than planned the timer came, because the event loop stood still. */
  constructor(clock: Clock, tickMs: number, run: (lateMs: number) => void) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#run = run;
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  #arm(): void {
    const due = this.#clock.monotonicMs() + this.#tickMs;
    this.#timer = this.#clock.after(this.#tickMs, () => {
      const lateMs = this.#clock.monotonicMs() - due;
      if (lateMs < this.#tickMs) this.#tick(lateMs);
      else this.#clock.soon(() => this.#tick(lateMs));
    });
  }

  #tick(lateMs: number): void {
    if (!this.#running) return;
    this.#arm();
    this.#run(lateMs);
  }
}
