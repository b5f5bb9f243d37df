/** A process in virtual time, as the machine of a scenario runs it. */
import type { Clock } from '../../src/base/ports.ts';

/** A process: nothing of it happens when it has ended, or while it is paused. */
export class Process {
  readonly clock: Clock;
  readonly #clock: Clock;
  #alive = true;
  #pausedUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.clock = {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      after: (delayMs, run) => {
        let cancelled = false;
        clock.after(delayMs, () =>
          this.enter(() => {
            if (!cancelled) run();
          }),
        );
        return { cancel: () => (cancelled = true) };
      },
      soon: (run) => clock.soon(() => this.enter(run)),
    };
  }

  enter(run: () => void): void {
    if (!this.#alive) return;
    const restMs = this.#pausedUntilMs - this.#clock.monotonicMs();
    if (restMs > 0) this.#clock.after(restMs, () => this.enter(run));
    else run();
  }

  pause(ms: number): void {
    this.#pausedUntilMs = this.#clock.monotonicMs() + ms;
  }

  end(): void {
    this.#alive = false;
  }
}
