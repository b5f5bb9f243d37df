/**
 * The pace of work that nobody waits for: behind each piece it rests for as long as the piece took,
 * so that on a busy machine others do not pay for it.
 */
import type { MonotonicMs } from './brand.ts';
import type { Clock } from './ports.ts';

export class Pace {
  readonly #clock: Clock;
  readonly #restMsMax: number;
  #began: MonotonicMs;

  /** `restMsMax`: the longest rest, in milliseconds. */
  constructor(clock: Clock, restMsMax: number) {
    this.#clock = clock;
    this.#restMsMax = restMsMax;
    this.#began = clock.monotonicMs();
  }

  /** A piece of the work begins. */
  begin(): void {
    this.#began = this.#clock.monotonicMs();
  }

  /** The piece has ended: calls `next` behind the rest, never within this call. */
  rest(next: () => void): void {
    const tookMs = this.#clock.monotonicMs() - this.#began;
    if (tookMs < 1) this.#clock.soon(next);
    else this.#clock.after(Math.min(tookMs, this.#restMsMax), next);
  }
}
