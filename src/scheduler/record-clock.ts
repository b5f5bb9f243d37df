/**
 * The time of records: the wall clock of the leader, but never going back (W16). While the wall
 * clock is behind, because it was set back or an earlier leader's was ahead, record time goes on at
 * half the speed: retries and time-outs still come, and the two meet again.
 *
 * Owns: what it has told. Invariant:
 *   R1  No instant is earlier than one that was told before, whether a record carries it or not:
 *       what was found due is due from then on.
 */
import { type MonotonicMs, type WallMs, wallMs } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';

/** A jump of the wall clock is believed by everybody after so long. */
export const steadyMs = 60_000;
/** Instants that are remembered to know jumps by: so far apart, or by such a jump, and so many. */
const stepMs = 5_000;
const jumpMs = 1_000;
const stepsMax = 64;

interface Told {
  readonly at: WallMs;
  readonly since: MonotonicMs;
}

export class RecordClock {
  readonly #clock: Pick<Clock, 'wallMs' | 'monotonicMs'>;
  #last: Told;
  /** Oldest first. Each is believed until `steadyMs` after the next one. */
  readonly #steps: Told[];

  /** `lastAt`: the time of the newest record; 0: there is none. */
  constructor(clock: Pick<Clock, 'wallMs' | 'monotonicMs'>, lastAt: WallMs) {
    this.#clock = clock;
    this.#last = { at: lastAt > 0 ? lastAt : clock.wallMs(), since: clock.monotonicMs() };
    this.#steps = [this.#last];
  }

  now(): WallMs {
    const since = this.#clock.monotonicMs();
    const wall = this.#clock.wallMs();
    const least = this.#last.at + Math.floor((since - this.#last.since) / 2);
    if (wall < least) return wallMs(least);
    this.#last = { at: wall, since };
    this.#step();
    return wall;
  }

  /**
   * The instant that it is, leaving aside by how much the wall clock has jumped forward within the
   * last minute, or while somebody else led. For what must be kept for a while whatever the wall
   * clock says.
   */
  steady(): WallMs {
    const now = this.now();
    const first = this.#steps[0] ?? this.#last;
    const elapsedMs = Math.floor(this.#clock.monotonicMs() - first.since);
    return wallMs(Math.min(now, first.at + elapsedMs));
  }

  #step(): void {
    const steps = this.#steps;
    const { at, since } = this.#last;
    const newest = steps.at(-1) ?? this.#last;
    const passedMs = since - newest.since;
    if (passedMs >= stepMs || at - newest.at - passedMs > jumpMs) steps.push(this.#last);
    while (steps[1] !== undefined && since - steps[1].since >= steadyMs) steps.shift();
    // The one before it is believed for longer then.
    if (steps.length > stepsMax) steps.splice(1, 1);
  }
}
