/**
 * Which task instances go back to `pending` when tasks of a run are run again. Pure; used for runs
 * that have ended and for those that are alive.
 *
 * A map is expanded anew when something that its lists may be made of is run again, or all of its
 * members are: the items may be others then, so all its instances go. Otherwise its instances are
 * known and go one by one: with `failedOnly` those items that failed.
 */
import type { TaskId } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import type { MapSpec } from '../model/map.ts';
import { type TaskRow, taskHasEnded } from '../model/task-instance.ts';
import type { Plan } from './plan.ts';

/** The tasks that were asked for, before it is known what follows from that. */
export interface Wanted {
  readonly tasks: readonly TaskId[];
  readonly downstream: boolean;
  readonly failedOnly: boolean;
}

export interface Again {
  readonly tasks: ReadonlySet<TaskId>;
  /** Maps whose lists are to be worked out anew. */
  readonly maps: ReadonlySet<string>;
  /** Whether the instance is run again. */
  has(row: TaskRow): boolean;
  /** Whether the instance stays as a row: of a map that is expanded anew only the first one. */
  keeps(row: TaskRow): boolean;
}

/** What `failedOnly` runs again: what did not succeed, and what succeeded and was undone. */
function brokenIn(rows: readonly TaskRow[]): (row: TaskRow) => boolean {
  const undone = new Set<string>();
  for (const { cause, status } of rows) {
    const isUndone = cause?.on === 'compensate' && status === 'success';
    if (isUndone) undone.add(`${cause.taskId} ${cause.mapIndex}`);
  }
  return ({ status, taskId, mapIndex }) =>
    status === 'failed' ||
    status === 'upstream_failed' ||
    status === 'cancelled' ||
    undone.has(`${taskId} ${mapIndex}`);
}

export function runAgain(plan: Plan, rows: readonly TaskRow[], wanted: Wanted): Again {
  const { spec } = plan;
  const broken = brokenIn(rows);
  const failed = new Set(rows.filter(broken).map(({ taskId }) => taskId));
  const roots = wanted.failedOnly ? wanted.tasks.filter((id) => failed.has(id)) : wanted.tasks;
  const tasks = new Set(wanted.downstream ? downstreamOf(plan, roots) : roots);
  const maps = new Set<string>();
  const reopenMap = ([id, map]: readonly [string, MapSpec]): void => {
    if (maps.has(id) || !isAnew(plan, map, { tasks, wholly: !wanted.failedOnly })) return;
    maps.add(id);
    for (const member of wanted.downstream ? downstreamOf(plan, map.members) : map.members) {
      tasks.add(member);
    }
  };
  // A map that is expanded anew may feed another one, so it is looked at until nothing changes.
  const all = Object.entries(spec.maps ?? {});
  for (let before = -1; before < maps.size; ) {
    before = maps.size;
    all.forEach(reopenMap);
  }
  const isRoot = new Set(roots);
  const items = failedItems(spec, rows.filter(broken), isRoot);
  const has = (row: TaskRow): boolean => {
    if (!tasks.has(row.taskId)) return false;
    const map = spec.tasks[row.taskId]?.map;
    if (map === undefined || maps.has(map) || !wanted.failedOnly) return true;
    return items.get(map)?.has(row.mapIndex) === true;
  };
  const keeps = ({ taskId, mapIndex }: TaskRow): boolean =>
    mapIndex === 0 || !maps.has(spec.tasks[taskId]?.map ?? '');
  return { tasks, maps, has, keeps };
}

function isAnew(
  plan: Plan,
  map: MapSpec,
  chosen: { readonly tasks: ReadonlySet<TaskId>; readonly wholly: boolean },
): boolean {
  if (chosen.wholly && map.members.every((id) => chosen.tasks.has(id))) return true;
  return [...upstreamOf(plan, map.dependsOn)].some((id) => chosen.tasks.has(id));
}

/** Of each map: the items in which one of the chosen tasks failed. */
function failedItems(
  spec: DagSpec,
  failed: readonly TaskRow[],
  isRoot: ReadonlySet<TaskId>,
): ReadonlyMap<string, ReadonlySet<number>> {
  const items = new Map<string, Set<number>>();
  for (const row of failed) {
    const map = spec.tasks[row.taskId]?.map;
    if (map === undefined || !isRoot.has(row.taskId)) continue;
    const known = items.get(map) ?? new Set();
    items.set(map, known.add(row.mapIndex));
  }
  return items;
}

/** `roots` and everything behind them, through maps too. */
export function downstreamOf(plan: Plan, roots: readonly TaskId[]): ReadonlySet<TaskId> {
  const reached = new Set<TaskId>(roots);
  for (const id of reached) for (const child of childrenOf(plan, id)) reached.add(child);
  return reached;
}

function* childrenOf({ spec, graph }: Plan, id: TaskId): Iterable<TaskId> {
  yield* graph.children.get(id) ?? [];
  for (const map of Object.values(spec.maps ?? {})) {
    if (map.dependsOn.includes(id)) yield* map.members;
  }
}

/** `tasks` and everything in front of them, through maps too. */
function upstreamOf(plan: Plan, tasks: readonly TaskId[]): ReadonlySet<TaskId> {
  const reached = new Set<TaskId>(tasks);
  for (const id of reached) {
    const map = plan.spec.maps?.[plan.spec.tasks[id]?.map ?? ''];
    for (const parent of plan.graph.parents.get(id) ?? []) reached.add(parent);
    for (const parent of map?.dependsOn ?? []) reached.add(parent);
  }
  return reached;
}

/** Instances under way that would see what they depend on change under them: `load[3]`. */
export function inTheWay(plan: Plan, rows: readonly TaskRow[], again: Again): readonly string[] {
  const { spec } = plan;
  const chosen = rows.filter((row) => taskHasEnded(row.status) && again.has(row));
  const behind = behindThem(plan, new Set(chosen.map(({ taskId }) => taskId)));
  const items = new Map<string, Set<number>>();
  for (const { taskId, mapIndex } of chosen) {
    const map = spec.tasks[taskId]?.map;
    if (map === undefined || again.maps.has(map)) continue;
    items.set(map, (items.get(map) ?? new Set()).add(mapIndex));
  }
  const blocks = ({ taskId, mapIndex, status }: TaskRow): boolean => {
    if (taskHasEnded(status) || status === 'pending') return false;
    const map = spec.tasks[taskId]?.map;
    if (map !== undefined && again.maps.has(map)) return true;
    // Items of a map flow on alone: those of others are not touched.
    const only = map === undefined ? undefined : items.get(map);
    return behind.has(taskId) && (only === undefined || only.has(mapIndex));
  };
  return rows.filter(blocks).map((row) => instanceText(spec, row));
}

/** Everything behind `tasks`, and of themselves what stands behind another of them. */
function behindThem(plan: Plan, tasks: ReadonlySet<TaskId>): ReadonlySet<TaskId> {
  const next: TaskId[] = [];
  for (const id of tasks) next.push(...childrenOf(plan, id));
  return downstreamOf(plan, next);
}

/** `load`, or `load[3]` of a mapped task. */
export const instanceText = (
  spec: DagSpec,
  { taskId, mapIndex }: Pick<TaskRow, 'taskId' | 'mapIndex'>,
): string => (spec.tasks[taskId]?.map === undefined ? taskId : `${taskId}[${mapIndex}]`);
