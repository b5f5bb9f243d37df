import { expect, it } from 'vitest';
import { yearOf } from './year.ts';

it('calendar: a year has all its days, in weeks from Monday on', () => {
  const days = yearOf(2026, [], []);
  expect(days).toHaveLength(365);
  // 1 January 2026 is a Thursday.
  expect(days[0]).toMatchObject({ day: '2026-01-01', week: 0, weekday: 3 });
  expect(days[4]).toMatchObject({ day: '2026-01-05', week: 1, weekday: 0 });
  expect(days.at(-1)).toMatchObject({ day: '2026-12-31', week: 52 });
  expect(yearOf(2028, [], [])).toHaveLength(366);
});

it('calendar: a day counts what ended on it, and what is to fire', () => {
  const outcomes = [
    { day: '2026-03-01', state: 'success' },
    { day: '2026-03-01', state: 'failed' },
    { day: '2026-03-01', state: 'running' },
    { day: '2025-03-01', state: 'failed' },
  ];
  const days = yearOf(2026, outcomes, ['2026-03-02', '2026-03-02']);
  expect(days[59]).toMatchObject({ day: '2026-03-01', ended: 2, failed: 1, coming: 0 });
  expect(days[60]).toMatchObject({ ended: 0, coming: 2 });
});
