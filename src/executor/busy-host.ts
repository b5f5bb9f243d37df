/**
 * Whether the processors of this host have work enough. Whose work it is cannot be told: background
 * work that stands back for others makes a host busy by itself, and goes on as fast as leaves a
 * part of it idle.
 */
import type { MonotonicMs } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';

/** What the operating system counts of one processor since its start, in milliseconds. */
export interface ProcessorTimes {
  readonly times: {
    readonly user: number;
    readonly nice: number;
    readonly sys: number;
    readonly idle: number;
    readonly irq: number;
  };
}

/** Less idle time than this share of all of it: nothing is begun that can wait. */
export const busyIdleShare = 0.5;
/** And with less than this, whatever is begun holds up something else. */
export const fullIdleShare = 0.1;
/** Between two looks; counters of the system move in steps of 10 ms. */
const lookEveryMs = 250;

/**
 * Answers whether less than `idleShareMin` of the processors' time was idle. It is as of the last
 * look, which is made when one is due.
 */
export function busyHost(
  clock: Pick<Clock, 'monotonicMs'>,
  look: () => readonly ProcessorTimes[],
  idleShareMin: number,
): () => boolean {
  let lookedAt: MonotonicMs = clock.monotonicMs();
  let before = sumOf(look());
  let isBusy = false;
  return () => {
    const now = clock.monotonicMs();
    if (now - lookedAt < lookEveryMs) return isBusy;
    lookedAt = now;
    const after = sumOf(look());
    const all = after.all - before.all;
    if (all > 0) isBusy = (after.idle - before.idle) / all < idleShareMin;
    before = after;
    return isBusy;
  };
}

function sumOf(processors: readonly ProcessorTimes[]): {
  readonly idle: number;
  readonly all: number;
} {
  let idle = 0;
  let all = 0;
  for (const { times } of processors) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, all };
}
