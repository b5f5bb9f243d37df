import { describe, expect, it } from 'vitest';
import { dagId, namespace, type WallMs, wallMs } from '../base/brand.ts';
import { type DateLine, dateLine, datesWithin } from './backfill-dates.ts';
import type { CalendarRow } from './calendar-row.ts';
import type { ScheduleSpec } from './dag.ts';

const workdays: CalendarRow = {
  namespace: namespace('default'),
  name: 'workdays',
  description: '',
  weekdays: [1, 2, 3, 4, 5],
  days: [],
  yearly: [],
  except: ['2026-04-06'],
  updatedAt: wallMs(0),
  updatedBy: 'ada',
};
const at = (text: string): WallMs => wallMs(Date.parse(`${text}:00Z`));

const lineOf = (...schedules: ScheduleSpec[]): DateLine =>
  dateLine({
    dagId: dagId('d'),
    spec: { schedules, startDate: at('2027-01-01T06:30') },
    anchor: wallMs(0),
    calendars: (name) => (name === 'workdays' ? workdays : undefined),
  });

const within = (line: DateLine, from: string, to: string): readonly string[] =>
  datesWithin(line, { from: at(from), to: at(to), most: 100 }).map((date) =>
    new Date(date).toISOString().slice(5, 16),
  );

/** The same dates, asked for from the other side. */
function backwards(line: DateLine, from: string, to: string): readonly string[] {
  const dates: string[] = [];
  let date = line.previous(wallMs(at(to) + 1));
  for (; date !== undefined && date >= at(from); date = line.previous(date)) {
    dates.unshift(new Date(date).toISOString().slice(5, 16));
  }
  return dates;
}

describe('logical dates of a range', () => {
  const daily = { kind: 'every', everyMs: 86_400_000, jitterMs: 0 } as const;
  const calendar = { include: 'workdays', exclude: null, shift: 'none' } as const;

  it('a DAG without a schedule has one a day', () => {
    const dates = within(lineOf(), '2026-04-01T00:00', '2026-04-03T12:00');
    expect(dates).toEqual(['04-01T00:00', '04-02T00:00', '04-03T00:00']);
  });

  it('the start of the DAG says where a fixed rate counts from, and does not bind', () => {
    const dates = within(lineOf(daily), '2026-04-01T00:00', '2026-04-03T00:00');
    expect(dates).toEqual(['04-01T06:30', '04-02T06:30']);
  });

  it('a fixed rate goes by its calendar', () => {
    const line = lineOf({ ...daily, calendar });
    const dates = within(line, '2026-04-02T00:00', '2026-04-08T00:00');
    expect(dates).toEqual(['04-02T06:30', '04-03T06:30', '04-07T06:30']);
    expect(backwards(line, '2026-04-02T00:00', '2026-04-08T00:00')).toEqual(dates);
  });

  it('an instant of two schedules is one date', () => {
    const cron = {
      kind: 'cron',
      expression: '30 6,12 * * *',
      timezone: 'UTC',
      dst: 'once',
      jitterMs: 0,
    } as const;
    const line = lineOf(daily, cron);
    const dates = within(line, '2026-04-02T00:00', '2026-04-03T07:00');
    expect(dates).toEqual(['04-02T06:30', '04-02T12:30', '04-03T06:30']);
    expect(backwards(line, '2026-04-02T00:00', '2026-04-03T07:00')).toEqual(dates);
  });
});
