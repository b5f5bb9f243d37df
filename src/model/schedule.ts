/**
 * Schedules: when a DAG is due. A total function over (schedules, what was done, window, catch-up,
 * now) (T07); zone-aware (T08); it looks at no clock.
 *
 * Every instant in (doneUntil, now] is either fired or skipped by the catch-up rule, once and for
 * ever: the row's `doneUntil` moves forward in the same entry that creates the runs (W13).
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import { hash32 } from '../base/random.ts';
import { type Cron, nextCronFire, parseCron } from './cron.ts';
import type { DagSpec, ScheduleRow, ScheduleSpec } from './dag.ts';

/** What one look at the clock decides for one DAG. */
export interface Due {
  /** Logical dates to start runs for, oldest first; at most `firesPerLookMax`. */
  readonly fires: readonly WallMs[];
  /** Missed instants that the catch-up rule lets go; a number for people (W14). */
  readonly skipped: number;
  readonly row: ScheduleRow;
}

/** Runs that one look may start; the rest follows in the next look. */
const firesPerLookMax = 100;
/** A fire that is at most this late is on time, not missed: no catch-up rule touches it. */
export const onTimeMs = 60_000;
/** Missed instants that one look walks over when it starts no run for most of them. */
const missedPerLookMax = 1_000;
/** Without catch-up, instants older than this are passed over in one step, uncounted. */
const skippedCountedMs = 86_400_000;

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
export function nextDue(spec: DagSpec, row: ScheduleRow): WallMs | undefined {
  const next = earliest(spec, row, row.doneUntil);
  return next === undefined ? undefined : wallMs(next.at + next.jitterMs);
}

/** Everything due at `now`. The returned row is to be recorded, also when nothing fires. */
export function lookAtSchedule(spec: DagSpec, row: ScheduleRow, now: WallMs): Due {
  const catchUp = spec.catchUp;
  const startsAll = catchUp !== null && !catchUp.coalesce;
  const most = startsAll ? firesPerLookMax : missedPerLookMax;
  const missed: NextFire[] = [];
  let seen = { ...row, doneUntil: skipTo(spec, row, now) };
  let caughtUp = false;
  for (;;) {
    const next = earliest(spec, seen, seen.doneUntil);
    caughtUp = next === undefined || next.at + next.jitterMs > now;
    if (next === undefined || caughtUp || missed.length === most) break;
    seen = { ...seen, doneUntil: next.at, onceDone: seen.onceDone || next.once };
    missed.push(next);
  }
  const fires = missed.filter(({ at, jitterMs, once }, place) => {
    // No rule of catching up applies to what comes only once.
    if (once) return true;
    if (catchUp === null) return now - at - jitterMs <= onTimeMs;
    // Only when caught up is it known which one is the newest.
    return startsAll || (caughtUp && place === missed.length - 1);
  });
  const skipped = missed.length - fires.length;
  const after = { ...seen, skipped: row.skipped + skipped };
  return { fires: fires.map(({ at }) => at), skipped, row: after };
}

/** Passes over the part of the past that the catch-up rule lets go unseen, in one step. */
function skipTo(spec: DagSpec, row: ScheduleRow, now: WallMs): WallMs {
  const windowMs = spec.catchUp === null ? skippedCountedMs : spec.catchUp.windowMs;
  return windowMs === null ? row.doneUntil : wallMs(Math.max(row.doneUntil, now - windowMs - 1));
}

interface NextFire {
  readonly at: WallMs;
  readonly jitterMs: number;
  readonly once: boolean;
}

function earliest(spec: DagSpec, row: ScheduleRow, after: WallMs): NextFire | undefined {
  let best: NextFire | undefined;
  for (const schedule of spec.schedules) {
    const at = nextFire(schedule, spec, row, after);
    if (at === undefined || (best !== undefined && at > best.at)) continue;
    const isOnce = schedule.kind === 'once';
    if (at === best?.at) best = { ...best, once: best.once || isOnce };
    else best = { at, jitterMs: jitterOf(schedule, row.dagId, at), once: isOnce };
  }
  return best;
}

/** The first fire of one schedule strictly after `after`, within the DAG's window. */
function nextFire(
  schedule: ScheduleSpec,
  spec: DagSpec,
  row: ScheduleRow,
  after: WallMs,
): WallMs | undefined {
  const from = wallMs(Math.max(after, (spec.startDate ?? 0) - 1));
  const at = rawNext(schedule, spec, row, from);
  if (at === undefined || (spec.endDate !== null && at > spec.endDate)) return undefined;
  return at;
}

function rawNext(
  schedule: ScheduleSpec,
  spec: DagSpec,
  row: ScheduleRow,
  from: WallMs,
): WallMs | undefined {
  switch (schedule.kind) {
    case 'once': {
      // It may be asked for when its instant has been passed over: then it is due at once.
      const at = wallMs(Math.max(spec.startDate ?? 0, row.anchor + 1, from + 1));
      return row.onceDone ? undefined : at;
    }
    case 'every': {
      const anchor = spec.startDate ?? row.anchor;
      if (from < anchor) return wallMs(anchor);
      return wallMs(
        anchor + (Math.floor((from - anchor) / schedule.everyMs) + 1) * schedule.everyMs,
      );
    }
    case 'cron': {
      const cron = cronOf(schedule.expression, row.dagId);
      return cron === undefined
        ? undefined
        : nextCronFire(cron, schedule.timezone, schedule.dst, from);
    }
  }
}

/** A delay in [0, jitterMs], by hash: the same for one instant whoever computes it (L085). */
function jitterOf(schedule: ScheduleSpec, seed: string, at: WallMs): number {
  if (schedule.kind === 'once' || schedule.jitterMs === 0) return 0;
  return hash32(`${seed} ${at}`) % (schedule.jitterMs + 1);
}

const crons = new Map<string, Cron>();
const cronsKept = 10_000;

/** Parsed expressions are kept: the same DAG is looked at again and again. */
function cronOf(expression: string, seed: string): Cron | undefined {
  const key = `${seed} ${expression}`;
  const known = crons.get(key);
  if (known !== undefined) return known;
  const parsed = parseCron(expression, seed);
  if (!parsed.ok) return undefined;
  if (crons.size >= cronsKept) crons.clear();
  crons.set(key, parsed.value);
  return parsed.value;
}
