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
