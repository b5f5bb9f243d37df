/**
 * Calendars: which days belong to one, and what a schedule's rule makes of the days of its fires.
 * Pure rules over rows; days are counted from 1 January 1970, in the zone of the schedule.
 */
import type { CalendarRow, DayText } from './calendar-row.ts';
import { type DaySources, dayMs } from './cron.ts';
import type { CalendarRule } from './dag.ts';

/** The calendars of a namespace, by name. */
export type Calendars = (name: string) => CalendarRow | undefined;

export const noCalendars: Calendars = () => undefined;

/** A fire moves over at most so many days; farther from an allowed day it does not happen. */
export const shiftDaysMax = 31;

type DayTest = (day: number) => boolean;

/** Rows never change, so what was made of one is good for as long as it lives. */
const compiled = new WeakMap<CalendarRow, DayTest>();

/** Whether a day belongs to the calendar. */
export function dayTestOf(row: CalendarRow): DayTest {
  const known = compiled.get(row);
  if (known !== undefined) return known;
  const test = compile(row);
  compiled.set(row, test);
  return test;
}

function compile(row: CalendarRow): DayTest {
  const weekdays = new Set(row.weekdays);
  const days = new Set(row.days.map(dayOf));
  const except = new Set(row.except.map(dayOf));
  const yearly = new Set(row.yearly);
  return (day) => {
    if (except.has(day)) return false;
    // 1 January 1970 was a Thursday.
    if (days.has(day) || weekdays.has((((day + 4) % 7) + 7) % 7)) return true;
    return yearly.size > 0 && yearly.has(textOf(day).slice(5));
  };
}

/** `2026-12-25` -> days from 1 January 1970. */
export const dayOf = (text: DayText): number => Date.parse(`${text}T00:00:00Z`) / dayMs;

export const textOf = (day: number): DayText => new Date(day * dayMs).toISOString().slice(0, 10);

/** What a rule makes of days. A calendar that is not there keeps every fire back. */
export interface DayRule {
  readonly allows: DayTest;
  /** The days whose fires happen on a day: itself, and those that have moved to it. */
  readonly sources: DaySources;
  /** The same, turned around: days whose fires do not happen at all, each for itself. */
  readonly suppressed: DaySources;
}

export function dayRuleOf(rule: CalendarRule, calendars: Calendars): DayRule {
  const allows = allowedBy(rule, calendars);
  const step = rule.shift === 'previous' ? 1 : -1;
  const sources = (day: number): readonly number[] => {
    if (!allows(day)) return [];
    const all = [day];
    if (rule.shift === 'none') return all;
    for (let far = 1; far <= shiftDaysMax && !allows(day + far * step); far++) {
      all.push(day + far * step);
    }
    return all;
  };
  const moves = (day: number): boolean => {
    if (rule.shift === 'none') return false;
    for (let far = 1; far <= shiftDaysMax; far++) if (allows(day - far * step)) return true;
    return false;
  };
  return { allows, sources, suppressed: (day) => (allows(day) || moves(day) ? [] : [day]) };
}

function allowedBy({ include, exclude }: CalendarRule, calendars: Calendars): DayTest {
  const included = include === null ? null : calendars(include);
  const excluded = exclude === null ? null : calendars(exclude);
  if (included === undefined || excluded === undefined) return () => false;
  const isIn = included === null ? () => true : dayTestOf(included);
  const isOut = excluded === null ? () => false : dayTestOf(excluded);
  return (day) => isIn(day) && !isOut(day);
}
