/**
 * For every due instant of a DAG what became of it: its run and how late that began, the policy
 * that let it go, or that it is still to come. Runs tell what ran, the schedule's row what did not.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import type { CatchUp, SkipReason } from './dag.ts';
import type { RunRow } from './run.ts';
import { nextLogicalDate } from './schedule.ts';
import { dueAt, isRecurring, nextFire, type Timetable } from './schedule-fires.ts';

/** One instant, or neighbouring ones that were let go for the same reason. */
export type FireRecord =
  | { readonly state: 'ran'; readonly at: WallMs; readonly dueAt: WallMs; readonly run: RunRow }
  | {
      readonly state: 'skipped';
      readonly at: WallMs;
      readonly to: WallMs;
      readonly count: number;
      readonly reason: SkipReason;
    }
  | { readonly state: 'pending'; readonly at: WallMs; readonly dueAt: WallMs };

export interface FireQuery {
  readonly since: WallMs;
  readonly until: WallMs;
  readonly limit: number;
  readonly now: WallMs;
  readonly paused: boolean;
  readonly catchUp: CatchUp | null;
}

/**
 * Records of the range, newest first; one more than `limit` at most, which says that it was cut.
 */
export function fireHistory(
  table: Timetable,
  runs: readonly RunRow[],
  query: FireQuery,
): readonly FireRecord[] {
  const { since, until, limit } = query;
  const records = [
    ...ranRecords(table, runs),
    ...(table.row.skips ?? []).map(({ from, ...range }) => ({
      state: 'skipped' as const,
      at: from,
      ...range,
    })),
    ...openRecords(table, query),
  ];
  return records
    .filter((record) => record.at <= until && lastOf(record) >= since)
    .toSorted((left, right) => right.at - left.at)
    .slice(0, limit + 1);
}

const lastOf = (record: FireRecord): WallMs => (record.state === 'skipped' ? record.to : record.at);

function ranRecords(table: Timetable, runs: readonly RunRow[]): readonly FireRecord[] {
  return runs.flatMap((run) => {
    const at = run.logicalDate;
    if (run.trigger !== 'schedule' || at === null) return [];
    return [{ state: 'ran', at, dueAt: dueAtOf(table, at), run }];
  });
}

/** What jitter makes of an instant: by the schedules as they are now. */
function dueAtOf(table: Timetable, at: WallMs): WallMs {
  for (const schedule of table.spec.schedules) {
    if (!isRecurring(schedule) || schedule.jitterMs === 0) continue;
    if (nextFire(table, schedule, wallMs(at - 1)) === at) return dueAt(table, schedule, at);
  }
  return at;
}

/** Instants that nothing has been decided about: those that jitter holds back, and the next. */
function openRecords(table: Timetable, query: FireQuery): readonly FireRecord[] {
  const { since, until, limit, now, paused, catchUp } = query;
  const held = (table.row.delayed ?? []).map((fire) => ({ state: 'pending' as const, ...fire }));
  const open: FireRecord[] = [...held];
  let at = nextLogicalDate(table, wallMs(Math.max(table.row.doneUntil, since - 1)));
  while (at !== undefined && at <= until && open.length <= limit) {
    // Without a catch-up rule an instant of a pause is let go when the pause ends.
    const isLost = paused && catchUp === null && at <= now;
    open.push(
      isLost
        ? { state: 'skipped', at, to: at, count: 1, reason: 'paused' }
        : { state: 'pending', at, dueAt: dueAtOf(table, at) },
    );
    at = nextLogicalDate(table, at);
  }
  return open;
}
