/**
 * Dates and instants in templates: ISO 8601 text that carries the offset it was written with, so
 * that `tz("Asia/Shanghai")` followed by a format shows the time in Shanghai.
 */
import { firstInstant, toLocal } from './zone.ts';

/** A moment, in milliseconds since 1970 in UTC, and how far its writer's clock is from UTC. */
export interface Moment {
  readonly at: number;
  readonly offsetMs: number;
}

export const dayMs = 86_400_000;
const minuteMs = 60_000;

const datePattern = '(\\d{4})-(\\d\\d)-(\\d\\d)';
const clockPattern = '(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,9}))?)?';
const offsetPattern = 'Z|([+-])(\\d\\d):?(\\d\\d)';
const pattern = new RegExp(`^${datePattern}(?:[T ]${clockPattern}(?:${offsetPattern})?)?$`);

/** `2026-11-21`, `2026-11-21T08:30:00Z`, `2026-11-21 08:30+08:00`. Without an offset: UTC. */
export function parseMoment(text: string): Moment | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const number = (group: number): number => Number(match[group] ?? 0);
  const date = [number(1), number(2) - 1, number(3)] as const;
  const clock = [number(4), number(5), number(6)] as const;
  const milliseconds = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
  const local = Date.UTC(...date, ...clock, milliseconds);
  const offsetMs = (match[8] === '-' ? -1 : 1) * (number(9) * 60 + number(10)) * minuteMs;
  if (number(10) > 59 || Math.abs(offsetMs) >= dayMs) return undefined;
  // Dates and times that do not exist (31 February, 25:00) come out as others.
  const there = new Date(local);
  const exists =
    there.getUTCFullYear() === date[0] &&
    there.getUTCMonth() === date[1] &&
    there.getUTCDate() === date[2] &&
    there.getUTCHours() === clock[0] &&
    there.getUTCMinutes() === clock[1] &&
    there.getUTCSeconds() === clock[2];
  return exists ? { at: local - offsetMs, offsetMs } : undefined;
}

/** `2026-11-21T08:30:00Z`; with milliseconds if there are any, with its offset if it has one. */
export function formatMoment({ at, offsetMs }: Moment): string {
  const local = new Date(at + offsetMs).toISOString();
  const clock = local.endsWith('.000Z') ? local.slice(0, -5) : local.slice(0, -1);
  return clock + (offsetMs === 0 ? 'Z' : formatOffset(offsetMs, ':'));
}

/** `+08:00` */
function formatOffset(offsetMs: number, between: string): string {
  const minutes = Math.round(Math.abs(offsetMs) / minuteMs);
  const sign = offsetMs < 0 ? '-' : '+';
  return `${sign}${pad(Math.floor(minutes / 60))}${between}${pad(minutes % 60)}`;
}

const firstLocal = Date.UTC(100, 0);
const lastLocal = Date.UTC(10_000, 0) - 1;

/** Years 100 to 9999: those that four digits can say and `parseMoment` reads. */
export const canBeText = ({ at, offsetMs }: Moment): boolean =>
  at + offsetMs >= firstLocal && at + offsetMs <= lastLocal;

export const units = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Unit = (typeof units)[number];

/** Weeks begin on Monday. With a zone, the unit is one of the zone's calendar. */
export function startOf(unit: Unit, moment: Moment, zone: string | null): Moment {
  return fromLocal(unitStart(unit, localOf(moment, zone), 0), moment, zone);
}

/** The last millisecond of the unit. */
export function endOf(unit: Unit, moment: Moment, zone: string | null): Moment {
  const next = fromLocal(unitStart(unit, localOf(moment, zone), 1), moment, zone);
  const at = next.at - 1;
  return { at, offsetMs: zone === null ? next.offsetMs : toLocal(zone, at) - at };
}

const localOf = (moment: Moment, zone: string | null): number =>
  zone === null ? moment.at + moment.offsetMs : toLocal(zone, moment.at);

function fromLocal(local: number, { offsetMs }: Moment, zone: string | null): Moment {
  if (zone === null) return { at: local - offsetMs, offsetMs };
  const at = firstInstant(zone, local);
  return { at, offsetMs: toLocal(zone, at) - at };
}

/** The local time at which the unit of `local` begins, or the one that is `later` units behind. */
function unitStart(unit: Unit, local: number, later: number): number {
  const date = new Date(local);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const weekday = (date.getUTCDay() + 6) % 7;
  const hour = date.getUTCHours();
  switch (unit) {
    case 'minute':
      return Date.UTC(year, month, day, hour, date.getUTCMinutes() + later);
    case 'hour':
      return Date.UTC(year, month, day, hour + later);
    case 'day':
      return Date.UTC(year, month, day + later);
    case 'week':
      return Date.UTC(year, month, day - weekday + 7 * later);
    case 'month':
      return Date.UTC(year, month + later);
    case 'quarter':
      return Date.UTC(year, month - (month % 3) + 3 * later);
    case 'year':
      return Date.UTC(year + later, 0);
  }
}

const monthNames =
  'January February March April May June July August September October November December';
const dayNames = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday';

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const nameOf = (names: string, at: number): string => names.split(' ')[at] ?? '';

/** What `%X` stands for, given the local date (in UTC fields) and the moment. */
const codes: Readonly<Record<string, (local: Date, moment: Moment) => string>> = {
  Y: (local) => pad(local.getUTCFullYear(), 4),
  y: (local) => pad(local.getUTCFullYear() % 100),
  m: (local) => pad(local.getUTCMonth() + 1),
  d: (local) => pad(local.getUTCDate()),
  H: (local) => pad(local.getUTCHours()),
  I: (local) => pad(local.getUTCHours() % 12 || 12),
  M: (local) => pad(local.getUTCMinutes()),
  S: (local) => pad(local.getUTCSeconds()),
  L: (local) => pad(local.getUTCMilliseconds(), 3),
  f: (local) => `${pad(local.getUTCMilliseconds(), 3)}000`,
  p: (local) => (local.getUTCHours() < 12 ? 'AM' : 'PM'),
  j: (local) => pad(dayOfYear(local), 3),
  u: (local) => String(local.getUTCDay() || 7),
  w: (local) => String(local.getUTCDay()),
  A: (local) => nameOf(dayNames, local.getUTCDay()),
  a: (local) => nameOf(dayNames, local.getUTCDay()).slice(0, 3),
  B: (local) => nameOf(monthNames, local.getUTCMonth()),
  b: (local) => nameOf(monthNames, local.getUTCMonth()).slice(0, 3),
  G: (local) => pad(isoWeek(local).year, 4),
  V: (local) => pad(isoWeek(local).week),
  F: (local) => local.toISOString().slice(0, 10),
  T: (local) => local.toISOString().slice(11, 19),
  z: (_local, { offsetMs }) => formatOffset(offsetMs, ''),
  s: (_local, { at }) => String(Math.floor(at / 1000)),
  '%': () => '%',
};

/** The letters that `formatPattern` knows. */
export const patternCodes: readonly string[] = Object.keys(codes);

/** strftime, in English. Undefined: the pattern has a letter that is none of `patternCodes`. */
export function formatPattern(moment: Moment, format: string): string | undefined {
  const local = new Date(moment.at + moment.offsetMs);
  let known = true;
  const text = format.replace(/%(.?)/gs, (_all, letter: string) => {
    const code = Object.hasOwn(codes, letter) ? codes[letter] : undefined;
    known &&= code !== undefined;
    return code?.(local, moment) ?? '';
  });
  return known ? text : undefined;
}

function dayOfYear(local: Date): number {
  const year = local.getUTCFullYear();
  const midnight = Date.UTC(year, local.getUTCMonth(), local.getUTCDate());
  return (midnight - Date.UTC(year, 0)) / dayMs + 1;
}

/** ISO 8601: a week belongs to the year that has its Thursday. */
function isoWeek(local: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(unitStart('week', local.getTime(), 0) + 3 * dayMs);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}
