/** The operator's clock of one machine, which every process of the node reads. */
import type { Timeline } from './timeline.ts';

export class WallClock {
  readonly #timeline: Timeline;
  #offsetMs = 0;
  /** Milliseconds gained in a millisecond. */
  #drift = 0;
  #sinceMs = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** How far it is from the world's. */
  get offsetMs(): number {
    return this.#offsetMs + this.#drift * (this.#timeline.nowMs - this.#sinceMs);
  }

  step(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** From now on it gains `drift` milliseconds in each millisecond; a negative one loses them. */
  driftBy(drift: number): void {
    this.set(this.offsetMs);
    this.#drift = drift;
  }

  /** Somebody sets it, and it runs evenly again. */
  set(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    this.#sinceMs = this.#timeline.nowMs;
    this.#drift = 0;
  }
}
