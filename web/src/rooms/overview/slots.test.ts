import { expect, it } from 'vitest';
import { slotsOf, successRate } from './slots.ts';

const now = Date.parse('2026-11-22T12:10:00Z');
const ended = (endedAt: string | null, state: 'success' | 'failed' | 'cancelled' | 'running') => ({
  ...{ endedAt, state },
});

it('overview: a run counts in the half hour that it ended in', () => {
  const slots = slotsOf(
    [
      ended('2026-11-22T12:00:00Z', 'success'),
      ended('2026-11-22T11:59:59Z', 'failed'),
      ended('2026-11-22T11:31:00Z', 'cancelled'),
      ended('2026-11-21T10:00:00Z', 'failed'),
      ended(null, 'running'),
    ],
    now,
  );
  expect(slots).toHaveLength(48);
  expect(slots[47]).toMatchObject({ good: 1, bad: 0, from: Date.parse('2026-11-22T12:00:00Z') });
  expect(slots[46]).toMatchObject({ good: 0, bad: 1, other: 1 });
  expect(slots.reduce((sum, { bad }) => sum + bad, 0)).toBe(1);
  expect(successRate(slots)).toBe(0.5);
});

it('overview: without any that ended there is no rate', () => {
  expect(successRate(slotsOf([], now))).toBeUndefined();
});
