/**
 * The logical dates of a DAG in a range, forwards and backwards: the instants of its cron and
 * fixed-rate schedules, without jitter. The DAG's start and end dates do not bind: who names a
 * range has said what is wanted. A DAG without such a schedule has one date a day, at midnight UTC.
 */
import { type DagId, type WallMs, wallMs } from '../base/brand.ts';
import { type Calendars, dayRuleOf } from './calendar.ts';
import { type CronClock, nextOnClock, parseCron, previousOnClock } from './cron.ts';
import type { DagSpec, ScheduleSpec } from './dag.ts';
import { nextEvery, previousEvery } from './every.ts';

/** Instants in order. Neither function gives the instant that it is asked from. */
export interface DateLine {
  next(after: WallMs): WallMs | undefined;
  previous(before: WallMs): WallMs | undefined;
}

export interface DatesOf {
  readonly dagId: DagId;
  readonly spec: Pick<DagSpec, 'schedules' | 'startDate'>;
  /** Where a fixed rate without start date counts from. */
  readonly anchor: WallMs;
  readonly calendars: Calendars;
}

const dayMs = 86_400_000;

export function dateLine(dag: DatesOf): DateLine {
  const lines = dag.spec.schedules.flatMap((schedule) => lineOf(schedule, dag) ?? []);
  const [first = ticks(0, dayMs)] = lines;
  return lines.length < 2 ? first : merged(lines);
}

function lineOf(schedule: ScheduleSpec, dag: DatesOf): DateLine | undefined {
  switch (schedule.kind) {
    case 'every': {
      const { everyMs, calendar, timezone: zone = 'UTC' } = schedule;
      const anchor = dag.spec.startDate ?? dag.anchor;
      if (calendar === undefined) return ticks(anchor, everyMs);
      const days = dayRuleOf(calendar, dag.calendars).sources;
      const clock = { first: wallMs(anchor % everyMs), everyMs, zone, days };
      return {
        next: (after) => nextEvery(clock, after),
        previous: (before) => previousEvery(clock, before),
      };
    }
    case 'cron': {
      const cron = parseCron(schedule.expression, dag.dagId);
      if (!cron.ok) return undefined;
      const { calendar, timezone: zone, dst } = schedule;
      const days = calendar && { days: dayRuleOf(calendar, dag.calendars).sources };
      const clock: CronClock = { cron: cron.value, zone, dst, ...days };
      return {
        next: (after) => nextOnClock(clock, after),
        previous: (before) => previousOnClock(clock, before),
      };
    }
    case 'after':
    case 'once':
      return undefined;
  }
}

const ticks = (anchor: number, everyMs: number): DateLine => ({
  next: (after) => wallMs(anchor + (Math.floor((after - anchor) / everyMs) + 1) * everyMs),
  previous: (before) => wallMs(anchor + (Math.ceil((before - anchor) / everyMs) - 1) * everyMs),
});

/** Several schedules as one; an instant of two of them is one date. */
function merged(lines: readonly DateLine[]): DateLine {
  const pick = (all: readonly (WallMs | undefined)[], best: (...of: number[]) => number) => {
    const found = all.filter((at) => at !== undefined);
    return found.length === 0 ? undefined : wallMs(best(...found));
  };
  return {
    next: (after) =>
      pick(
        lines.map((line) => line.next(after)),
        Math.min,
      ),
    previous: (before) =>
      pick(
        lines.map((line) => line.previous(before)),
        Math.max,
      ),
  };
}

/** Dates in [from, to], oldest first; it stops behind `most`. */
export function datesWithin(
  line: DateLine,
  { from, to, most }: { readonly from: WallMs; readonly to: WallMs; readonly most: number },
): readonly WallMs[] {
  const dates: WallMs[] = [];
  for (let at = line.next(wallMs(from - 1)); at !== undefined && at <= to; at = line.next(at)) {
    dates.push(at);
    if (dates.length >= most) return dates;
  }
  return dates;
}
