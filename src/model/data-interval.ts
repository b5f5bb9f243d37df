/** Data intervals: the time that a run stands for, from the fire before it up to its own (L083). */
import { type WallMs, wallMs } from '../base/brand.ts';
import { isRecurring, nextFire, previousFire, type Timetable } from './schedule-fires.ts';

export interface DataInterval {
  readonly start: WallMs;
  readonly end: WallMs;
}

/**
 * The interval of the run of `at`: of the first schedule that fires then. The fire before counts
 * also where it lies before the start date, when the DAG was paused, or was let go. A run of
 * `after` stands for the time since the one before has ended; `once` has no interval.
 */
export function dataIntervalOf(table: Timetable, at: WallMs): DataInterval | undefined {
  const open = { ...table, spec: { ...table.spec, startDate: null, endDate: null } };
  for (const schedule of table.spec.schedules) {
    if (!isRecurring(schedule) || nextFire(table, schedule, wallMs(at - 1)) !== at) continue;
    if (schedule.kind === 'every' && schedule.calendar === undefined) {
      return { start: wallMs(at - schedule.everyMs), end: at };
    }
    const before = previousFire(open, schedule, at);
    return before === undefined ? undefined : { start: before, end: at };
  }
  if (!table.spec.schedules.some(({ kind }) => kind === 'after')) return undefined;
  const { lastEndedAt } = table.row;
  return { start: lastEndedAt ?? at, end: at };
}
