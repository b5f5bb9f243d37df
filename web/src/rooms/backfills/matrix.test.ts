import { expect, test } from 'vitest';
import { matrixRows, stateCounts, timeLeftMs } from './matrix.ts';

const run = (logicalDate: string | null, state = 'success') => ({
  ...{ runId: `r-${logicalDate}`, state, logicalDate },
});

test('backfill matrix: days stand in rows of months', () => {
  const rows = matrixRows([
    run('2026-02-01T00:00:00.000Z'),
    run('2026-01-31T00:00:00.000Z', 'failed'),
    run('2026-01-30T00:00:00.000Z'),
  ]);
  expect(rows.map(({ name }) => name)).toEqual(['2026-01', '2026-02']);
  expect(rows[0]?.cells.map(({ short, state }) => [short, state])).toEqual([
    ['30', 'success'],
    ['31', 'failed'],
  ]);
});

test('backfill matrix: hours stand in rows of days', () => {
  const rows = matrixRows([run('2026-01-31T01:00:00.000Z'), run('2026-01-31T00:00:00.000Z')]);
  expect(rows).toMatchObject([
    { name: '2026-01-31', cells: [{ short: '00:00' }, { short: '01:00' }] },
  ]);
});

test('backfill matrix: a run without a date has no place, and nothing makes no rows', () => {
  expect(matrixRows([run(null)])).toEqual([]);
  expect([...stateCounts([run(null), run(null, 'failed')])]).toEqual([
    ['success', 1],
    ['failed', 1],
  ]);
});

test('backfill: what is left is guessed from what has ended, and not before', () => {
  expect(timeLeftMs({ createdAt: 0, now: 100, ended: 0, total: 9 })).toBeUndefined();
  expect(timeLeftMs({ createdAt: 0, now: 100, ended: 2, total: 6 })).toBe(200);
  expect(timeLeftMs({ createdAt: 0, now: 100, ended: 6, total: 6 })).toBeUndefined();
});
