/**
 * Whether the processors of this host have work enough: background work stands back for it. Whose
 * work it is cannot be told, so background work that fills a host makes it busy, and goes on as
 * fast as leaves a part of it idle.
 */
import type { MonotonicMs } from '../../base/brand.ts';
import type { Clock } from '../../base/ports.ts';

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

/** Less idle time than this share of all of it: the host is busy. */
const idleShareMin = 0.5;
/** Between two looks; counters of the system move in steps of 10 ms. */
const lookEveryMs = 250;

/** What is asked is as of the last look, which is made when one is due. */
export function busyHost(clock: Clock, look: () => readonly ProcessorTimes[]): () => boolean {
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
