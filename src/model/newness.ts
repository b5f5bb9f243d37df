/**
 * Which facts an older version of Skein would misread: it would store a row of a table that it does
 * not know nowhere, and schedule a workflow without the conditions that it cannot see. A record is
 * of the oldest version that can carry its facts, and is written only when every member knows that
 * (`docs/protocol/versions.md`).
 */
import type { DagSpec, ParamSpec, ScheduleSpec, TaskSpec } from './dag.ts';
import type { Fact, TableName } from './fact.ts';
import { newerOf, type RecordVersion, recordVersions } from './record.ts';

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
  connection: 4,
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
  if (Object.values(spec.maps ?? {}).some(({ spread }) => spread !== undefined)) {
    version = newerOf(version, 4);
  }
  for (const task of Object.values(spec.tasks)) version = newerOf(version, taskVersion(task));
  return version;
}

const isNewSchedule = (schedule: ScheduleSpec): boolean =>
  schedule.kind === 'after' || 'calendar' in schedule;

const isNewParam = (param: ParamSpec): boolean =>
  !oldParamTypes.has(param.type) || versionOfKeys(param, paramKeys) > 1;

function taskVersion(task: TaskSpec): RecordVersion {
  const { action } = task;
  const version = newerOf(actionVersions[action.kind] ?? 2, versionOfKeys(task, taskKeys));
  return Object.keys(action).some((key) => newActionKeys.has(key)) ? 4 : version;
}

/** By key, the version that brought it; those that stand nowhere are of version 2. */
type KeyVersions = ReadonlyMap<string, RecordVersion>;

function versionOfKeys(value: object, versions: KeyVersions): RecordVersion {
  let version: RecordVersion = 1;
  for (const key in value) version = newerOf(version, versions.get(key) ?? 2);
  return version;
}

const words = (text: string): readonly string[] => text.split(/\s+/);

const keyVersions = (texts: Partial<Readonly<Record<RecordVersion, string>>>): KeyVersions =>
  new Map(
    recordVersions.flatMap((version) =>
      words(texts[version] ?? '').map((key) => [key, version] as const),
    ),
  );

const specKeys = keyVersions({
  1: `description owners tags schedules startDate endDate catchUp activeRunsMax priority
    timeoutMs params tasks`,
  3: 'priorityClass maxConcurrency weight order placement',
});
const taskKeys = keyVersions({
  1: `action dependsOn triggerRule retries retryDelayMs retryBackoff retryDelayMsMax
    retryJitter timeoutMs idempotent resources labels env cwd`,
  3: 'limits nodePool queue tolerations affinity maxConcurrency preemptible priorityClass',
  4: 'connections user artifacts inputs',
});
const paramKeys = keyVersions({ 1: 'type default enum' });
const oldParamTypes: ReadonlySet<string> = new Set(words('string number integer boolean'));

/** The first version that knows a kind of task; 2 where nothing is said. */
const actionVersions: Readonly<Record<string, RecordVersion>> = {
  noop: 1,
  shell: 1,
  python: 1,
  http: 1,
  script: 4,
  function: 4,
  sql: 4,
  docker: 4,
  kubernetes: 4,
  email: 4,
  notify: 4,
};
/** Keys that version 4 brought to kinds that are older. */
const newActionKeys: ReadonlySet<string> = new Set(words('callable auth retryAfter redirects'));
