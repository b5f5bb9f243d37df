/**
 * Which facts an older version of Skein would misread: it would store a row of a table that it does
 * not know nowhere, and schedule a workflow without the conditions that it cannot see. A record is
 * of the oldest version that can carry its facts, and is written only when every member knows that
 * (`docs/protocol/versions.md`).
 */
import type { DagSpec, ParamSpec, ScheduleSpec, TaskSpec } from './dag.ts';
import type { Fact, TableName } from './fact.ts';
import { newerOf, type RecordVersion } from './record.ts';

/** The first version that knows a table; 1 where nothing is said. */
const tableVersions: Partial<Readonly<Record<TableName, RecordVersion>>> = {
  expansion: 2,
  trigger: 2,
  pool: 2,
  calendar: 2,
  variable: 2,
  backfill: 2,
  letter: 2,
  rate: 2,
  namespace: 3,
  scheduling: 3,
  estimate: 3,
  'node-pool': 3,
};

/** The oldest version of a record that can carry the fact. */
export function recordVersionOf(fact: Fact): RecordVersion {
  const known = tableVersions[fact.table];
  if (known !== undefined) return known;
  if (fact.row === null) return 1;
  switch (fact.table) {
    case 'version':
      return specVersionOf(fact.row.spec);
    case 'dag':
      return fact.row.canary === undefined ? 1 : 2;
    case 'run':
      return fact.row.isPaused === true || 'ending' in fact.row ? 2 : 1;
    case 'task':
      // What has given way goes on; an older leader would take its task for cancelled.
      if ('attempt' in fact.row && fact.row.attempt.givesWay !== undefined) return 3;
      return fact.row.status === 'deferred' || 'cause' in fact.row || 'becomes' in fact.row ? 2 : 1;
    case 'node': {
      const { pool, queues, taints, drain } = fact.row;
      return (pool ?? queues ?? taints ?? drain) ? 3 : 1;
    }
    default:
      return 1;
  }
}

/** Specs are immutable: each is looked through once. */
const known = new WeakMap<DagSpec, RecordVersion>();

/** The first version that reads the definition as it is meant. */
export function specVersionOf(spec: DagSpec): RecordVersion {
  const version = known.get(spec) ?? versionSaid(spec);
  known.set(spec, version);
  return version;
}

function versionSaid(spec: DagSpec): RecordVersion {
  let version = versionOfKeys(spec, specKeys);
  if (spec.schedules.some(isNewSchedule) || Object.values(spec.params).some(isNewParam)) {
    version = newerOf(version, 2);
  }
  for (const task of Object.values(spec.tasks)) version = newerOf(version, taskVersion(task));
  return version;
}

const isNewSchedule = (schedule: ScheduleSpec): boolean =>
  schedule.kind === 'after' || 'calendar' in schedule;

const isNewParam = (param: ParamSpec): boolean =>
  !oldParamTypes.has(param.type) || versionOfKeys(param, paramKeys) > 1;

const taskVersion = (task: TaskSpec): RecordVersion =>
  newerOf(oldActions.has(task.action.kind) ? 1 : 2, versionOfKeys(task, taskKeys));

/** Keys that a version brought; those that stand nowhere are of version 2. */
type KeysOfVersions = Readonly<Record<1 | 3, ReadonlySet<string>>>;

function versionOfKeys(value: object, keys: KeysOfVersions): RecordVersion {
  let version: RecordVersion = 1;
  for (const key in value) {
    if (keys[3].has(key)) return 3;
    if (!keys[1].has(key)) version = 2;
  }
  return version;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const specKeys = {
  1: words(`description owners tags schedules startDate endDate catchUp activeRunsMax priority
    timeoutMs params tasks`),
  3: words('priorityClass maxConcurrency weight order placement'),
};
const taskKeys = {
  1: words(`action dependsOn triggerRule retries retryDelayMs retryBackoff retryDelayMsMax
    retryJitter timeoutMs idempotent resources labels env cwd`),
  3: words(`limits nodePool queue tolerations affinity maxConcurrency preemptible priorityClass`),
};
const paramKeys = { 1: words('type default enum'), 3: words('') };
const oldParamTypes = words('string number integer boolean');
const oldActions = words('noop shell python http');
