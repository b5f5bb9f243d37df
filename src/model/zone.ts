/**
 * Time zones: offsets and local times. Tables of zones differ between machines, therefore only the
 * leader asks this file and the log carries the answer (law 1).
 */
import { type WallMs, wallMs } from '../base/brand.ts';

/** A local date and time as if it were UTC: milliseconds, comparable, free of any offset. */
export type LocalMs = number;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Offsets change on quarter hours at the finest, so an offset is remembered for that long. */
const bucketMs = 900_000;
const offsetsKept = 20_000;

const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** Whether the machine's tables know the zone (`Europe/Berlin`, `UTC`…). */
export function isTimeZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Local time minus UTC at `at`, in milliseconds. */
export function offsetMs(zone: string, at: number): number {
  if (zone === 'UTC') return 0;
  const bucket = Math.floor(at / bucketMs);
  const key = `${zone} ${bucket}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const offset = computeOffset(zone, bucket * bucketMs);
  if (offsets.size >= offsetsKept) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

export const toLocal = (zone: string, at: number): LocalMs => at + offsetMs(zone, at);

/** What a local time means in UTC. */
export type Instants =
  | { readonly kind: 'once'; readonly at: WallMs }
  /** The clock is set back: the local time comes twice. */
  | { readonly kind: 'twice'; readonly first: WallMs; readonly second: WallMs }
  /** The clock is set forward over it; `next` is the first instant behind the gap. */
  | { readonly kind: 'never'; readonly next: WallMs };

export function toInstants(zone: string, local: LocalMs): Instants {
  // A day before and a day after are on the two sides of any change of offset nearby.
  const before = local - offsetMs(zone, local - dayMs);
  const after = local - offsetMs(zone, local + dayMs);
  const fitsBefore = toLocal(zone, before) === local;
  const fitsAfter = toLocal(zone, after) === local;
  if (fitsBefore && fitsAfter && before !== after) {
    return {
      kind: 'twice',
      first: wallMs(Math.min(before, after)),
      second: wallMs(Math.max(before, after)),
    };
  }
  if (fitsBefore) return { kind: 'once', at: wallMs(before) };
  if (fitsAfter) return { kind: 'once', at: wallMs(after) };
  return { kind: 'never', next: wallMs(changeBetween(zone, after, before)) };
}

/** The first instant in (low, high] whose offset differs from that at `low`. */
function changeBetween(zone: string, from: number, to: number): number {
  let low = Math.floor(Math.min(from, to) / bucketMs) - 1;
  let high = Math.ceil(Math.max(from, to) / bucketMs) + 1;
  const offset = offsetMs(zone, low * bucketMs);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsetMs(zone, middle * bucketMs) === offset) low = middle;
    else high = middle;
  }
  return high * bucketMs;
}

/** The offsets that may hold on one local day. */
export interface ZoneDay {
  /** The least and the greatest offset of the day and of those around it. */
  readonly least: number;
  readonly most: number;
  /** The change of clocks nearby; null where there is none, `many` where there are several. */
  readonly change:
    | { readonly at: number; readonly before: number; readonly after: number }
    | 'many'
    | null;
}

const zoneDays = new Map<string, ZoneDay>();
const zoneDaysKept = 20_000;
/** Clocks are read this far apart: no zone has changed its clocks twice in so short a time. */
const gridMs = 4 * dayMs;

/** What is to be known of a local day, counted from 1 January 1970, before its times are read. */
export function zoneDay(zone: string, day: number): ZoneDay {
  const key = `${zone} ${day}`;
  const known = zoneDays.get(key);
  if (known !== undefined) return known;
  const made = makeZoneDay(zone, day);
  if (zoneDays.size >= zoneDaysKept) zoneDays.clear();
  zoneDays.set(key, made);
  return made;
}

function makeZoneDay(zone: string, day: number): ZoneDay {
  // Wherever the zone is, the local day lies within a day of the same day in UTC.
  const begin = (day - 1) * dayMs;
  const end = (day + 2) * dayMs;
  const first = Math.floor(begin / gridMs) * gridMs;
  const changes: number[] = [];
  let isQuiet = true;
  for (let at = first; at < end; at += gridMs) {
    if (offsetMs(zone, at) === offsetMs(zone, at + gridMs)) continue;
    isQuiet = false;
    const change = changeBetween(zone, at, at + gridMs);
    if (change > begin && change <= end) changes.push(change);
  }
  const [at] = changes;
  if (at === undefined) {
    const offset = offsetMs(zone, isQuiet ? first : begin);
    return { least: offset, most: offset, change: null };
  }
  const before = offsetMs(zone, begin);
  const after = offsetMs(zone, end);
  const [least, most] = [Math.min(before, after), Math.max(before, after)];
  return { least, most, change: changes.length === 1 ? { at, before, after } : 'many' };
}

/** The one offset of a stretch of local time, or undefined where a change may touch it. */
export function steadyOffset(
  { least, most, change }: ZoneDay,
  stretch: { readonly from: LocalMs; readonly lengthMs: number },
): number | undefined {
  if (change === null) return least;
  if (change === 'many') return undefined;
  if (stretch.from + stretch.lengthMs - least <= change.at) return change.before;
  return stretch.from - most >= change.at ? change.after : undefined;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

function computeOffset(zone: string, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/**
 * The first instant at which a zone shows a local time; where it never does, the one behind the
 * gap. So a day whose midnight is skipped begins after the gap.
 */
export function firstInstant(zone: string, local: LocalMs): WallMs {
  const instants = toInstants(zone, local);
  switch (instants.kind) {
    case 'once':
      return instants.at;
    case 'twice':
      return instants.first;
    case 'never':
      return instants.next;
  }
}
