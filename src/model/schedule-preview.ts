/**
 * The next fires of a DAG, with what people wonder about: local time, what a change of clocks or a
 * calendar does to a fire, and how long jitter holds it back. Also of a definition that has not
 * been applied.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import { formatDuration } from '../base/duration.ts';
import { dayRuleOf, textOf } from './calendar.ts';
import { localDay } from './cron.ts';
import { matchesDay } from './cron-fields.ts';
import type { ScheduleSpec, SkippedFires } from './dag.ts';
import {
  cronOf,
  dueAt,
  isRecurring,
  nextFire,
  suppressedFires,
  type Timetable,
} from './schedule-fires.ts';
import { offsetMs, toInstants, toLocal } from './zone.ts';

/** One fire, or a range of those that do not happen. */
export interface PreviewLine {
  readonly at: WallMs;
  /** Of a range: its last instant, and how many there are. */
  readonly to: WallMs;
  readonly count: number;
  /** When its run starts, jitter included; null where none starts. */
  readonly dueAt: WallMs | null;
  /** Place of the schedule in the definition. */
  readonly schedule: number;
  readonly zone: string;
  readonly offsetMs: number;
  readonly notes: readonly string[];
}

/** The most lines of one preview. */
export const previewMax = 1_000;
/** It looks no further ahead: rare fires make long searches. */
const horizonMs = 10 * 366 * 86_400_000;

/** The next `count` fires strictly after `after`, with what is left out between them. */
export function previewFires(
  table: Timetable,
  { after, count }: { readonly after: WallMs; readonly count: number },
): readonly PreviewLine[] {
  const { schedules } = table.spec;
  const heads = schedules.map((schedule) => nextFire(table, schedule, after));
  const passed = schedules.map(() => after);
  const lines: PreviewLine[] = [];
  let fires = 0;
  while (fires < count && lines.length < previewMax) {
    const place = earliest(heads);
    const schedule = schedules[place];
    const at = heads[place];
    if (schedule === undefined || at === undefined || at > after + horizonMs) break;
    lines.push(...leftOut(table, place, { after: passed[place] ?? after, until: at }));
    lines.push(lineOf(table, place, at));
    fires += 1;
    passed[place] = at;
    heads[place] = isRecurring(schedule) ? nextFire(table, schedule, at) : undefined;
  }
  return lines.toSorted((left, right) => left.at - right.at || left.schedule - right.schedule);
}

function earliest(heads: readonly (WallMs | undefined)[]): number {
  let best = -1;
  for (const [place, head] of heads.entries()) {
    const least = heads[best];
    if (head !== undefined && (least === undefined || head < least)) best = place;
  }
  return best;
}

const zoneOf = (schedule: ScheduleSpec): string =>
  'timezone' in schedule ? (schedule.timezone ?? 'UTC') : 'UTC';

function leftOut(
  table: Timetable,
  place: number,
  span: { readonly after: WallMs; readonly until: WallMs },
): readonly PreviewLine[] {
  const schedule = table.spec.schedules[place];
  if (schedule === undefined) return [];
  const zone = zoneOf(schedule);
  return suppressedFires(table, schedule, span).map(({ from, to, count, reason }) => ({
    ...{ at: from, to, count, dueAt: null, schedule: place, zone },
    offsetMs: offsetMs(zone, from),
    notes: [whyLeftOut(reason)],
  }));
}

const whyLeftOut = (reason: SkippedFires['reason']): string =>
  reason === 'dst'
    ? 'left out: the clock skips this local time'
    : 'left out: the calendar does not allow the day';

function lineOf(table: Timetable, place: number, at: WallMs): PreviewLine {
  const schedule = table.spec.schedules[place];
  const zone = schedule === undefined ? 'UTC' : zoneOf(schedule);
  const due = schedule === undefined ? at : dueAt(table, schedule, at);
  const notes = schedule === undefined ? [] : notesOf(table, schedule, at);
  if (due > at) notes.push(`jitter: starts ${formatDuration(due - at)} later`);
  const common = { at, to: at, count: 1, dueAt: due, schedule: place, zone };
  return { ...common, offsetMs: offsetMs(zone, at), notes };
}

function notesOf(table: Timetable, schedule: ScheduleSpec, at: WallMs): string[] {
  switch (schedule.kind) {
    case 'once':
      return ['once'];
    case 'after':
      return [`then ${formatDuration(schedule.afterMs)} after the end of each run`];
    case 'every':
      return movedFrom(table, schedule, at);
    case 'cron':
      return [...clockNotes(schedule, at), ...movedFrom(table, schedule, at)];
  }
}

/** What a change of clocks has to do with a fire. */
function clockNotes(
  { timezone: zone }: Extract<ScheduleSpec, { readonly kind: 'cron' }>,
  at: WallMs,
): string[] {
  const offset = offsetMs(zone, at);
  const before = offsetMs(zone, at - 1);
  if (offset > before) {
    return [`right behind a gap: the clock is set forward by ${formatDuration(offset - before)}`];
  }
  const instants = toInstants(zone, toLocal(zone, at));
  if (instants.kind !== 'twice') return [];
  const which = instants.first === at ? 'first' : 'second';
  return [`this local time comes twice: the ${which} time`];
}

/** Days from which a calendar has moved a fire. */
function movedFrom(
  table: Timetable,
  schedule: Extract<ScheduleSpec, { readonly kind: 'cron' | 'every' }>,
  at: WallMs,
): string[] {
  if (schedule.calendar === undefined) return [];
  const { calendar, ...plain } = schedule;
  const isOwn = nextFire(table, plain, wallMs(at - 1)) === at;
  if (plain.kind === 'every') return isOwn ? [] : ['moved here by the calendar'];
  const cron = cronOf(plain.expression, table.row.dagId);
  const day = localDay(plain.timezone, at);
  const from = dayRuleOf(calendar, table.calendars)
    .sources(day)
    .filter((source) => source !== day && cron !== undefined && matchesDay(cron, source))
    .toSorted((one, two) => one - two);
  if (from.length === 0) return [];
  return [`${isOwn ? 'stands also for' : 'moved from'} ${from.map(textOf).join(', ')} (calendar)`];
}

/** `2026-03-29T02:30:00+01:00`. */
export function localText(at: WallMs, offset: number): string {
  const local = new Date(at + offset).toISOString().replace(/(\.000)?Z$/, '');
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  return `${local}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
