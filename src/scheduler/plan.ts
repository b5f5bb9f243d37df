/**
 * A plan: what the scheduler works out once per DAG version and needs for every run of it. Derived,
 * never logged; kept while the version is in use.
 */
import { assert, present } from '../base/assert.ts';
import type { TaskId } from '../base/brand.ts';
import type { DagSpec, TaskAction, TaskSpec, VersionRow } from '../model/dag.ts';
import type { HookMoment } from '../model/dag-flow.ts';
import type { Graph } from '../model/graph.ts';
import { isOfGraph, type RunShape, shapeOf } from '../model/run-shape.ts';
import type { HookCause } from '../model/task-instance.ts';

export interface Plan {
  readonly spec: DagSpec;
  readonly shape: RunShape;
  /** Of the tasks that a run consists of: without hooks and compensations. */
  readonly graph: Graph;
  /** Hooks of each task, by what they are told of; those of the run stand under null. */
  readonly hooks: ReadonlyMap<TaskId | null, readonly Hook[]>;
  /** The task that undoes what this one did. */
  readonly compensations: ReadonlyMap<TaskId, TaskId>;
  /** Tasks with an SLA of their own. */
  readonly slas: ReadonlyMap<TaskId, number>;
}

export interface Hook {
  readonly taskId: TaskId;
  readonly on: HookMoment;
}

export function makePlan(version: VersionRow): Plan {
  const { spec } = version;
  const built = shapeOf(spec);
  assert(built.ok, `version ${version.versionId} of ${version.dagId} has no cycle`);
  const { shape } = built;
  const { graph } = shape;
  return { spec, shape, graph, ...outsideOf(spec), slas: slasOf(spec) };
}

export const taskSpec = (plan: Plan, id: TaskId): TaskSpec =>
  present(plan.spec.tasks[id], `the version has task ${id}`);

/** Whether the task is a hook or a compensation: it runs when something has happened. */
export const isOutside = (plan: Plan, id: TaskId): boolean => !plan.shape.tasks.has(id);

/** Hooks of a task (or of the run, for null) that are told of any of these moments. */
export const hooksOn = (
  plan: Plan,
  of: TaskId | null,
  moments: readonly HookCause['on'][],
): readonly Hook[] => (plan.hooks.get(of) ?? []).filter(({ on }) => moments.includes(on));

/** Whether the leader has to look at a task before it may stand in the ready queue. */
export const needsBegin = (task: TaskSpec): boolean =>
  task.condition !== undefined || task.delayMs !== undefined || isOfLeader(task);

/** Whether the leader does the task by itself: it never stands in the ready queue. */
export const isOfLeader = ({ action }: Pick<TaskSpec, 'action'>): boolean =>
  leaderActions.has(action.kind);

const leaderActions: ReadonlySet<TaskAction['kind']> = new Set([
  'branch',
  'wait',
  'approval',
  'subdag',
  'await',
] as const);

function outsideOf(spec: DagSpec): Pick<Plan, 'hooks' | 'compensations'> {
  const hooks = new Map<TaskId | null, Hook[]>();
  const compensations = new Map<TaskId, TaskId>();
  const isPart = ({ role, compensate }: TaskSpec): boolean =>
    role !== undefined || compensate !== undefined;
  for (const [taskId, { role, compensate }] of tasksOf(spec, isPart)) {
    if (compensate !== undefined) compensations.set(taskId, compensate);
    if (role?.kind === 'compensation' && !compensations.has(role.of)) {
      compensations.set(role.of, taskId);
    }
    if (role?.kind !== 'hook') continue;
    const { of, on } = role;
    const known = hooks.get(of);
    if (known === undefined) hooks.set(of, [{ taskId, on }]);
    else known.push({ taskId, on });
  }
  return { hooks, compensations };
}

function slasOf(spec: DagSpec): ReadonlyMap<TaskId, number> {
  const slas = new Map<TaskId, number>();
  for (const [id, task] of tasksOf(spec, ({ slaMs }) => slaMs !== undefined)) {
    if (task.slaMs !== undefined && isOfGraph(task)) slas.set(id, task.slaMs);
  }
  return slas;
}

/** Those that are wanted, in the order of the ids: the same on every machine. */
function tasksOf(
  spec: DagSpec,
  isWanted: (task: TaskSpec) => boolean,
): readonly (readonly [TaskId, TaskSpec])[] {
  const wanted: (readonly [TaskId, TaskSpec])[] = [];
  for (const [id, task] of Object.entries(spec.tasks)) {
    if (isTaskId(id) && isWanted(task)) wanted.push([id, task]);
  }
  return wanted.sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Keys of a record lose their brand in `Object.keys`; this gives it back without a cast. */
const isTaskId = (_key: string): _key is TaskId => true;
