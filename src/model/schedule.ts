/**
 * Schedules: when a DAG is due, and what is done about it. A total function over (schedules, what
 * was done, window, catch-up, calendars, now) (T07); zone-aware (T08); it looks at no clock.
 *
 * Every instant in (doneUntil, now] is fired, held back a little by its jitter, or let go by the
 * catch-up rule, once and for ever: the row's `doneUntil` moves forward in the same entry that
 * creates the runs (W13). What was missed is counted, not walked over, so a look is as quick after
 * a year as after a second.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import { type Calendars, noCalendars } from './calendar.ts';
import type { DagSpec, DelayedFire, ScheduleRow, ScheduleSpec, SkippedFires } from './dag.ts';
import {
  dueAt,
  isRecurring,
  nextFire,
  previousFire,
  suppressedFires,
  type Timetable,
} from './schedule-fires.ts';
import { skippedOnce, withSkips } from './schedule-skips.ts';
import { firesPerLookMax, letGo, takeAll, takeNewest } from './schedule-take.ts';

/** What one look at the clock decides for one DAG. */
export interface Due {
  /** Logical dates to start runs for, oldest first; a hundred or so at most. */
  readonly fires: readonly WallMs[];
  /** Missed instants that the catch-up rule lets go; a number for people (W14). */
  readonly skipped: number;
  /** The row that is to be recorded; the very row that was given when there is nothing to do. */
  readonly row: ScheduleRow;
}

/** A fire that is at most this late is on time, not missed: no catch-up rule touches it. */
export const onTimeMs = 60_000;

/** A schedule row for a DAG that is applied at `now`; the past counts only from a start date. */
export const newScheduleRow = (
  dag: Pick<ScheduleRow, 'namespace' | 'dagId'>,
  spec: DagSpec,
  now: WallMs,
): ScheduleRow => ({
  namespace: dag.namespace,
  dagId: dag.dagId,
  anchor: now,
  doneUntil: wallMs(spec.catchUp !== null && spec.startDate !== null ? spec.startDate - 1 : now),
  skipped: 0,
  onceDone: false,
});

/** The next instant at which anything is due, jitter included, or undefined for never. */
export function nextDue(
  spec: DagSpec,
  row: ScheduleRow,
  calendars: Calendars = noCalendars,
): WallMs | undefined {
  const table = { spec, row, calendars };
  let best: WallMs | undefined;
  const offer = (at: WallMs): void => {
    if (best === undefined || at < best) best = at;
  };
  for (const delayed of row.delayed ?? []) offer(delayed.dueAt);
  for (const schedule of spec.schedules) {
    const at = nextFire(table, schedule, row.doneUntil);
    // Jitter only adds: what is later than the best by itself needs no closer look.
    if (at !== undefined && (best === undefined || at < best)) offer(dueAt(table, schedule, at));
  }
  return best;
}

/** The first logical date strictly after `after` that the clock alone decides. */
export function nextLogicalDate(table: Timetable, after: WallMs): WallMs | undefined {
  let best: WallMs | undefined;
  for (const schedule of table.spec.schedules.filter(isRecurring)) {
    const at = nextFire(table, schedule, after);
    if (at !== undefined && (best === undefined || at < best)) best = at;
  }
  return best;
}

/** Everything due at `now`. */
export function lookAtSchedule(
  spec: DagSpec,
  row: ScheduleRow,
  now: WallMs,
  calendars: Calendars = noCalendars,
  /** Runs that may be started now; the rest stays due. */
  firesMax = firesPerLookMax,
): Due {
  const table: Timetable = { spec, row, calendars };
  const cut = cutOf(spec, row, now);
  const begins = spec.schedules.map((schedule) => beginOf(table, schedule, cut));
  const taken = spec.catchUp?.coalesce
    ? takeNewest(table, begins, now)
    : takeAll(table, begins, now, firesMax);
  const held = heldBefore(row, {
    ...{ now, tooLate: tooLateAt(spec, now) },
    stands: taken.newest !== undefined,
  });
  const missed = [...letGo(table, begins, 'catchup'), ...taken.skips, ...held.skips];
  const due = [...new Set([...held.fires, ...taken.fires])].toSorted((one, two) => one - two);
  const fires = due.slice(0, firesMax);
  // What jitter had held back comes on top of what was taken.
  const crowded = due.slice(firesMax).map((at) => ({ at, dueAt: at }));
  if (fires.length + missed.length + taken.delayed.length === 0) {
    return { fires, skipped: 0, row };
  }
  const doneUntil = wallMs(Math.max(cut, taken.upTo));
  const span = { after: row.doneUntil, until: doneUntil };
  const quiet = spec.schedules.flatMap((schedule) => suppressedFires(table, schedule, span));
  const after = {
    ...withDelayed(row, [...held.waiting, ...crowded, ...taken.delayed]),
    doneUntil,
    onceDone: row.onceDone || taken.once,
    ...(taken.afterAt !== undefined && { afterAt: taken.afterAt, lastEndedAt: null }),
  };
  const skipped = missed.reduce((sum, { count }) => sum + count, 0);
  return { fires, skipped, row: withSkips({ ...table, row: after }, [...missed, ...quiet]) };
}

/** Lets everything go that was due by `now`, because the DAG was paused or not there. */
export function passOver(table: Timetable, now: WallMs, reason: 'paused' | 'deleted'): ScheduleRow {
  const { spec, row } = table;
  const begins = spec.schedules.map((schedule) => (isRecurring(schedule) ? now : row.doneUntil));
  const held = (row.delayed ?? []).filter(({ at }) => at !== row.afterAt);
  const skips = [...letGo(table, begins, reason), ...held.map(({ at }) => skippedOnce(at, reason))];
  if (skips.length === 0) return row;
  const waiting = (row.delayed ?? []).filter(({ at }) => at === row.afterAt);
  const after = { ...withDelayed(row, waiting), doneUntil: now };
  return withSkips({ ...table, row: after }, skips);
}

/** What is due up to here is too late under the catch-up rule. */
function cutOf(spec: DagSpec, row: ScheduleRow, now: WallMs): WallMs {
  return wallMs(Math.max(row.doneUntil, tooLateAt(spec, now) ?? 0));
}

/** Undefined: nothing is ever too late. */
function tooLateAt({ catchUp }: DagSpec, now: WallMs): WallMs | undefined {
  const keptMs = catchUp === null ? onTimeMs : catchUp.windowMs;
  return keptMs === null ? undefined : wallMs(now - keptMs - 1);
}

/** Behind which instant a schedule is taken up; what lies before it is let go. */
function beginOf(table: Timetable, schedule: ScheduleSpec, cut: WallMs): WallMs {
  const { doneUntil } = table.row;
  // No rule of catching up applies to what comes only once.
  if (!isRecurring(schedule)) return doneUntil;
  if (schedule.jitterMs === 0 || cut === doneUntil) return cut;
  const newest = previousFire(table, schedule, wallMs(cut + 1));
  const isHeldBack =
    newest !== undefined && newest > doneUntil && dueAt(table, schedule, newest) > cut;
  return isHeldBack ? wallMs(newest - 1) : cut;
}

/** What becomes of fires that jitter, or want of room, has held back until now. */
function heldBefore(
  row: ScheduleRow,
  {
    now,
    tooLate,
    stands,
  }: {
    readonly now: WallMs;
    readonly tooLate: WallMs | undefined;
    readonly stands: boolean;
  },
) {
  const fires: WallMs[] = [];
  const skips: SkippedFires[] = [];
  const waiting: DelayedFire[] = [];
  for (const held of row.delayed ?? []) {
    if (held.dueAt > now) waiting.push(held);
    else if (held.at === row.afterAt) fires.push(held.at);
    else if (stands) skips.push(skippedOnce(held.at, 'coalesced'));
    else if (tooLate !== undefined && held.dueAt <= tooLate)
      skips.push(skippedOnce(held.at, 'catchup'));
    else fires.push(held.at);
  }
  return { fires, skips, waiting };
}

function withDelayed(row: ScheduleRow, delayed: readonly DelayedFire[]): ScheduleRow {
  const { delayed: _, ...rest } = row;
  return delayed.length === 0 ? rest : { ...rest, delayed };
}
