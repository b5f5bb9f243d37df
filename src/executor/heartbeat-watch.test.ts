import { expect, test } from 'vitest';
import { monotonicMs } from '../base/brand.ts';
import { HeartbeatWatch } from './heartbeat-watch.ts';

test('heartbeats: what got no answer before a later one is counted, and the longest pause', () => {
  const watch = new HeartbeatWatch();
  // Before there was a leader nobody could answer.
  for (const [seq, at] of [
    [5, 5000],
    [6, 6100],
    [8, 8900],
    [7, 8950],
    [8, 9000],
    [9, 9100],
  ] as const) {
    watch.heard(seq, monotonicMs(at));
  }
  expect(watch.figures).toEqual({ answered: 4, missed: 1, gapMsMax: 2800 });
});
