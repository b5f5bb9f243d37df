import { expect, it } from 'vitest';
import { nextTimeOfDay, parseTimeOfDay } from './time-of-day.ts';

it.each([
  ['15:00', 54_000_000],
  ['3:05:09', 11_109_000],
  ['24:00', undefined],
  ['15', undefined],
  ['15:60', undefined],
] as const)('time of day: %s is %s', (text, expected) => {
  expect(parseTimeOfDay(text)).toBe(expected);
});

const next = (zone: string, text: string, at: string): string =>
  new Date(nextTimeOfDay(zone, parseTimeOfDay(text) ?? 0, Date.parse(at))).toISOString();

it.each([
  ['UTC', '15:00', '2026-01-01T14:59:59Z', '2026-01-01T15:00:00.000Z'],
  ['UTC', '15:00', '2026-01-01T15:00:00Z', '2026-01-01T15:00:00.000Z'],
  ['UTC', '15:00', '2026-01-01T15:00:01Z', '2026-01-02T15:00:00.000Z'],
  ['Asia/Shanghai', '02:00', '2026-01-01T17:00:00Z', '2026-01-01T18:00:00.000Z'],
  ['America/New_York', '23:00', '2026-01-02T03:00:00Z', '2026-01-02T04:00:00.000Z'],
  // Clocks go from 02:00 to 03:00.
  ['Europe/Berlin', '02:30', '2026-03-29T00:00:00Z', '2026-03-29T01:00:00.000Z'],
  // And back from 03:00 to 02:00.
  ['Europe/Berlin', '02:30', '2026-10-25T00:00:00Z', '2026-10-25T00:30:00.000Z'],
  ['Europe/Berlin', '02:30', '2026-10-25T00:45:00Z', '2026-10-25T01:30:00.000Z'],
  ['Pacific/Apia', '12:00', '2026-01-01T00:00:00Z', '2026-01-01T23:00:00.000Z'],
] as const)('time of day: in %s the next %s from %s is %s', (zone, text, at, expected) => {
  expect(next(zone, text, at)).toBe(expected);
});
