/**
 * The missed-fire ledger: instants that started no run, as ranges with a reason, in the schedule's
 * row. What ran is told by the runs themselves.
 */
import type { WallMs } from '../base/brand.ts';
import type { ScheduleRow, SkippedFires } from './dag.ts';
import { isRecurring, nextFire, type Timetable } from './schedule-fires.ts';

/** Ranges that a row keeps; of older ones only their number stays, in `skipped`. */
export const skipsKept = 200;

/** The row with more skipped instants behind those that it has. */
export function withSkips(table: Timetable, news: readonly SkippedFires[]): ScheduleRow {
  const { row } = table;
  if (news.length === 0) return row;
  const skips = [...(row.skips ?? [])];
  for (const range of news.toSorted((left, right) => left.from - right.from)) {
    const last = skips.at(-1);
    if (last !== undefined && last.reason === range.reason && areNeighbours(table, last, range)) {
      skips[skips.length - 1] = { ...last, to: range.to, count: last.count + range.count };
    } else {
      skips.push(range);
    }
  }
  // What a calendar or a change of clocks has taken out was never due.
  const due = news.filter(({ reason }) => reason !== 'calendar' && reason !== 'dst');
  const skipped = due.reduce((sum, { count }) => sum + count, row.skipped);
  return { ...row, skipped, skips: skips.slice(-skipsKept) };
}

/** No fire lies between the two. */
function areNeighbours(table: Timetable, left: SkippedFires, right: SkippedFires): boolean {
  if (right.from <= left.to) return false;
  return table.spec.schedules
    .filter(isRecurring)
    .every((schedule) => (nextFire(table, schedule, left.to) ?? right.from) >= right.from);
}

export const skippedOnce = (at: WallMs, reason: SkippedFires['reason']): SkippedFires => ({
  from: at,
  to: at,
  count: 1,
  reason,
});
