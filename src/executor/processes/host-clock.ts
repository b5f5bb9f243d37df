/** The part of the Clock port that the helpers need, as this host gives it. */
import { performance } from 'node:perf_hooks';
import { monotonicMs } from '../../base/brand.ts';
import type { Clock } from '../../base/ports.ts';

export type HelperClock = Pick<Clock, 'monotonicMs' | 'after' | 'soon'>;

export const hostClock: HelperClock = {
  monotonicMs: () => monotonicMs(performance.now()),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (run) => {
    setImmediate(run);
  },
};
