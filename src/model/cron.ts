/**
 * Cron expressions: `cron-parser` reads and checks them, the next time is computed here from its
 * fields, because its own iterator throws in zones with a half-hour change of clocks and fires
 * extra times in spring.
 *
 * Local times that the clock skips or repeats (W15):
 *   `once`  a skipped time fires once, at the first instant behind the gap; a repeated time fires
 *           once, the first time it comes;
 *   `skip`  a skipped time does not fire; a repeated time fires once;
 *   `both`  a skipped time fires once behind the gap; a repeated time fires both times.
 * An hour field that begins with `*` describes a rhythm, not a time of day: it never fires early or
 * extra behind a gap; and with a bare `*` it goes on firing while the clock repeats an hour.
 */
import { CronExpressionParser } from 'cron-parser';
import { type WallMs, wallMs } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type LocalMs, offsetMs, toInstants, toLocal } from './zone.ts';

export type DstRule = 'skip' | 'once' | 'both';

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

const dayMs = 86_400_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A match must come within this many days: 29 February may be eight years away. */
const searchDaysMax = 366 * 9;

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

/** The first instant strictly after `after` at which `cron` fires in `zone`, if there is one. */
export function nextCronFire(
  cron: Cron,
  zone: string,
  dst: DstRule,
  after: WallMs,
): WallMs | undefined {
  const startDay = Math.floor(toLocal(zone, after) / dayMs);
  // A repeated hour may hold a fire whose local day lies behind: begin one day early.
  for (let day = startDay - 1; day < startDay + searchDaysMax; day++) {
    if (!matchesDay(cron, day * dayMs)) continue;
    const found = firstOfDay(cron, zone, dst, { dayStart: day * dayMs, after });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The earliest fire after `after` on one local day. */
function firstOfDay(
  cron: Cron,
  zone: string,
  dst: DstRule,
  search: { readonly dayStart: LocalMs; readonly after: WallMs },
): WallMs | undefined {
  const { dayStart, after } = search;
  let best: WallMs | undefined;
  for (const hour of cron.hours) {
    const hourStart = dayStart + hour * hourMs;
    // Hours far behind `after` on any clock, or far behind a found fire, need no closer look.
    if (hourStart + 27 * hourMs < after || (best !== undefined && hourStart - 27 * hourMs > best)) {
      continue;
    }
    const steady = steadyOffset(zone, hourStart);
    // Without a change of clocks in it, what lies behind `after` is passed over at a glance.
    if (steady !== undefined && hourStart + hourMs - steady <= after) continue;
    for (const minute of cron.minutes) {
      const minuteStart = hourStart + minute * minuteMs;
      if (steady !== undefined && minuteStart + minuteMs - steady <= after) continue;
      for (const second of cron.seconds) {
        const local = minuteStart + second * 1000;
        const fires =
          steady === undefined ? firesOf(cron, zone, dst, local) : [wallMs(local - steady)];
        for (const at of fires) if (at > after && (best === undefined || at < best)) best = at;
        if (steady !== undefined && best !== undefined) return best;
      }
    }
  }
  return best;
}

/** The offset of a local hour around which no clock changes, or undefined near a change. */
function steadyOffset(zone: string, hourStart: LocalMs): number | undefined {
  const before = offsetMs(zone, hourStart - dayMs);
  return before === offsetMs(zone, hourStart + dayMs) ? before : undefined;
}

function firesOf(cron: Cron, zone: string, dst: DstRule, local: LocalMs): readonly WallMs[] {
  const instants = toInstants(zone, local);
  switch (instants.kind) {
    case 'once':
      return [instants.at];
    case 'twice': {
      const repeats = dst === 'both' || cron.hourRhythm === 'every';
      return repeats ? [instants.first, instants.second] : [instants.first];
    }
    case 'never':
      return dst === 'skip' || cron.hourRhythm !== 'time' ? [] : [instants.next];
  }
}

function matchesDay(cron: Cron, dayStart: LocalMs): boolean {
  const date = new Date(dayStart);
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
