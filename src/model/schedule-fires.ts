/**
 * The fires of one schedule: the next, the one before, how many, and which do not happen. An
 * instant here is the logical date; jitter comes on top of it and changes no date.
 */
import { type DagId, type WallMs, wallMs } from '../base/brand.ts';
import { hash32 } from '../base/random.ts';
import { type Calendars, type DayRule, dayRuleOf } from './calendar.ts';
import {
  type Cron,
  type CronClock,
  countOnClock,
  lostOnClock,
  nextOnClock,
  parseCron,
  previousOnClock,
  type Span,
} from './cron.ts';
import type { DagSpec, ScheduleRow, ScheduleSpec, SkippedFires } from './dag.ts';
import { countEvery, type EveryClock, nextEvery, previousEvery } from './every.ts';

/** What instants depend on beside the schedule itself. */
export interface Timetable {
  readonly spec: Pick<DagSpec, 'schedules' | 'startDate' | 'endDate'>;
  readonly row: ScheduleRow;
  readonly calendars: Calendars;
}

/** A schedule that comes again and again whatever becomes of its runs. */
type Recurring = Extract<ScheduleSpec, { readonly kind: 'cron' | 'every' }>;

/** `once` and `after` depend on what has happened: they are due until they have fired. */
export const isRecurring = (schedule: ScheduleSpec): schedule is Recurring =>
  schedule.kind === 'cron' || schedule.kind === 'every';

/** The first fire strictly after `after`, within the DAG's window. */
export function nextFire(
  table: Timetable,
  schedule: ScheduleSpec,
  after: WallMs,
): WallMs | undefined {
  const { startDate, endDate } = table.spec;
  const from = wallMs(Math.max(after, (startDate ?? 0) - 1));
  const at = rawNext(table, schedule, from);
  return at === undefined || (endDate !== null && at > endDate) ? undefined : at;
}

/** The last fire strictly before `before`, within the DAG's window. */
export function previousFire(
  { spec, row, calendars }: Timetable,
  schedule: Recurring,
  before: WallMs,
): WallMs | undefined {
  const { startDate, endDate } = spec;
  const limit = wallMs(endDate === null ? before : Math.min(before, endDate + 1));
  const at =
    schedule.kind === 'every'
      ? previousEvery(everyClock(spec, row, schedule, calendars), limit)
      : onClock(schedule, row.dagId, calendars, (clock) => previousOnClock(clock, limit));
  return at === undefined || at < (startDate ?? 0) ? undefined : at;
}

/** How many fires a span has within the DAG's window. */
export function countFires(table: Timetable, schedule: Recurring, span: Span): number {
  const { spec, row, calendars } = table;
  const within = cut(spec, span);
  if (within.until <= within.after) return 0;
  if (schedule.kind === 'every') {
    return countEvery(everyClock(spec, row, schedule, calendars), within);
  }
  return onClock(schedule, row.dagId, calendars, (clock) => countOnClock(clock, within)) ?? 0;
}

/** Fires that a calendar or a change of clocks has taken out of a span. */
export function suppressedFires(
  { spec, row, calendars }: Timetable,
  schedule: ScheduleSpec,
  span: Span,
): readonly SkippedFires[] {
  const within = cut(spec, span);
  if (!isRecurring(schedule) || within.until <= within.after) return [];
  return [
    ...byCalendar(spec, row, schedule, { calendars, span: within }),
    ...byClocks(row.dagId, schedule, { calendars, span: within }),
  ].toSorted((left, right) => left.from - right.from);
}

/**
 * When a fire starts its run: at a delay in [0, jitterMs] after its instant, by hash: the same for
 * one instant whoever computes it (L085). It never reaches the next instant of the schedule, so
 * fires keep their order.
 */
export function dueAt(table: Timetable, schedule: ScheduleSpec, at: WallMs): WallMs {
  if (schedule.kind === 'once' || schedule.jitterMs === 0) return at;
  const delayMs = hash32(`${table.row.dagId} ${at}`) % (schedule.jitterMs + 1);
  if (!isRecurring(schedule)) return wallMs(at + delayMs);
  const next = nextFire(table, schedule, at);
  return wallMs(next === undefined ? at + delayMs : Math.min(at + delayMs, next - 1));
}

function rawNext(
  { spec, row, calendars }: Timetable,
  schedule: ScheduleSpec,
  from: WallMs,
): WallMs | undefined {
  switch (schedule.kind) {
    case 'once':
      // It may be asked for when its instant has been passed over: then it is due at once.
      return row.onceDone ? undefined : firstOf(spec, row, from);
    case 'after': {
      const { lastEndedAt } = row;
      if (lastEndedAt === undefined) return firstOf(spec, row, from);
      if (lastEndedAt === null) return undefined;
      return wallMs(Math.max(lastEndedAt + schedule.afterMs, from + 1));
    }
    case 'every':
      return nextEvery(everyClock(spec, row, schedule, calendars), from);
    case 'cron':
      return onClock(schedule, row.dagId, calendars, (clock) => nextOnClock(clock, from));
  }
}

const firstOf = (spec: Timetable['spec'], row: ScheduleRow, from: WallMs): WallMs =>
  wallMs(Math.max(spec.startDate ?? 0, row.anchor + 1, from + 1));

function cut({ startDate, endDate }: Timetable['spec'], { after, until }: Span): Span {
  return {
    after: wallMs(Math.max(after, (startDate ?? 0) - 1)),
    until: endDate === null ? until : wallMs(Math.min(until, endDate)),
  };
}

interface Where {
  readonly calendars: Calendars;
  readonly span: Span;
}

function byCalendar(
  spec: Timetable['spec'],
  row: ScheduleRow,
  schedule: Recurring,
  { calendars, span }: Where,
): readonly SkippedFires[] {
  const days = ruleOf(schedule, calendars)?.suppressed;
  if (days === undefined) return [];
  const before = wallMs(span.until + 1);
  if (schedule.kind === 'every') {
    const clock = { ...everyClock(spec, row, schedule, calendars), days };
    const count = countEvery(clock, span);
    if (count === 0) return [];
    return rangeOf(nextEvery(clock, span.after), previousEvery(clock, before), count);
  }
  const cron = cronOf(schedule.expression, row.dagId);
  if (cron === undefined) return [];
  const clock = { cron, zone: schedule.timezone, dst: schedule.dst, days };
  // Counted first: a search for a day that is not there would go on for years.
  const count = countOnClock(clock, span);
  if (count === 0) return [];
  return rangeOf(nextOnClock(clock, span.after), previousOnClock(clock, before), count);
}

const rangeOf = (
  from: WallMs | undefined,
  to: WallMs | undefined,
  count: number,
): readonly SkippedFires[] =>
  from === undefined || to === undefined ? [] : [{ from, to, count, reason: 'calendar' }];

function byClocks(
  dagId: DagId,
  schedule: Recurring,
  { calendars, span }: Where,
): readonly SkippedFires[] {
  if (schedule.kind === 'every' || schedule.dst !== 'skip') return [];
  const lost = onClock(schedule, dagId, calendars, (clock) => lostOnClock(clock, span)) ?? [];
  return lost.map(({ at, count }) => ({ from: at, to: at, count, reason: 'dst' }));
}

function onClock<T>(
  schedule: Extract<ScheduleSpec, { readonly kind: 'cron' }>,
  dagId: DagId,
  calendars: Calendars,
  ask: (clock: CronClock) => T,
): T | undefined {
  const cron = cronOf(schedule.expression, dagId);
  if (cron === undefined) return undefined;
  const days = ruleOf(schedule, calendars)?.sources;
  return ask({
    cron,
    zone: schedule.timezone,
    dst: schedule.dst,
    ...(days !== undefined && { days }),
  });
}

function everyClock(
  spec: Timetable['spec'],
  row: ScheduleRow,
  schedule: Extract<ScheduleSpec, { readonly kind: 'every' }>,
  calendars: Calendars,
): EveryClock {
  const { everyMs, timezone = 'UTC' } = schedule;
  const days = ruleOf(schedule, calendars)?.sources;
  // Without a start date the first fire comes one interval behind the anchor.
  const first = wallMs(spec.startDate ?? row.anchor + everyMs);
  return { first, everyMs, zone: timezone, ...(days !== undefined && { days }) };
}

const ruleOf = (schedule: Recurring, calendars: Calendars): DayRule | undefined =>
  schedule.calendar === undefined ? undefined : dayRuleOf(schedule.calendar, calendars);

const crons = new Map<string, Cron>();
const cronsKept = 10_000;

/** Parsed expressions are kept: the same DAG is looked at again and again. */
export function cronOf(expression: string, seed: string): Cron | undefined {
  const key = `${seed} ${expression}`;
  const known = crons.get(key);
  if (known !== undefined) return known;
  const parsed = parseCron(expression, seed);
  if (!parsed.ok) return undefined;
  if (crons.size >= cronsKept) crons.clear();
  crons.set(key, parsed.value);
  return parsed.value;
}
