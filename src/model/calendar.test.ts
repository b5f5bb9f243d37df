import { describe, expect, it } from 'vitest';
import { dagId, type WallMs, wallMs } from '../base/brand.ts';
import { here, spec } from '../scheduler/testing/rows.ts';
import { dayOf, dayTestOf, textOf } from './calendar.ts';
import type { CalendarRow } from './calendar-row.ts';
import type { CalendarRule, ScheduleSpec } from './dag.ts';
import { newScheduleRow } from './schedule.ts';
import {
  countFires,
  isRecurring,
  nextFire,
  previousFire,
  suppressedFires,
} from './schedule-fires.ts';

const calendar = (name: string, differs: Partial<CalendarRow>): CalendarRow => ({
  namespace: here,
  name,
  description: '',
  weekdays: [],
  days: [],
  yearly: [],
  except: [],
  updatedAt: wallMs(0),
  updatedBy: 'ada',
  ...differs,
});

const work = calendar('work', { weekdays: [1, 2, 3, 4, 5], except: ['2026-04-06'] });
const holidays = calendar('holidays', { yearly: ['12-25', '12-26'], days: ['2026-04-03'] });
const calendars = (name: string) => [work, holidays].find((row) => row.name === name);

const at = (text: string): WallMs => wallMs(Date.parse(text));
const workdays = (shift: CalendarRule['shift']): CalendarRule => ({
  include: 'work',
  exclude: 'holidays',
  shift,
});

const cron = (
  expression: string,
  rule: CalendarRule,
  timezone = 'Europe/Berlin',
): ScheduleSpec => ({
  kind: 'cron',
  expression,
  timezone,
  dst: 'once',
  jitterMs: 0,
  calendar: rule,
});
const daily = (rule: CalendarRule): ScheduleSpec => ({
  kind: 'every',
  everyMs: 86_400_000,
  jitterMs: 0,
  calendar: rule,
});

function tableOf(schedule: ScheduleSpec, startDate: WallMs | null = null) {
  const of = spec({}, { schedules: [schedule], startDate });
  const row = newScheduleRow({ namespace: here, dagId: dagId('d') }, of, at('2026-01-01'));
  return { spec: of, row, calendars };
}

/** `04-02 07:00`, in UTC. */
const shortText = (instant: number): string =>
  new Date(instant).toISOString().slice(5, 16).replace('T', ' ');

function fires(schedule: ScheduleSpec, from: string, to: string, start: string | null = null) {
  const table = tableOf(schedule, start === null ? null : at(start));
  const found: WallMs[] = [];
  for (let next = nextFire(table, schedule, at(from)); next !== undefined && next <= at(to); ) {
    found.push(next);
    next = nextFire(table, schedule, next);
  }
  return { table, found, texts: found.map(shortText) };
}

describe('a calendar', () => {
  it('has its days of the week, its days and yearly days, but for its exceptions', () => {
    const test = (row: CalendarRow, text: string): boolean => dayTestOf(row)(dayOf(text));
    expect(test(work, '2026-04-03')).toBe(true);
    expect(test(work, '2026-04-04')).toBe(false);
    expect(test(work, '2026-04-06')).toBe(false);
    expect(test(holidays, '2031-12-25')).toBe(true);
    expect(test(holidays, '2026-04-03')).toBe(true);
    expect(test(holidays, '2027-04-03')).toBe(false);
  });

  it('counts days as people write them, also before 1970', () => {
    for (const day of ['2026-02-28', '1969-12-31', '2000-02-29']) {
      expect(textOf(dayOf(day))).toBe(day);
    }
    const sundays = calendar('sundays', { weekdays: [0] });
    expect(dayTestOf(sundays)(dayOf('1969-12-28'))).toBe(true);
  });
});

describe('a schedule that goes by a calendar', () => {
  // Good Friday is 3 April 2026, Easter Monday the 6th.
  it('leaves out what the calendar does not allow', () => {
    const { texts } = fires(cron('0 9 * * *', workdays('none')), '2026-04-01', '2026-04-09');
    expect(texts).toEqual(['04-01 07:00', '04-02 07:00', '04-07 07:00', '04-08 07:00']);
  });

  it('moves to the next allowed day at the same local time; two on one instant are one', () => {
    const { texts } = fires(cron('0 9 3,5,20 * *', workdays('next')), '2026-04-01', '2026-05-01');
    expect(texts).toEqual(['04-07 07:00', '04-20 07:00']);
  });

  it('moves to the previous allowed day, across a change of clocks', () => {
    // 29 March is the Sunday on which the clocks change: Friday is still in winter.
    const { texts } = fires(cron('0 9 29 3 *', workdays('previous')), '2026-03-01', '2026-04-01');
    expect(texts).toEqual(['03-27 08:00']);
  });

  it('moves a fixed rate too, and keeps its local time', () => {
    const start = '2026-04-01T06:30:00Z';
    const schedule = { ...daily(workdays('next')), timezone: 'Europe/Berlin' } as ScheduleSpec;
    const { texts } = fires(schedule, '2026-04-01', '2026-04-09', start);
    expect(texts).toEqual(['04-01 06:30', '04-02 06:30', '04-07 06:30', '04-08 06:30']);
  });

  it('does not fire at all when a calendar is not there', () => {
    const rule: CalendarRule = { include: null, exclude: 'gone', shift: 'none' };
    expect(fires(cron('0 9 * * *', rule), '2026-04-01', '2026-05-01').texts).toEqual([]);
  });

  it.each(['none', 'next', 'previous'] as const)(
    'shift %s: forwards, backwards and counted agree',
    (shift) => {
      for (const schedule of [
        cron('*/20 9,23 * * *', workdays(shift)),
        cron('0 0 1,15 * 0', workdays(shift), 'America/Santiago'),
      ]) {
        const [from, to] = ['2026-03-20', '2026-10-20'];
        const { table, found } = fires(schedule, from, to);
        const back: WallMs[] = [];
        if (!isRecurring(schedule)) throw new Error('it recurs');
        for (let each = previousFire(table, schedule, wallMs(at(to) + 1)); each !== undefined; ) {
          if (each <= at(from)) break;
          back.unshift(each);
          each = previousFire(table, schedule, each);
        }
        expect(back).toEqual(found);
        const span = { after: at(from), until: at(to) };
        expect(countFires(table, schedule, span)).toBe(found.length);
      }
    },
  );

  it('W14: what it takes out of a span is known, as one range', () => {
    const schedule = cron('0 9 * * *', workdays('none'));
    const span = { after: at('2026-04-02T12:00Z'), until: at('2026-04-07T12:00Z') };
    expect(suppressedFires(tableOf(schedule), schedule, span)).toEqual([
      { from: at('2026-04-03T07:00Z'), to: at('2026-04-06T07:00Z'), count: 4, reason: 'calendar' },
    ]);
    const shifted = cron('0 9 * * *', workdays('next'));
    expect(suppressedFires(tableOf(shifted), shifted, span)).toEqual([]);
  });
});
