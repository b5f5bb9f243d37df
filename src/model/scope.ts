/**
 * The names that expressions and templates see. A scope is made for one evaluation or a few of the
 * same task; what is costly in it (the other tasks, of which there may be ten thousand) is only
 * looked up when an expression asks.
 */
import { formatMoment } from './dates.ts';
import { declareKeys } from './expression/value.ts';
import type { Json, JsonObject } from './json.ts';

export type Scope = Readonly<Record<string, Json>>;

/** Times are in milliseconds since 1970. */
export interface ScopeInput {
  readonly run: {
    readonly runId: string;
    readonly dagId: string;
    readonly namespace: string;
    /** Null: the date names stand for the time at which the run was created. */
    readonly logicalDate: number | null;
    readonly trigger: string;
    readonly createdAt: number;
    readonly dataInterval: { readonly start: number; readonly end: number } | null;
  };
  readonly task: {
    readonly taskId: string;
    /** Null or 0 for a task that is not mapped. */
    readonly mapIndex: number | null;
    readonly attempt: number;
  } | null;
  readonly params: JsonObject;
  readonly tasks: TaskLookup;
  /** Undefined: the task is not mapped. */
  readonly item: Json | undefined;
  /** What the run's trigger brought along; null if nothing. */
  readonly triggerPayload: Json;
  readonly vars: JsonObject;
}

/** The tasks of the run as far as they are known. */
export interface TaskLookup {
  /** The same list for the same tasks: what is made of it is kept as long as it lives. */
  readonly taskIds: readonly string[];
  readonly find: (taskId: string) => TaskInScope | undefined;
}

export interface TaskInScope {
  readonly state: string;
  /** Null as long as there is none. */
  readonly output: Json;
  /** How it went on nodes; absent: it was on none. */
  readonly work?: {
    /** Of its last attempt; null: it had none, or is many instances. */
    readonly exitCode: number | null;
    /** When its last attempt began. */
    readonly startedAt: number | null;
    readonly endedAt: number | null;
    readonly attempts: number;
  };
}

/** Members that are always there, or can be: what else is asked for is a mistake. */
export const membersInScope = {
  run: ['id', 'dagId', 'namespace', 'trigger', 'createdAt', 'logicalDate', 'dataInterval'],
  task: ['id', 'mapIndex', 'attempt'],
  /** Of each of `tasks`. */
  tasks: ['state', 'output', 'exitCode', 'startedAt', 'endedAt', 'attempts'],
} as const;

/** Every name, and its type for the checker. */
const nameTypes = {
  params: 'map<string, dyn>',
  run: 'map<string, dyn>',
  task: 'map<string, dyn>',
  tasks: 'map<string, dyn>',
  item: 'dyn',
  mapIndex: 'int',
  trigger: 'dyn',
  vars: 'map<string, dyn>',
  ds: 'string',
  ds_nodash: 'string',
  ts: 'string',
  ts_nodash: 'string',
  logical_date: 'string',
  execution_date: 'string',
  data_interval_start: 'string',
  data_interval_end: 'string',
  run_id: 'string',
  dag_id: 'string',
  task_id: 'string',
} as const;

/** The names of a scope, for `checkExpression` and `checkTemplate`. */
export const scopeNames: readonly string[] = Object.keys(nameTypes);

/** name -> its type in CEL; a name that is not of every scope may be anything. */
export function typesOf(names: readonly string[]): Readonly<Record<string, string>> {
  const known = new Map<string, string>(Object.entries(nameTypes));
  return Object.fromEntries(names.map((name) => [name, known.get(name) ?? 'dyn']));
}

const utc = (at: number): string => formatMoment({ at, offsetMs: 0 });

/** Names without a value (`item` of a task that is not mapped) are absent. */
export function makeScope(input: ScopeInput): Scope {
  const { run, task } = input;
  const scope: Record<string, Json> = Object.create(null);
  const at = run.logicalDate ?? run.createdAt;
  const interval = run.dataInterval ?? { start: at, end: at };
  const logicalDate = utc(at);
  const [start, end] = [utc(interval.start), utc(interval.end)];
  const ds = logicalDate.slice(0, 10);
  const clock = logicalDate.slice(0, 19);
  Object.assign(scope, {
    params: input.params,
    run: {
      id: run.runId,
      dagId: run.dagId,
      namespace: run.namespace,
      logicalDate: run.logicalDate === null ? null : logicalDate,
      trigger: run.trigger,
      createdAt: utc(run.createdAt),
      dataInterval: run.dataInterval === null ? null : { start, end },
    },
    tasks: tasksObject(input.tasks),
    trigger: input.triggerPayload,
    vars: input.vars,
    ds,
    ds_nodash: ds.replaceAll('-', ''),
    // As Airflow writes it.
    ts: `${logicalDate.slice(0, -1)}+00:00`,
    ts_nodash: clock.replaceAll(/[-:]/g, ''),
    logical_date: logicalDate,
    execution_date: logicalDate,
    data_interval_start: start,
    data_interval_end: end,
    run_id: run.runId,
    dag_id: run.dagId,
  });
  if (input.item !== undefined) scope.item = input.item;
  if (task === null) return scope;
  const mapIndex = task.mapIndex ?? 0;
  const { taskId, attempt } = task;
  return Object.assign(scope, {
    task: { id: taskId, mapIndex, attempt },
    task_id: taskId,
    mapIndex,
  });
}

function taskObject({ state, output, work }: TaskInScope): JsonObject {
  const { exitCode = null, startedAt = null, endedAt = null, attempts = 0 } = work ?? {};
  const [start, end] = [startedAt, endedAt].map((at) => (at === null ? null : utc(at)));
  return { state, output, exitCode, startedAt: start ?? null, endedAt: end ?? null, attempts };
}

/** Of each list of ids that is alive: ten thousand of them take a while. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

function setOf(taskIds: readonly string[]): ReadonlySet<string> {
  const known = sets.get(taskIds);
  if (known !== undefined) return known;
  const made = new Set(taskIds);
  sets.set(taskIds, made);
  return made;
}

/**
 * An object that looks tasks up when it is asked. It says which keys it has without a look-up, and
 * remembers what it found.
 */
function tasksObject({ taskIds, find }: TaskLookup): JsonObject {
  const found = new Map<string, JsonObject>();
  const has = (key: string | symbol): key is string =>
    typeof key === 'string' && setOf(taskIds).has(key);
  const get = (key: string): JsonObject | undefined => {
    const before = found.get(key);
    if (before !== undefined) return before;
    const task = find(key);
    if (task === undefined) return undefined;
    const object = taskObject(task);
    found.set(key, object);
    return object;
  };
  const target: JsonObject = Object.create(null);
  const tasks = new Proxy(target, {
    get: (_target, key) => (has(key) ? get(key) : undefined),
    has: (_target, key) => has(key),
    ownKeys: () => [...taskIds],
    getOwnPropertyDescriptor: (_target, key) =>
      has(key) ? { value: null, enumerable: true, configurable: true } : undefined,
  });
  declareKeys(tasks, taskIds);
  return tasks;
}
