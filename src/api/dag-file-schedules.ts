/** Schedules in a DAG file: their schema, what they become, and what a schema cannot say. */
import { z } from 'zod';
import { didYouMean } from '../base/suggest.ts';
import { parseCron } from '../model/cron.ts';
import type { CalendarRule, CatchUp, ScheduleSpec } from '../model/dag.ts';
import { limits } from '../model/limits.ts';
import { isTimeZone } from '../model/zone.ts';
import { describe, exactlyOne } from './dag-file-kit.ts';
import type { Remark } from './remark.ts';
import { duration, idText, positiveDuration, strict } from './schema-kit.ts';
import type { Path } from './source-document.ts';

const calendarName = idText('a calendar');

const calendar = z.union([
  calendarName,
  strict({
    include: calendarName.optional().meta(describe('Only on days of this calendar.')),
    exclude: calendarName.optional().meta(describe('Never on days of this one.')),
    shift: z
      .enum(['none', 'next', 'previous'])
      .optional()
      .meta(describe('Where a fire on another day moves to (none: it is left out).')),
  }).refine((rule) => rule.include !== undefined || rule.exclude !== undefined, {
    error: 'say `include`, `exclude` or both: names of calendars',
  }),
]);

const kinds = ['cron', 'every', 'after'] as const;

const scheduleObject = strict({
  cron: z.string().max(250).optional().meta(describe('Five fields, or six with seconds first.')),
  every: positiveDuration.optional().meta(describe('Fixed rate, from startDate.')),
  after: positiveDuration.optional().meta(describe('Fixed delay, from the end of the last run.')),
  timezone: z
    .string()
    .max(64)
    .optional()
    .meta(describe('For cron, and for the days of a calendar; UTC unless said.')),
  dst: z
    .enum(['skip', 'once', 'both'])
    .optional()
    .meta(describe('Local times that the clock skips or repeats (once).')),
  jitter: duration.optional(),
  calendar: calendar
    .optional()
    .meta(describe('For cron and every; the name of a calendar, or a rule.')),
}).refine(exactlyOne(kinds), { error: 'a schedule has either `cron`, `every` or `after`' });
type DagFileSchedule = z.output<typeof scheduleObject>;

const scheduleText = z.string().max(250);
export const schedule = z.union([
  scheduleText,
  scheduleObject,
  z.array(z.union([scheduleText, scheduleObject])).max(limits.schedulesPerDag),
]);
type Schedules = z.output<typeof schedule> | undefined;

export const catchup = z.union([
  z.boolean(),
  strict({ window: positiveDuration.optional(), coalesce: z.boolean().optional() }),
]);

export function catchUp(rule: z.output<typeof catchup> | undefined): CatchUp | null {
  if (rule === undefined || rule === false) return null;
  if (rule === true) return { windowMs: null, coalesce: false };
  return { windowMs: rule.window ?? null, coalesce: rule.coalesce ?? false };
}

/** A map, because people's words are looked up in it: `constructor` is in every object. */
const macros: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
]);

/** `@daily` -> `0 0 * * *`; spaces made even, so that they do not make another version. */
export const expressionOf = (text: string): string =>
  (macros.get(text.trim()) ?? text).trim().split(/\s+/).join(' ');

export const scheduleSpecs = (schedules: Schedules): readonly ScheduleSpec[] =>
  schedules === undefined ? [] : [schedules].flat().map(scheduleSpec);

function scheduleSpec(entry: string | DagFileSchedule): ScheduleSpec {
  if (entry === '@once') return { kind: 'once' };
  const said: DagFileSchedule = typeof entry === 'string' ? { cron: entry } : entry;
  const jitterMs = said.jitter ?? 0;
  const calendar = said.calendar === undefined ? {} : { calendar: calendarRule(said.calendar) };
  if (said.every !== undefined) {
    const timezone = said.timezone === undefined ? {} : { timezone: said.timezone };
    return { kind: 'every', everyMs: said.every, jitterMs, ...calendar, ...timezone };
  }
  if (said.after !== undefined) return { kind: 'after', afterMs: said.after, jitterMs };
  return {
    kind: 'cron',
    expression: expressionOf(said.cron ?? ''),
    timezone: said.timezone ?? 'UTC',
    dst: said.dst ?? 'once',
    jitterMs,
    ...calendar,
  };
}

function calendarRule(rule: NonNullable<DagFileSchedule['calendar']>): CalendarRule {
  if (typeof rule === 'string') return { include: rule, exclude: null, shift: 'none' };
  return {
    include: rule.include ?? null,
    exclude: rule.exclude ?? null,
    shift: rule.shift ?? 'none',
  };
}

/** Cron expressions, time zones, and keys that go with cron alone. */
export function scheduleRemarks(schedules: Schedules): readonly Remark[] {
  const remarks: Remark[] = [];
  const isList = Array.isArray(schedules);
  for (const [place, entry] of [schedules ?? []].flat().entries()) {
    const path: Path = isList ? ['schedule', place] : ['schedule'];
    if (typeof entry === 'string') {
      if (entry !== '@once') pushCron(remarks, path, entry);
      continue;
    }
    if (entry.cron !== undefined) pushCron(remarks, [...path, 'cron'], entry.cron);
    else pushStrangers(remarks, path, entry);
    if (entry.timezone !== undefined) pushZone(remarks, [...path, 'timezone'], entry.timezone);
  }
  return remarks;
}

/** What a schedule that counts plain time cannot use. */
function pushStrangers(remarks: Remark[], path: Path, entry: DagFileSchedule): void {
  const kind = entry.every === undefined ? 'after' : 'every';
  const known = kind === 'every' && entry.calendar !== undefined ? ['timezone', 'calendar'] : [];
  for (const key of ['timezone', 'dst', 'calendar'] as const) {
    if (entry[key] === undefined || known.includes(key)) continue;
    const message = `\`${key}\` goes with \`cron\`; \`${kind}\` counts plain time`;
    remarks.push({ code: 'DAG_INVALID', path: [...path, key], message });
  }
}

export function pushZone(remarks: Remark[], path: Path, zone: string): void {
  if (isTimeZone(zone)) return;
  const message = `"${zone}" is not a time zone: write a name as in Europe/Berlin or UTC`;
  remarks.push({ code: 'DAG_INVALID', path, message });
}

export function pushCron(remarks: Remark[], path: Path, text: string): void {
  if (text.startsWith('@') && !macros.has(text)) {
    const known = ['@once', ...macros.keys()];
    const message = `"${text}" is not one of ${known.join(', ')}${didYouMean(text, known)}`;
    remarks.push({ code: 'DAG_INVALID', path, message });
    return;
  }
  // Any seed will do: it only chooses among the values that `H` may take. Without one the library
  // would draw it.
  const cron = parseCron(expressionOf(text), 'any');
  if (!cron.ok) remarks.push({ code: 'DAG_INVALID', path, message: cron.error });
}
