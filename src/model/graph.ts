/**
 * The graph of a DAG: order, cycle witness, parents, children. Pure; computed once per version.
 *
 * Both directions are explicit maps and every task is a key of both, also one without edges (T19).
 */
import type { TaskId } from '../base/brand.ts';

export interface Graph {
  /** Every task behind all that it depends on; ties in the order of the ids. */
  readonly order: readonly TaskId[];
  readonly parents: ReadonlyMap<TaskId, readonly TaskId[]>;
  readonly children: ReadonlyMap<TaskId, readonly TaskId[]>;
  /** Tasks on the longest chain. */
  readonly depth: number;
}

interface Dependent {
  readonly dependsOn: readonly TaskId[];
}

export type GraphResult =
  | { readonly ok: true; readonly graph: Graph }
  /** `cycle` begins and ends with the same task: a -> b -> a, each depending on the one before. */
  | { readonly ok: false; readonly cycle: readonly TaskId[] };

/**
 * Kahn's algorithm (Communications of the ACM 5(11), 1962), O(tasks + edges) but for the sorting of
 * ids. Every name in `dependsOn` must be a key of `tasks`.
 */
export function buildGraph(tasks: Readonly<Record<TaskId, Dependent>>): GraphResult {
  const ids = taskIds(tasks);
  const parents = new Map<TaskId, readonly TaskId[]>();
  const children = new Map<TaskId, TaskId[]>(ids.map((id) => [id, []]));
  const missing = new Map<TaskId, number>();
  for (const id of ids) {
    const dependsOn = tasks[id]?.dependsOn ?? [];
    parents.set(id, dependsOn);
    missing.set(id, dependsOn.length);
    for (const parent of dependsOn) children.get(parent)?.push(id);
  }
  const order: TaskId[] = ids.filter((id) => missing.get(id) === 0);
  const level = new Map<TaskId, number>(order.map((id) => [id, 1]));
  // The loop appends to what it walks over: the array is Kahn's queue.
  for (const id of order) {
    for (const child of children.get(id) ?? []) {
      const left = (missing.get(child) ?? 0) - 1;
      missing.set(child, left);
      level.set(child, Math.max(level.get(child) ?? 0, (level.get(id) ?? 0) + 1));
      if (left === 0) order.push(child);
    }
  }
  if (order.length < ids.length) {
    const stuck = ids.filter((id) => (missing.get(id) ?? 0) > 0);
    return { ok: false, cycle: cycleAmong(stuck, parents) };
  }
  let depth = 0;
  for (const value of level.values()) depth = Math.max(depth, value);
  return { ok: true, graph: { order, parents, children, depth } };
}

/** The ids of a record of tasks, sorted: the same on every machine. */
const taskIds = (tasks: Readonly<Record<TaskId, unknown>>): readonly TaskId[] =>
  Object.keys(tasks).filter(isTaskId).sort();

/** Keys of a record lose their brand in `Object.keys`; this gives it back without a cast. */
const isTaskId = (_key: string): _key is TaskId => true;

/**
 * Walks from any stuck task to a stuck parent until a task comes twice: every task that Kahn's
 * algorithm could not reach has at least one parent that it could not reach either.
 */
function cycleAmong(
  stuck: readonly TaskId[],
  parents: ReadonlyMap<TaskId, readonly TaskId[]>,
): readonly TaskId[] {
  const isStuck = new Set(stuck);
  const path: TaskId[] = [];
  const place = new Map<TaskId, number>();
  let at = stuck[0];
  while (at !== undefined && !place.has(at)) {
    place.set(at, path.length);
    path.push(at);
    at = (parents.get(at) ?? []).find((parent) => isStuck.has(parent));
  }
  if (at === undefined) return [];
  const cycle = path.slice(place.get(at));
  // The walk went upstream; people read cycles in the direction of the work.
  return [at, ...cycle.reverse()];
}

/** `roots` and everything downstream of them. */
export function withDescendants(graph: Graph, roots: readonly TaskId[]): ReadonlySet<TaskId> {
  const reached = new Set<TaskId>(roots);
  for (const id of reached) {
    for (const child of graph.children.get(id) ?? []) reached.add(child);
  }
  return reached;
}
