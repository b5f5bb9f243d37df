/**
 * The fields of a cron expression: read and checked by `cron-parser`, and which days they name.
 */
import { CronExpressionParser } from 'cron-parser';
import { fail, ok, type Result } from '../base/result.ts';

const dayMs = 86_400_000;

export interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly lastDayOfMonth: boolean;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** Days of the week of which only the last in the month counts (`5L`). */
  readonly lastDaysOfWeek: ReadonlySet<number>;
  /** Only the n-th such day of the week in the month (`1#2`); 0: every one. */
  readonly nthDayOfWeek: number;
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
  readonly hourRhythm: 'time' | 'step' | 'every';
}

/** `seed` makes `H` fields a function of the DAG, not of chance. The error is a sentence. */
export function parseCron(expression: string, seed: string): Result<Cron, string> {
  const words = expression.trim().split(/\s+/);
  if (words.length !== 5 && words.length !== 6) {
    const shape = 'five fields (minute hour day month weekday), or six with seconds first';
    return fail(`"${expression}" is not a cron expression: it needs ${shape}`);
  }
  try {
    const { fields } = CronExpressionParser.parse(words.join(' '), {
      hashSeed: seed,
      // Only the fields are used; without a date the parser would look at the clock.
      currentDate: new Date(0),
    });
    const week = fields.dayOfWeek.values.map(String);
    const last = week.filter((day) => day.endsWith('L')).map((day) => Number.parseInt(day, 10) % 7);
    return ok({
      seconds: numbers(fields.second.values),
      minutes: numbers(fields.minute.values),
      hours: numbers(fields.hour.values),
      months: new Set(numbers(fields.month.values)),
      daysOfMonth: new Set(numbers(fields.dayOfMonth.values)),
      lastDayOfMonth: fields.dayOfMonth.hasLastChar,
      daysOfWeek: new Set(numbers(fields.dayOfWeek.values).map((day) => day % 7)),
      lastDaysOfWeek: new Set(last),
      nthDayOfWeek: fields.dayOfWeek.nthDay,
      anyDayOfMonth: fields.dayOfMonth.isWildcard,
      anyDayOfWeek: fields.dayOfWeek.isWildcard,
      hourRhythm: rhythmOf(words[words.length - 4] ?? '*'),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(`"${expression}" is not a cron expression: ${why}`);
  }
}

const numbers = (values: readonly (number | string)[]): number[] =>
  values.filter((value) => typeof value === 'number');

function rhythmOf(hourField: string): Cron['hourRhythm'] {
  if (hourField === '*') return 'every';
  return hourField.startsWith('*') ? 'step' : 'time';
}

/** Whether a day, counted from 1 January 1970, is one that the expression names. */
export function matchesDay(cron: Cron, day: number): boolean {
  const date = new Date(day * dayMs);
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const inMonth = cron.anyDayOfMonth || matchesDayOfMonth(cron, date);
  const inWeek = cron.anyDayOfWeek || matchesDayOfWeek(cron, date);
  // POSIX crontab: when both are restricted, either one is enough.
  if (!cron.anyDayOfMonth && !cron.anyDayOfWeek) return inMonth || inWeek;
  return inMonth && inWeek;
}

const daysInMonth = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

const matchesDayOfMonth = (cron: Cron, date: Date): boolean =>
  cron.daysOfMonth.has(date.getUTCDate()) ||
  (cron.lastDayOfMonth && date.getUTCDate() === daysInMonth(date));

function matchesDayOfWeek(cron: Cron, date: Date): boolean {
  const day = date.getUTCDay();
  const dayOfMonth = date.getUTCDate();
  if (cron.lastDaysOfWeek.has(day) && dayOfMonth > daysInMonth(date) - 7) return true;
  if (!cron.daysOfWeek.has(day)) return false;
  return cron.nthDayOfWeek === 0 || Math.ceil(dayOfMonth / 7) === cron.nthDayOfWeek;
}
