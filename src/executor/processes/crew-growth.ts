/**
 * How many helpers more a queue of attempts needs. A helper is busy for as long as its attempt
 * runs, so the crew has to grow with the attempts that last; those that are over soon hardly make
 * it grow, which would only slow them down.
 *
 * Where all processors are taken, an attempt that could end soon takes long for want of a
 * processor, and a hundred more beside it would make all of them last still longer: there it takes
 * more until an attempt counts as lasting and a crew as stuck, once it has grown to some size. It
 * grows beyond it as well, if slowly: who was promised a start gets one.
 */

export interface Crew {
  readonly nowMs: number;
  /** Helpers that are to be free of lasting attempts. */
  readonly warm: number;
  /** Helpers alive, and those that are just being started. */
  readonly alive: number;
  /** When the attempts under way were launched. */
  readonly launchedMs: readonly number[];
  /** Since when nothing has ended, no helper was started and somebody waited all the time. */
  readonly stuckSinceMs: number;
  readonly isHostFull: boolean;
}

interface Pace {
  /** An attempt that has run this long is lasting: its helper will not be free soon. */
  readonly lastingMs: number;
  /** Without an end for this long, the crew is stuck. */
  readonly stuckMs: number;
}

const brisk: Pace = { lastingMs: 100, stuckMs: 20 };
const slow: Pace = { lastingMs: 1000, stuckMs: 500 };

/** On a full host, a crew of so many times the helpers that are kept warm grows slowly. */
const warmTimesMax = 4;

/** Negative or 0: none. */
export function helpersMissing(crew: Crew): number {
  const { nowMs, warm, alive, launchedMs, stuckSinceMs, isHostFull } = crew;
  const { lastingMs, stuckMs } = isHostFull && alive >= warm * warmTimesMax ? slow : brisk;
  if (nowMs - stuckSinceMs >= stuckMs) return warm;
  const lasting = launchedMs.filter((each) => nowMs - each >= lastingMs);
  return warm - (alive - lasting.length);
}
