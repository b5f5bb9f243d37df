import { expect, it } from 'vitest';
import { bandOf, hasRegressed, ticksOf } from './statistics.ts';

it('durations: the band is the middle, and what nearly all stay below', () => {
  const values = Array.from({ length: 100 }, (_, at) => (at + 1) * 10);
  expect(bandOf(values)).toEqual({ p50: 510, p95: 960, samples: 100 });
  expect(bandOf([1, 2, 3, 4])).toBeUndefined();
});

it('durations: the newest has regressed only when it is far above all before it', () => {
  const usual = [1_000, 1_100, 900, 1_050, 1_000, 1_200];
  expect(hasRegressed([...usual, 1_250])).toBe(false);
  expect(hasRegressed([...usual, 2_000])).toBe(true);
  expect(hasRegressed([1_000, 9_000])).toBe(false);
  expect(hasRegressed([10, 11, 9, 10, 10, 200])).toBe(false);
});

it('durations: an axis has few round steps, and ends above the highest value', () => {
  expect(ticksOf(0)).toEqual([0]);
  expect(ticksOf(4_100)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(ticksOf(50_000)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000]);
  expect(ticksOf(864_000_000).at(-1)).toBe(864_000_000);
});
