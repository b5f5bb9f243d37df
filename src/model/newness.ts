/**
 * Which facts an older version of Skein would misread: it would store a row of a table that it does
 * not know nowhere, and schedule a workflow without the conditions that it cannot see. A record
 * with such a fact is of version 2, and is written only when every member knows it
 * (`docs/protocol/versions.md`).
 */
import type { DagSpec, ParamSpec, ScheduleSpec, TaskSpec } from './dag.ts';
import type { Fact, TableName } from './fact.ts';
import type { RecordVersion } from './record.ts';

const newTables: ReadonlySet<TableName> = new Set([
  'expansion',
  'trigger',
  'pool',
  'calendar',
  'variable',
  'backfill',
  'letter',
  'rate',
]);

/** The oldest version of a record that can carry the fact. */
export function recordVersionOf(fact: Fact): RecordVersion {
  if (newTables.has(fact.table)) return 2;
  if (fact.row === null) return 1;
  switch (fact.table) {
    case 'version':
      return isNewSpec(fact.row.spec) ? 2 : 1;
    case 'dag':
      return fact.row.canary === undefined ? 1 : 2;
    case 'run':
      return fact.row.isPaused === true || 'ending' in fact.row ? 2 : 1;
    case 'task':
      return fact.row.status === 'deferred' || 'cause' in fact.row || 'becomes' in fact.row ? 2 : 1;
    default:
      return 1;
  }
}

/** Specs are immutable: each is looked through once. */
const known = new WeakMap<DagSpec, boolean>();

/** Whether 0.2.0 would misread the definition. */
export function isNewSpec(spec: DagSpec): boolean {
  const isNew = known.get(spec) ?? saysNews(spec);
  known.set(spec, isNew);
  return isNew;
}

const saysNews = (spec: DagSpec): boolean =>
  !hasOnly(spec, oldSpecKeys) ||
  spec.schedules.some(isNewSchedule) ||
  Object.values(spec.params).some(isNewParam) ||
  Object.values(spec.tasks).some(isNewTask);

const isNewSchedule = (schedule: ScheduleSpec): boolean =>
  schedule.kind === 'after' || 'calendar' in schedule;

const isNewParam = (param: ParamSpec): boolean =>
  !oldParamTypes.has(param.type) || !hasOnly(param, oldParamKeys);

const isNewTask = (task: TaskSpec): boolean =>
  !oldActions.has(task.action.kind) || !hasOnly(task, oldTaskKeys);

function hasOnly(value: object, known: ReadonlySet<string>): boolean {
  for (const key in value) if (!known.has(key)) return false;
  return true;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** What 0.2.0 knew. */
const oldSpecKeys = words(`description owners tags schedules startDate endDate catchUp
  activeRunsMax priority timeoutMs params tasks`);
const oldTaskKeys = words(`action dependsOn triggerRule retries retryDelayMs retryBackoff
  retryDelayMsMax retryJitter timeoutMs idempotent resources labels env cwd`);
const oldParamKeys = words('type default enum');
const oldParamTypes = words('string number integer boolean');
const oldActions = words('noop shell python http');
