/** What a branch leaves aside in the graph of a run, given what it follows. Pure. */
import type { TaskId } from '../base/brand.ts';
import { type Followed, isFollowed } from './branch.ts';
import type { MapShape, RunShape, TaskShape } from './run-shape.ts';

/** Tasks and maps that are skipped whatever their trigger rule says. */
export interface Left {
  readonly tasks: ReadonlySet<TaskId>;
  readonly maps: ReadonlySet<string>;
}

/**
 * Direct children that are not followed and stand behind no followed one. A teardown is never left.
 */
export function leftBy(
  run: RunShape,
  branch: TaskShape,
  followed: Followed,
): Left & { readonly followsAny: boolean } {
  const followedTasks: TaskId[] = [];
  const tasks = new Set<TaskId>();
  for (const id of [...branch.innerChildren, ...branch.outerChildren]) {
    const child = run.tasks.get(id);
    if (child === undefined || child.teardown !== null) continue;
    if (isFollowed(followed, { id, spec: child.spec })) followedTasks.push(id);
    else tasks.add(id);
  }
  const maps = new Map<string, MapShape>();
  for (const map of run.mapsAfter.get(branch.taskId) ?? []) {
    const named = map.members.filter((id) =>
      isFollowed(followed, { id, spec: run.tasks.get(id)?.spec }),
    );
    if (named.length > 0) followedTasks.push(...named);
    else maps.set(map.mapId, map);
  }
  spare(run, { tasks, maps, followedTasks });
  return { tasks, maps: new Set(maps.keys()), followsAny: followedTasks.length > 0 };
}

/** Takes out what stands behind a followed child. Looks no further than the last one left. */
function spare(
  run: RunShape,
  {
    tasks,
    maps,
    followedTasks,
  }: {
    readonly tasks: Set<TaskId>;
    readonly maps: Map<string, MapShape>;
    readonly followedTasks: readonly TaskId[];
  },
): void {
  const mapOf = new Map<TaskId, string>();
  for (const { mapId, members } of maps.values()) for (const id of members) mapOf.set(id, mapId);
  let lastPlace = -1;
  for (const id of [...tasks, ...mapOf.keys()]) {
    lastPlace = Math.max(lastPlace, run.tasks.get(id)?.place ?? 0);
  }
  const reached = new Set<TaskId>(followedTasks);
  for (const id of reached) {
    for (const child of run.graph.children.get(id) ?? []) {
      if ((run.tasks.get(child)?.place ?? 0) > lastPlace) continue;
      reached.add(child);
      tasks.delete(child);
      const mapId = mapOf.get(child);
      if (mapId !== undefined) maps.delete(mapId);
    }
  }
}

/** Everything downstream, but for teardowns. Of a mapped branch: within its map. */
export function descendantsOf(run: RunShape, branch: TaskShape): Left {
  const tasks = new Set<TaskId>([branch.taskId]);
  const maps = new Set<string>();
  for (const id of tasks) {
    for (const child of run.graph.children.get(id) ?? []) {
      if (branch.mapId === null || run.tasks.get(child)?.mapId === branch.mapId) tasks.add(child);
    }
    for (const { mapId } of run.mapsAfter.get(id) ?? []) maps.add(mapId);
  }
  tasks.delete(branch.taskId);
  for (const id of tasks) if (run.tasks.get(id)?.teardown !== null) tasks.delete(id);
  return { tasks, maps };
}
