/**
 * The instances of a run's tasks and the state of each. An instance without a row waits: whether
 * for upstream tasks (`pending`) or for room (`scheduled`) is derived here, by the same graph that
 * the scheduler decides with (law 3).
 */
import { present } from '../../base/assert.ts';
import { type TaskId, taskId } from '../../base/brand.ts';
import type { DagSpec, TaskSpec } from '../dag.ts';
import { taskKey } from '../keys.ts';
import type { ExpansionRow } from '../map.ts';
import type { OutputRow } from '../output.ts';
import { poolFlaw } from '../pool.ts';
import { type RunRow, runHasEnded } from '../run.ts';
import { type Instance, RunGraph } from '../run-graph.ts';
import { isOfGraph, type RunShape, shapeOf } from '../run-shape.ts';
import type { TaskRow } from '../task-instance.ts';

export const taskStates = [
  'pending',
  'scheduled',
  'queued',
  'running',
  'deferred',
  'up_for_retry',
  'success',
  'failed',
  'skipped',
  'upstream_failed',
  'cancelled',
] as const;

export type TaskState = (typeof taskStates)[number];

/** What needs a look comes first: the first of these that occurs is what many are as a whole. */
export const loudestFirst = [
  'failed',
  'running',
  'up_for_retry',
  'queued',
  'deferred',
  'scheduled',
  'upstream_failed',
  'cancelled',
  'pending',
  'success',
  'skipped',
] as const satisfies readonly TaskState[];

/** The recorded rows of one run. */
export interface InstanceRows {
  readonly run: RunRow;
  readonly spec: DagSpec;
  readonly tasks: readonly TaskRow[];
  readonly outputs: readonly OutputRow[];
  readonly expansions: readonly ExpansionRow[];
  /** Slots of the pools of its namespace, by name; absent where nobody looks at them. */
  readonly pools?: ReadonlyMap<string, number>;
}

export interface SeenInstance {
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly spec: TaskSpec;
  readonly row: TaskRow | undefined;
  readonly state: TaskState;
  /**
   * Why it does not start although its upstream tasks let it; null: nothing that rows could say.
   */
  readonly heldBy: string | null;
}

/** One instance; undefined when the run has none such. A run may have very many beside it. */
export function instanceAt(rows: InstanceRows, at: Instance): SeenInstance | undefined {
  const { taskId: id, mapIndex } = at;
  const task = Object.hasOwn(rows.spec.tasks, id) ? rows.spec.tasks[id] : undefined;
  if (task === undefined) return undefined;
  const row = rows.tasks.find((each) => each.taskId === id && each.mapIndex === mapIndex);
  const isOutside = !isOfGraph(task);
  const isThere = isOutside ? row !== undefined : mapIndex < (sizesOf(rows).get(id) ?? 1);
  if (!isThere) return undefined;
  const mayRun = (): boolean => isOutside || graphOf(rows).verdictOf(at) === 'run';
  const state = stateOf(rows.run, row, mayRun);
  return { taskId: id, mapIndex, spec: task, row, state, heldBy: heldText(rows, task, state) };
}

/**
 * Every instance, in the order of the file and then of the items. Of tasks that stand outside the
 * graph (hooks, compensations) only those that something has started. In steps of a few
 * milliseconds, for who has others to serve meanwhile.
 */
export function* instanceSteps(
  rows: InstanceRows,
): Generator<undefined, readonly SeenInstance[], undefined> {
  const { run, spec } = rows;
  const seen: SeenInstance[] = [];
  const started = rowsByTask(rows.tasks);
  const sizes = sizesOf(rows);
  // Only an instance that may be waiting asks the graph: that of an ended run is never made.
  let graph: RunGraph | undefined;
  const mayRun = (place: Instance): boolean => {
    graph ??= graphOf(rows);
    return graph.verdictOf(place) === 'run';
  };
  for (const [name, task] of Object.entries(spec.tasks)) {
    const id = taskId(name);
    const own = started.get(id) ?? [];
    const isOutside = !isOfGraph(task);
    const byIndex = new Map(own.map((row) => [row.mapIndex, row]));
    const indexes = isOutside ? byIndex.keys() : Array(sizes.get(id) ?? 1).keys();
    for (const mapIndex of indexes) {
      const place = { taskId: id, mapIndex };
      const row = byIndex.get(mapIndex);
      const state = stateOf(run, row, () => isOutside || mayRun(place));
      seen.push({ ...place, spec: task, row, state, heldBy: heldText(rows, task, state) });
      if (seen.length % instancesPerStep === 0) yield;
    }
  }
  return seen;
}

/** What one step looks at: about a millisecond. */
const instancesPerStep = 500;

/** The result of all steps at once. */
export function allSteps<T>(steps: Iterator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Instances of the members of maps that were expanded; all others have one. */
function sizesOf({ spec, expansions }: InstanceRows): ReadonlyMap<TaskId, number> {
  const sizes = new Map<TaskId, number>();
  for (const { mapId, size } of expansions) {
    for (const id of spec.maps?.[mapId]?.members ?? []) sizes.set(id, Math.max(1, size));
  }
  return sizes;
}

/** The rows of each task, in the order of their index. */
function rowsByTask(rows: readonly TaskRow[]): ReadonlyMap<TaskId, readonly TaskRow[]> {
  const byTask = new Map<TaskId, TaskRow[]>();
  for (const row of rows.toSorted((left, right) => left.mapIndex - right.mapIndex)) {
    const own = byTask.get(row.taskId);
    if (own === undefined) byTask.set(row.taskId, [row]);
    else own.push(row);
  }
  return byTask;
}

function stateOf(run: RunRow, row: TaskRow | undefined, mayRun: () => boolean): TaskState {
  if (row !== undefined && row.status !== 'pending') return row.status;
  if (runHasEnded(run.status)) return 'cancelled';
  return run.status !== 'queued' && mayRun() ? 'scheduled' : 'pending';
}

function heldText({ run, pools }: InstanceRows, spec: TaskSpec, state: TaskState): string | null {
  if (state !== 'scheduled') return null;
  if (run.isPaused === true) return 'its run is paused';
  const { pool, poolSlots = 1 } = spec;
  if (pool === undefined || pools === undefined) return null;
  return poolFlaw({ pool, slots: poolSlots }, pools.get(pool));
}

const keyOf = (run: RunRow, at: { readonly taskId: TaskId; readonly mapIndex: number }): string =>
  taskKey(run.namespace, run.runId, at.taskId, at.mapIndex);

function graphOf({ run, spec, tasks, outputs, expansions }: InstanceRows): RunGraph {
  const jsons = new Map(outputs.map((row) => [keyOf(run, row), row.json]));
  const outputOf = (id: TaskId, mapIndex: number): string | undefined =>
    jsons.get(keyOf(run, { taskId: id, mapIndex }));
  return new RunGraph(shapeFor(spec), { tasks, expansions, outputOf });
}

/** Specs are immutable, and a run is looked at more than once. */
const shapes = new WeakMap<DagSpec, RunShape>();

function shapeFor(spec: DagSpec): RunShape {
  const known = shapes.get(spec);
  if (known !== undefined) return known;
  const made = shapeOf(spec);
  const shape = present(made.ok ? made.shape : undefined, 'a version that was stored has no cycle');
  shapes.set(spec, shape);
  return shape;
}
