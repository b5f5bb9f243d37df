/**
 * A fixed rate: an instant every so many milliseconds, counted from the first one. Plain time,
 * which no change of clocks touches; only where a calendar rules do instants belong to local days,
 * and one that moves to another day keeps its local time.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import { type DaySources, dayMs, localDay, type Span, searchDaysMax } from './cron.ts';
import { firstInstant, toLocal } from './zone.ts';

export interface EveryClock {
  readonly first: WallMs;
  readonly everyMs: number;
  readonly zone: string;
  /** Absent: every day stands for itself. */
  readonly days?: DaySources;
}

/** The first instant strictly after `after`. */
export function nextEvery(clock: EveryClock, after: WallMs): WallMs | undefined {
  if (clock.days === undefined) return plainNext(clock, after);
  const startDay = localDay(clock.zone, wallMs(Math.max(after, clock.first - dayMs)));
  for (let day = startDay - 1; day < startDay + searchDaysMax; day++) {
    let best: WallMs | undefined;
    for (const source of clock.days(day)) {
      const at = firstOfDay(clock, { day, source }, after);
      if (at !== undefined && (best === undefined || at < best)) best = at;
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The last instant strictly before `before`. */
export function previousEvery(clock: EveryClock, before: WallMs): WallMs | undefined {
  if (clock.days === undefined) return plainPrevious(clock, before);
  const startDay = localDay(clock.zone, before);
  const firstDay = Math.max(localDay(clock.zone, clock.first), startDay - searchDaysMax);
  for (let day = startDay + 1; day >= firstDay - 1; day--) {
    let best: WallMs | undefined;
    for (const source of clock.days(day)) {
      const at = lastOfDay(clock, { day, source }, before);
      if (at !== undefined && (best === undefined || at > best)) best = at;
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/**
 * How many instants a span has; those that share one after a move count each for itself. With a
 * calendar of no more than nine years, as `countOnClock`.
 */
export function countEvery(clock: EveryClock, span: Span): number {
  if (clock.days === undefined) return countUpTo(clock, span.until) - countUpTo(clock, span.after);
  const lastDay = localDay(clock.zone, span.until);
  let count = 0;
  const firstDay = Math.max(localDay(clock.zone, span.after), lastDay - searchDaysMax);
  for (let day = firstDay; day <= lastDay; day++) {
    for (const source of clock.days(day)) {
      const from = back(clock.zone, { day: source, source: day }, span.after);
      const until = back(clock.zone, { day: source, source: day }, span.until);
      const begin = Math.max(from, startOf(clock.zone, source) - 1);
      const end = Math.min(until, startOf(clock.zone, source + 1) - 1);
      if (end > begin) count += countUpTo(clock, wallMs(end)) - countUpTo(clock, wallMs(begin));
    }
  }
  return count;
}

function plainNext({ first, everyMs }: EveryClock, after: WallMs): WallMs {
  if (after < first) return first;
  return wallMs(first + (Math.floor((after - first) / everyMs) + 1) * everyMs);
}

function plainPrevious({ first, everyMs }: EveryClock, before: WallMs): WallMs | undefined {
  if (before <= first) return undefined;
  return wallMs(first + (Math.ceil((before - first) / everyMs) - 1) * everyMs);
}

const countUpTo = ({ first, everyMs }: EveryClock, until: number): number =>
  until < first ? 0 : Math.floor((until - first) / everyMs) + 1;

/** A fire of the day `source` happens on `day`. */
interface Move {
  readonly day: number;
  readonly source: number;
}

/** A change of clocks shifts a local time by no more than this. */
const changeMsMax = 2 * 3_600_000;

function firstOfDay(clock: EveryClock, move: Move, after: WallMs): WallMs | undefined {
  const { zone } = clock;
  const begin = startOf(zone, move.source) - 1;
  const near = back(zone, { day: move.source, source: move.day }, after);
  const slack = move.day === move.source ? 0 : changeMsMax;
  let raw = plainNext(clock, wallMs(Math.max(begin, near - slack)));
  for (; localDay(zone, raw) === move.source; raw = plainNext(clock, raw)) {
    const at = moved(zone, move, raw);
    if (at > after) return at;
  }
  return undefined;
}

function lastOfDay(clock: EveryClock, move: Move, before: WallMs): WallMs | undefined {
  const { zone } = clock;
  const end = startOf(zone, move.source + 1);
  const near = back(zone, { day: move.source, source: move.day }, before);
  const slack = move.day === move.source ? 0 : changeMsMax;
  let raw = plainPrevious(clock, wallMs(Math.min(end, near + slack)));
  while (raw !== undefined && localDay(zone, raw) === move.source) {
    const at = moved(zone, move, raw);
    if (at < before) return at;
    raw = plainPrevious(clock, raw);
  }
  return undefined;
}

/** The instant on the other day with the same local time. */
function moved(zone: string, { day, source }: Move, raw: WallMs): WallMs {
  if (day === source) return raw;
  return firstInstant(zone, toLocal(zone, raw) + (day - source) * dayMs);
}

/** Roughly where on the other day an instant lies. */
const back = (zone: string, move: Move, at: WallMs): WallMs => moved(zone, move, at);

const startOf = (zone: string, day: number): WallMs => firstInstant(zone, day * dayMs);
