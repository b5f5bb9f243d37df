import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import type { MonotonicMs } from '../base/brand.ts';
import { monotonicMs } from '../base/brand.ts';
import { Ticker } from './driver-ticker.ts';

/** A clock whose process may stand still: its time runs on, its timers come late. */
class StallingClock extends StepClock {
  stalledMs = 0;

  override monotonicMs(): MonotonicMs {
    return monotonicMs(super.monotonicMs() + this.stalledMs);
  }
}

test('driver: M4: after a pause one tick passes, and first what was waiting is heard', () => {
  const clock = new StallingClock();
  const seen: string[] = [];
  const ticker = new Ticker(clock, 100, (lateMs) => seen.push(`tick, ${lateMs} ms late`));
  ticker.start();
  clock.stalledMs = 5000;
  clock.step();
  clock.soon(() => seen.push('heard'));
  expect(seen).toEqual([]);
  clock.step();
  clock.step();
  expect(seen).toEqual(['tick, 5000 ms late', 'heard']);
  clock.step();
  expect(seen).toEqual(['tick, 5000 ms late', 'heard', 'tick, 0 ms late']);
  ticker.stop();
  expect(clock.step()).toBe(false);
});

test('driver: a tick in time comes at once, and one tick after the other', () => {
  const clock = new StallingClock();
  const seen: number[] = [];
  const ticker = new Ticker(clock, 100, () => seen.push(clock.monotonicMs()));
  ticker.start();
  for (let event = 0; event < 3; event++) clock.step();
  expect(seen).toEqual([100, 200, 300]);
  ticker.stop();
});
