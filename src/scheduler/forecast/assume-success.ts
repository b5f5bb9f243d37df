/**
 * A definition as a forecast runs it. Nothing is executed, so there are no outputs or artifacts:
 * inputs are left out, and what would read an output is replaced by what comes of it when all goes
 * well. Every condition on an output is true, every choice takes all of its children, every loop
 * ends with its first round, and a list that is made of outputs has one item. What follows from
 * params and dates alone stays as it is.
 */
import type { TaskId } from '../../base/brand.ts';
import type { DagSpec, TaskAction, TaskSpec } from '../../model/dag.ts';
import type { MapSpec } from '../../model/map.ts';
import { isTemplate } from '../../model/template.ts';

/** What was changed, for people. */
export interface Assumed {
  readonly spec: DagSpec;
  /** Tasks whose conditions and choices are taken for true. */
  readonly choices: readonly TaskId[];
  /** Maps that are taken to have one item. */
  readonly maps: readonly string[];
}

/** Definitions are immutable: each is looked through once, and keeps the shape that it gets. */
const known = new WeakMap<DagSpec, Assumed>();

export function assumeSuccess(spec: DagSpec): Assumed {
  const assumed = known.get(spec) ?? make(spec);
  known.set(spec, assumed);
  return assumed;
}

function make(spec: DagSpec): Assumed {
  const maps = Object.entries(spec.maps ?? {}).filter(([, map]) => readsOutputs(map.over));
  const oneItem = new Set(maps.map(([mapId]) => mapId));
  const tasks: Record<TaskId, TaskSpec> = {};
  const choices: TaskId[] = [];
  let isSame = maps.length === 0;
  for (const [taskId, task] of Object.entries(spec.tasks)) {
    if (!isTaskId(taskId)) continue;
    const simple = simpleTask(task, oneItem);
    tasks[taskId] = simple;
    isSame &&= simple === task;
    if (chooses(task)) choices.push(taskId);
  }
  const named = { choices, maps: [...oneItem] };
  if (isSame) return { spec, ...named };
  const allMaps = spec.maps && { ...spec.maps, ...Object.fromEntries(maps.map(withOneItem)) };
  return { spec: { ...spec, tasks, ...(allMaps && { maps: allMaps }) }, ...named };
}

const chooses = ({ condition, branches, action }: TaskSpec): boolean =>
  branches === true || action.kind === 'branch' || readsOutputs(condition);

const withOneItem = ([mapId, map]: readonly [string, MapSpec]): readonly [string, MapSpec] => [
  mapId,
  { ...map, over: { item: '[null]' } },
];

function simpleTask(task: TaskSpec, oneItem: ReadonlySet<string>): TaskSpec {
  const { condition, branches, repeat, concurrency, rate, produces, inputs, ...rest } = task;
  const isOneItem = task.map !== undefined && oneItem.has(task.map);
  const reads = (value: unknown): boolean =>
    readsOutputs(value) || (isOneItem && isTemplate(JSON.stringify(value) ?? ''));
  const assets = produces?.filter((uri) => !reads(uri));
  const simple: TaskSpec = {
    ...rest,
    action: simpleAction(task.action, reads),
    env: isTemplate(JSON.stringify(task.env)) ? {} : task.env,
    ...(condition !== undefined && !reads(condition) && { condition }),
    ...(concurrency !== undefined && !reads(concurrency.key) && { concurrency }),
    ...(rate !== undefined && !reads(rate.key) && { rate }),
    ...(assets !== undefined && { produces: assets }),
  };
  const isSame =
    simple.action === task.action &&
    simple.env === task.env &&
    branches === undefined &&
    repeat === undefined &&
    inputs === undefined &&
    simple.condition === condition &&
    simple.concurrency === concurrency &&
    simple.rate === rate &&
    assets?.length === produces?.length;
  return isSame ? task : simple;
}

function simpleAction(action: TaskAction, reads: (value: unknown) => boolean): TaskAction {
  switch (action.kind) {
    case 'noop':
    case 'await':
      return action;
    case 'shell':
    case 'script':
    case 'python':
    case 'function':
    case 'http':
    case 'docker':
    case 'kubernetes':
    case 'sql':
    case 'email':
    case 'notify':
    case 'file':
      return isTemplate(JSON.stringify(action)) ? { kind: 'noop' } : action;
    case 'branch':
      return { ...action, condition: 'true', follow: null };
    case 'wait':
      return reads(action.until) ? { kind: 'wait', forMs: 0, until: null } : action;
    case 'approval':
      return reads(action.message) ? { ...action, message: '' } : action;
    case 'subdag':
      return reads(action.params) ? { ...action, params: {} } : action;
  }
}

/** Whether a text in it names what only a run that was executed has. */
const readsOutputs = (value: unknown): boolean =>
  value !== undefined && /\btasks\b/.test(JSON.stringify(value));

/** Keys of a record lose their brand in `Object.entries`; this gives it back without a cast. */
const isTaskId = (_key: string): _key is TaskId => true;
