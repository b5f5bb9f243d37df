/**
 * How many helpers more a queue of attempts needs. A helper is busy for as long as its attempt
 * runs, so the crew has to grow with the attempts that last; those that are over soon hardly make
 * it grow, which would only slow them down.
 *
 * Where all processors are taken, an attempt that could end soon takes long for want of a
 * processor, and one more beside it would make all of them last still longer: there it takes more
 * until an attempt counts as lasting and the crew as stuck. It grows there as well, if slowly: who
 * was promised a start gets one.
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

/** An attempt that has run this long is lasting: its helper will not be free soon. */
const lastingMsMin = { host: 100, fullHost: 1000 } as const;
/** Without an end for this long, the crew is stuck. */
const stuckMsMin = { host: 20, fullHost: 500 } as const;

/** Negative or 0: none. */
export function helpersMissing(crew: Crew): number {
  const { nowMs, warm, alive, launchedMs, stuckSinceMs } = crew;
  const where = crew.isHostFull ? 'fullHost' : 'host';
  if (nowMs - stuckSinceMs >= stuckMsMin[where]) return warm;
  const lasting = launchedMs.filter((each) => nowMs - each >= lastingMsMin[where]);
  return warm - (alive - lasting.length);
}
