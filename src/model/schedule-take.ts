/**
 * What one look takes out of a schedule: instants that fire, that wait for jitter, that are let go.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import type { DelayedFire, SkippedFires } from './dag.ts';
import {
  countFires,
  dueAt,
  isRecurring,
  nextFire,
  previousFire,
  type Timetable,
} from './schedule-fires.ts';

/** Runs that one look may start; the rest follows in the next look. */
export const firesPerLookMax = 100;
/** Fires that jitter holds back at a time: beyond it they start at once. */
const delayedMax = 64;

export interface Taken {
  /** Oldest first. */
  readonly fires: readonly WallMs[];
  readonly delayed: readonly DelayedFire[];
  readonly skips: readonly SkippedFires[];
  /** Everything up to here has been taken. */
  readonly upTo: WallMs;
  /** The fire that stands for those before it. */
  readonly newest: WallMs | undefined;
  readonly once: boolean;
  readonly afterAt: WallMs | undefined;
}

/** Every instant behind the begin of its schedule, in order, as many as one look may start. */
export function takeAll(
  table: Timetable,
  begins: readonly WallMs[],
  now: WallMs,
  firesMax = firesPerLookMax,
): Taken {
  const { row, spec } = table;
  const heads = spec.schedules.map((schedule, place) =>
    nextFire(table, schedule, begins[place] ?? row.doneUntil),
  );
  const fires: WallMs[] = [];
  const delayed: DelayedFire[] = [];
  const room = delayedMax - (row.delayed?.length ?? 0);
  const taken = { fires, delayed, skips: [], newest: undefined };
  let upTo = row.doneUntil;
  let once = false;
  let afterAt: WallMs | undefined;
  while (fires.length < firesMax) {
    const at = heads.reduce((least, head) => (isBefore(head, least) ? head : least), undefined);
    if (at === undefined || at > now) return { ...taken, upTo: later(upTo, now), once, afterAt };
    let startsAt: WallMs | undefined;
    for (const [place, schedule] of spec.schedules.entries()) {
      if (heads[place] !== at) continue;
      const due = dueAt(table, schedule, at);
      if (isBefore(due, startsAt)) startsAt = due;
      once ||= schedule.kind === 'once';
      if (schedule.kind === 'after') afterAt = at;
      heads[place] = isRecurring(schedule) ? nextFire(table, schedule, at) : undefined;
    }
    const waits = startsAt !== undefined && startsAt > now && delayed.length < room;
    if (waits && startsAt !== undefined) delayed.push({ at, dueAt: startsAt });
    else fires.push(at);
    upTo = at;
  }
  return { ...taken, upTo, once, afterAt };
}

/** One fire, the newest, which stands for all those before it. */
export function takeNewest(table: Timetable, begins: readonly WallMs[], now: WallMs): Taken {
  const { schedules } = table.spec;
  const onlyOnce = schedules.map((schedule, place) =>
    isRecurring(schedule) ? now : (begins[place] ?? now),
  );
  const alone = takeAll(table, onlyOnce, now);
  const waiting: DelayedFire[] = [];
  const ends = schedules.map((schedule, place) => {
    const begin = begins[place] ?? now;
    if (!isRecurring(schedule)) return begin;
    const newest = previousFire(table, schedule, wallMs(now + 1));
    if (newest === undefined || newest <= begin) return begin;
    const due = dueAt(table, schedule, newest);
    if (due <= now) return newest;
    waiting.push({ at: newest, dueAt: due });
    return previousFire(table, schedule, newest) ?? begin;
  });
  const newest = schedules.reduce<WallMs | undefined>((best, _, place) => {
    const end = ends[place];
    const isFire = end !== undefined && end > (begins[place] ?? now);
    return isFire && (best === undefined || end > best) ? end : best;
  }, undefined);
  const passed = ends.map((end) => (end === newest ? wallMs(end - 1) : end));
  const skips = letGo(table, passed, 'coalesced', begins);
  const fires = newest === undefined ? alone.fires : [...alone.fires, newest];
  return { ...alone, fires, delayed: [...alone.delayed, ...first(waiting, fires)], skips, newest };
}

/** Schedules may share an instant: it starts once, by the first of them. */
function first(waiting: readonly DelayedFire[], fires: readonly WallMs[]): readonly DelayedFire[] {
  const sorted = waiting.toSorted((left, right) => left.dueAt - right.dueAt);
  return sorted.filter(
    ({ at }, place) => !fires.includes(at) && sorted.findIndex((each) => each.at === at) === place,
  );
}

/** Instants of each schedule up to its end, as one range. */
export function letGo(
  table: Timetable,
  ends: readonly WallMs[],
  reason: SkippedFires['reason'],
  begins: readonly WallMs[] = ends.map(() => table.row.doneUntil),
): readonly SkippedFires[] {
  const ranges: SkippedFires[] = [];
  for (const [place, schedule] of table.spec.schedules.entries()) {
    const until = ends[place];
    const after = begins[place];
    if (until === undefined || after === undefined || until <= after) continue;
    if (!isRecurring(schedule)) continue;
    const from = nextFire(table, schedule, after);
    if (from === undefined || from > until) continue;
    const to = previousFire(table, schedule, wallMs(until + 1)) ?? from;
    ranges.push({ from, to, count: countFires(table, schedule, { after, until }), reason });
  }
  return joined(ranges);
}

/** Ranges of several schedules as one; an instant that two of them share counts twice. */
function joined(ranges: readonly SkippedFires[]): readonly SkippedFires[] {
  const [first] = ranges;
  if (first === undefined) return [];
  const from = wallMs(Math.min(...ranges.map((range) => range.from)));
  const to = wallMs(Math.max(...ranges.map((range) => range.to)));
  const count = ranges.reduce((sum, range) => sum + range.count, 0);
  return [{ from, to, count, reason: first.reason }];
}

const isBefore = (left: WallMs | undefined, right: WallMs | undefined): boolean =>
  left !== undefined && (right === undefined || left < right);

const later = (left: WallMs, right: WallMs): WallMs => (left > right ? left : right);
