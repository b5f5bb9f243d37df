import { expect, it } from 'vitest';
import { heatOf } from './heat.ts';

const runs = [
  { failedAt: { load: '2026-11-22T03:30:00Z', mail: '2026-11-22T23:59:00Z' } },
  { failedAt: { load: '2026-11-22T03:59:59Z' } },
  { failedAt: {} },
  { failedAt: { load: '2026-11-23T12:00:00Z' } },
];

it('failures: by the hour that they came at, most of them first', () => {
  const [load, mail] = heatOf(runs, 'hour', () => 0);
  expect([load?.task, load?.total, load?.counts[3], load?.counts[12]]).toEqual(['load', 3, 2, 1]);
  expect([mail?.task, mail?.counts[23]]).toEqual(['mail', 1]);
});

it('failures: by the day of the week, on the clock of the reader', () => {
  const [load, mail] = heatOf(runs, 'day', () => 3_600_000);
  expect(load?.counts).toEqual([2, 1, 0, 0, 0, 0, 0]);
  expect(mail?.counts).toEqual([0, 1, 0, 0, 0, 0, 0]);
});
