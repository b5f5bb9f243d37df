/**
 * Cron: when an expression fires on the clock of a zone. `cron-parser` reads the expression
 * (`cron-fields.ts`); times are computed here, because its own iterator throws in zones with a
 * half-hour change of clocks and fires extra times in spring.
 *
 * Local times that the clock skips or repeats (W15):
 *   `once`  a skipped time fires once, at the first instant behind the gap; a repeated time fires
 *           once, the first time it comes;
 *   `skip`  a skipped time does not fire; a repeated time fires once;
 *   `both`  a skipped time fires once behind the gap; a repeated time fires both times.
 * An hour field that begins with `*` describes a rhythm, not a time of day: it never fires early or
 * extra behind a gap; and with a bare `*` it goes on firing while the clock repeats an hour.
 *
 * Days are looked at one by one, times only on days that match, and a stretch of time that lies
 * behind is passed over whole: a search costs microseconds, also for an expression of seconds.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import { type Cron, matchesDay } from './cron-fields.ts';
import { type LocalMs, steadyOffset, toInstants, toLocal, type ZoneDay, zoneDay } from './zone.ts';

export { type Cron, parseCron } from './cron-fields.ts';

export type DstRule = 'skip' | 'once' | 'both';

/**
 * The days whose fires happen on `day`, all counted from 1 January 1970. Without a calendar that is
 * the day itself (`calendar.ts`).
 */
export type DaySources = (day: number) => readonly number[];

/** An expression where it is read. */
export interface CronClock {
  readonly cron: Cron;
  readonly zone: string;
  readonly dst: DstRule;
  /** Absent: every day stands for itself. */
  readonly days?: DaySources;
}

export const dayMs = 86_400_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A match must come within this many days: 29 February may be eight years away. */
export const searchDaysMax = 366 * 9;

/** The first instant strictly after `after` at which `cron` fires in `zone`, if there is one. */
export const nextCronFire = (
  cron: Cron,
  zone: string,
  dst: DstRule,
  after: WallMs,
): WallMs | undefined => nextOnClock({ cron, zone, dst }, after);

/** The first fire strictly after `after`, if there is one within nine years. */
export function nextOnClock(clock: CronClock, after: WallMs): WallMs | undefined {
  const startDay = localDay(clock.zone, after);
  // A repeated hour may hold a fire whose local day lies behind: begin one day early then.
  const isSteadyDay = zoneDay(clock.zone, startDay).change === null;
  for (let day = startDay - (isSteadyDay ? 0 : 1); day < startDay + searchDaysMax; day++) {
    if (!happensOn(clock, day)) continue;
    const found = firstOfDay(clock, day, after);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The last fire strictly before `before`, if there is one within nine years. */
export function previousOnClock(clock: CronClock, before: WallMs): WallMs | undefined {
  const startDay = localDay(clock.zone, before);
  const isSteadyDay = zoneDay(clock.zone, startDay).change === null;
  for (let day = startDay + (isSteadyDay ? 0 : 1); day > startDay - searchDaysMax; day--) {
    if (!happensOn(clock, day)) continue;
    const found = lastOfDay(clock, day, before);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A stretch of instants: `after` is outside of it, `until` belongs to it. */
export interface Span {
  readonly after: WallMs;
  readonly until: WallMs;
}

/**
 * How many fires a span has, or the newest nine years of it: nobody asks how many were missed
 * before that. Whole days are counted at a glance.
 */
export function countOnClock(clock: CronClock, span: Span): number {
  const lastDay = localDay(clock.zone, span.until) + 1;
  const firstDay = Math.max(localDay(clock.zone, span.after) - 1, lastDay - searchDaysMax);
  let count = 0;
  for (let day = firstDay; day <= lastDay; day++) {
    if (happensOn(clock, day)) count += countOfDay(clock, day, span);
  }
  return count;
}

/** Local times within a span that a clock set forward has skipped, and `skip` does not fire. */
export function lostOnClock(
  clock: CronClock,
  span: Span,
): readonly { readonly at: WallMs; readonly count: number }[] {
  const { cron, zone } = clock;
  if (clock.dst !== 'skip' || cron.hourRhythm !== 'time') return [];
  const lost = new Map<WallMs, number>();
  const lastDay = localDay(zone, span.until) + 1;
  const firstDay = Math.max(localDay(zone, span.after) - 1, lastDay - searchDaysMax);
  for (let day = firstDay; day <= lastDay; day++) {
    const zoned = zoneDay(zone, day);
    if (zoned.change === null || !happensOn(clock, day)) continue;
    for (const hour of cron.hours.map((each) => hourOf(zoned, day * dayMs + each * hourMs))) {
      if (isSteady(hour)) continue;
      for (const minute of cron.minutes) {
        const instants = toInstants(zone, hour.from + minute * minuteMs);
        if (instants.kind !== 'never' || !isWithin(instants.next, span)) continue;
        lost.set(instants.next, (lost.get(instants.next) ?? 0) + cron.seconds.length);
      }
    }
  }
  return [...lost].map(([at, count]) => ({ at, count }));
}

export const localDay = (zone: string, at: WallMs): number => Math.floor(toLocal(zone, at) / dayMs);

const isWithin = (at: WallMs, { after, until }: Span): boolean => at > after && at <= until;

function happensOn({ cron, days }: CronClock, day: number): boolean {
  if (days === undefined) return matchesDay(cron, day);
  return days(day).some((source) => matchesDay(cron, source));
}

/** An hour of local time and the offsets under which it may be read. */
interface Hour {
  readonly from: LocalMs;
  readonly least: number;
  readonly most: number;
}

function hourOf(zoned: ZoneDay, from: LocalMs): Hour {
  const offset = steadyOffset(zoned, { from, lengthMs: hourMs });
  return { from, least: offset ?? zoned.least, most: offset ?? zoned.most };
}

const isSteady = ({ least, most }: Hour): boolean => least === most;

/** The earliest fire after `after` on one local day. */
function firstOfDay(clock: CronClock, day: number, after: WallMs): WallMs | undefined {
  const zoned = zoneDay(clock.zone, day);
  let best: WallMs | undefined;
  for (const number of clock.cron.hours) {
    const hour = hourOf(zoned, day * dayMs + number * hourMs);
    // What lies behind `after` however it is read, or behind a found fire, is passed over.
    if (hour.from + hourMs - hour.least <= after) continue;
    if (best !== undefined && hour.from - hour.most > best) break;
    const found = firstOfHour(clock, hour, after);
    if (found === undefined) continue;
    best = best === undefined || found < best ? found : best;
    if (isSteady(hour)) break;
  }
  return best;
}

function firstOfHour(clock: CronClock, hour: Hour, after: WallMs): WallMs | undefined {
  let best: WallMs | undefined;
  for (const minute of clock.cron.minutes) {
    const local = hour.from + minute * minuteMs;
    if (local + minuteMs - hour.least <= after) continue;
    if (best !== undefined && local - hour.most > best) return best;
    for (const { begin, seconds } of minutesAt(clock, hour, local)) {
      const second = seconds.find((each) => begin + each * 1000 > after);
      if (second === undefined) continue;
      const at = wallMs(begin + second * 1000);
      if (best === undefined || at < best) best = at;
    }
  }
  return best;
}

/** The latest fire before `before` on one local day. */
function lastOfDay(clock: CronClock, day: number, before: WallMs): WallMs | undefined {
  const zoned = zoneDay(clock.zone, day);
  let best: WallMs | undefined;
  for (const number of clock.cron.hours.toReversed()) {
    const hour = hourOf(zoned, day * dayMs + number * hourMs);
    if (hour.from - hour.most >= before) continue;
    if (best !== undefined && hour.from + hourMs - hour.least < best) break;
    const found = lastOfHour(clock, hour, before);
    if (found === undefined) continue;
    best = best === undefined || found > best ? found : best;
    if (isSteady(hour)) break;
  }
  return best;
}

function lastOfHour(clock: CronClock, hour: Hour, before: WallMs): WallMs | undefined {
  let best: WallMs | undefined;
  for (const minute of clock.cron.minutes.toReversed()) {
    const local = hour.from + minute * minuteMs;
    if (local - hour.most >= before) continue;
    if (best !== undefined && local + minuteMs - hour.least < best) return best;
    for (const { begin, seconds } of minutesAt(clock, hour, local)) {
      const second = seconds.findLast((each) => begin + each * 1000 < before);
      if (second === undefined) continue;
      const at = wallMs(begin + second * 1000);
      if (best === undefined || at > best) best = at;
    }
  }
  return best;
}

function countOfDay(clock: CronClock, day: number, span: Span): number {
  const { hours, minutes, seconds } = clock.cron;
  const zoned = zoneDay(clock.zone, day);
  const gapEnd = zoned.change === null || zoned.change === 'many' ? null : zoned.change.at;
  const single = new Set<WallMs>();
  let count = 0;
  for (const number of hours) {
    const hour = hourOf(zoned, day * dayMs + number * hourMs);
    const [begin, end] = [hour.from - hour.most, hour.from + hourMs - hour.least];
    if (end <= span.after || begin > span.until) continue;
    const isWhole = isSteady(hour) && begin > span.after && end <= span.until && begin !== gapEnd;
    if (isWhole) count += minutes.length * seconds.length;
    else count += countOfHour(clock, hour, { ...span, gapEnd, single });
  }
  return count + single.size;
}

/**
 * Whole minutes are counted; instants of others go to `single`, where a time that was lost in a gap
 * and one right behind the gap are the same.
 */
function countOfHour(
  clock: CronClock,
  hour: Hour,
  span: Span & { readonly gapEnd: number | null; readonly single: Set<WallMs> },
): number {
  let count = 0;
  for (const minute of clock.cron.minutes) {
    const local = hour.from + minute * minuteMs;
    for (const { begin, seconds, isLost } of minutesAt(clock, hour, local)) {
      const isWhole = begin > span.after && begin + minuteMs <= span.until;
      if (isWhole && !isLost && begin !== span.gapEnd) {
        count += seconds.length;
        continue;
      }
      for (const second of seconds) {
        const at = wallMs(begin + second * 1000);
        if (isWithin(at, span)) span.single.add(at);
      }
    }
  }
  return count;
}

/** A minute of local time as it happens: no clock changes within it. */
interface Minute {
  readonly begin: WallMs;
  readonly seconds: readonly number[];
  /** It does not exist; `begin` is the end of the gap. */
  readonly isLost: boolean;
}

const gapSeconds: readonly number[] = [0];

/** When one minute of local time fires: never, once or twice. */
function minutesAt({ cron, zone, dst }: CronClock, hour: Hour, local: LocalMs): readonly Minute[] {
  const { seconds } = cron;
  if (isSteady(hour)) return [{ begin: wallMs(local - hour.least), seconds, isLost: false }];
  const instants = toInstants(zone, local);
  switch (instants.kind) {
    case 'once':
      return [{ begin: instants.at, seconds, isLost: false }];
    case 'twice': {
      const first = { begin: instants.first, seconds, isLost: false };
      const repeats = dst === 'both' || cron.hourRhythm === 'every';
      return repeats ? [first, { ...first, begin: instants.second }] : [first];
    }
    case 'never':
      if (dst === 'skip' || cron.hourRhythm !== 'time') return [];
      return [{ begin: instants.next, seconds: gapSeconds, isLost: true }];
  }
}
