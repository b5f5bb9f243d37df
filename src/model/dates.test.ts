import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOf, formatMoment, formatPattern, parseMoment, startOf, type Unit } from './dates.ts';

const parsed = (text: string): string | undefined => {
  const moment = parseMoment(text);
  return moment === undefined ? undefined : formatMoment(moment);
};

test.each([
  ['2026-11-21', '2026-11-21T00:00:00Z'],
  ['2026-11-21T08:30Z', '2026-11-21T08:30:00Z'],
  ['2026-11-21T08:30:05', '2026-11-21T08:30:05Z'],
  ['2026-11-21 08:30:05.5', '2026-11-21T08:30:05.500Z'],
  ['2026-11-21T08:30:05.123456789Z', '2026-11-21T08:30:05.123Z'],
  ['2026-11-21T08:30:05+08:00', '2026-11-21T08:30:05+08:00'],
  ['2026-11-21T08:30:05-0330', '2026-11-21T08:30:05-03:30'],
  ['2026-11-21T08:30:05+00:00', '2026-11-21T08:30:05Z'],
  ['2024-02-29', '2024-02-29T00:00:00Z'],
])('dates: %s is %s', (text, expected) => {
  expect(parsed(text)).toBe(expected);
});

test.each([
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-11-21T24:00:00Z',
  '2026-11-21T08:60:00Z',
  '2026-11-21T08:30:00+24:00',
  '2026-11-21T08:30:00+08:60',
  '2026-11-21Z',
  '26-11-21',
  '0026-11-21',
  ' 2026-11-21',
  'now',
  '',
])('dates: %j is none', (text) => {
  expect(parseMoment(text)).toBeUndefined();
});

test('dates: every instant can be written and read back', () => {
  const milliseconds = fc.integer({ min: Date.UTC(100, 0), max: Date.UTC(9999, 0) });
  const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 }).map((minutes) => minutes * 60_000);
  fc.assert(
    fc.property(milliseconds, offsets, (at, offsetMs) => {
      fc.pre(at + offsetMs >= Date.UTC(100, 0));
      expect(parseMoment(formatMoment({ at, offsetMs }))).toEqual({ at, offsetMs: offsetMs || 0 });
    }),
  );
});

const edges = (unit: Unit, text: string, zone: string | null): readonly string[] => {
  const moment = parseMoment(text);
  if (moment === undefined) return [];
  return [startOf, endOf].map((edge) => formatMoment(edge(unit, moment, zone)));
};

test.each<[Unit, string, string | null, string, string]>([
  ['minute', '2026-11-21T08:30:05.5Z', null, '2026-11-21T08:30:00Z', '2026-11-21T08:30:59.999Z'],
  ['hour', '2026-11-21T08:30:05Z', null, '2026-11-21T08:00:00Z', '2026-11-21T08:59:59.999Z'],
  ['day', '2026-11-21', null, '2026-11-21T00:00:00Z', '2026-11-21T23:59:59.999Z'],
  ['week', '2026-11-21', null, '2026-11-16T00:00:00Z', '2026-11-22T23:59:59.999Z'],
  ['week', '2026-11-22', null, '2026-11-16T00:00:00Z', '2026-11-22T23:59:59.999Z'],
  ['month', '2024-02-10', null, '2024-02-01T00:00:00Z', '2024-02-29T23:59:59.999Z'],
  ['quarter', '2026-11-21', null, '2026-10-01T00:00:00Z', '2026-12-31T23:59:59.999Z'],
  ['year', '2026-11-21', null, '2026-01-01T00:00:00Z', '2026-12-31T23:59:59.999Z'],
  // The writer's own clock.
  [
    'day',
    '2026-11-21T02:00:00+08:00',
    null,
    '2026-11-21T00:00:00+08:00',
    '2026-11-21T23:59:59.999+08:00',
  ],
  // A day of 25 hours, and one of 23.
  [
    'day',
    '2026-10-25T12:00:00Z',
    'Europe/Berlin',
    '2026-10-25T00:00:00+02:00',
    '2026-10-25T23:59:59.999+01:00',
  ],
  [
    'day',
    '2026-03-29T12:00:00Z',
    'Europe/Berlin',
    '2026-03-29T00:00:00+01:00',
    '2026-03-29T23:59:59.999+02:00',
  ],
  // Midnight is skipped.
  [
    'day',
    '2026-09-06T12:00:00Z',
    'America/Santiago',
    '2026-09-06T01:00:00-03:00',
    '2026-09-06T23:59:59.999-03:00',
  ],
  // The hour from 1 to 2 comes twice.
  [
    'month',
    '2026-11-01T05:30:00Z',
    'America/New_York',
    '2026-11-01T00:00:00-04:00',
    '2026-11-30T23:59:59.999-05:00',
  ],
])('dates: the %s of %s in %s goes from %s to %s', (unit, text, zone, start, end) => {
  expect(edges(unit, text, zone)).toEqual([start, end]);
});

const written = (text: string, format: string): string | undefined => {
  const moment = parseMoment(text);
  return moment === undefined ? undefined : formatPattern(moment, format);
};

test.each([
  ['2026-01-02T03:04:05.067Z', '%Y-%m-%d %H:%M:%S.%L %f', '2026-01-02 03:04:05.067 067000'],
  ['2026-01-02T15:04:05Z', '%y %I %p %j %u %w', '26 03 PM 002 5 5'],
  ['2026-01-04T00:00:00Z', '%A %a %B %b %I %p %u %w', 'Sunday Sun January Jan 12 AM 7 0'],
  ['2026-01-02T23:04:05+08:00', '%F %T %z %s', '2026-01-02 23:04:05 +0800 1767366245'],
  ['2024-12-30', '%G-W%V-%u %j', '2025-W01-1 365'],
  ['2027-01-03', '%G-W%V-%u', '2026-W53-7'],
  ['2026-01-02', '100%% %Y%', undefined],
  ['2026-01-02', '%Q', undefined],
  ['2026-01-02', '%%Y', '%Y'],
])('dates: %s as %s is %s', (text, format, expected) => {
  expect(written(text, format)).toBe(expected);
});
