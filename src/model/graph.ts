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
  const all = new Map<TaskId, Dependent>();
  for (const [id, task] of Object.entries(tasks)) if (isTaskId(id)) all.set(id, task);
  return graphOf(all);
}

/** A task while its graph is built. Its links spare a look-up for each edge. */
interface Vertex {
  readonly id: TaskId;
  readonly childIds: TaskId[];
  readonly children: Vertex[];
  /** Parents that are not in the order yet. */
  missing: number;
  /** Tasks on the longest chain to this one. */
  level: number;
}

/** The same of a map. */
export function graphOf(tasks: ReadonlyMap<TaskId, Dependent>): GraphResult {
  const vertices = verticesOf(tasks);
  const parents = new Map<TaskId, readonly TaskId[]>();
  const children = new Map<TaskId, readonly TaskId[]>();
  const queue: Vertex[] = [];
  for (const vertex of vertices.values()) {
    parents.set(vertex.id, tasks.get(vertex.id)?.dependsOn ?? []);
    children.set(vertex.id, vertex.childIds);
    if (vertex.missing === 0) queue.push(vertex);
  }
  let depth = 0;
  // The loop appends to what it walks over: the array is Kahn's queue.
  for (const { level, children: next } of queue) {
    depth = Math.max(depth, level);
    for (const child of next) {
      child.missing -= 1;
      child.level = Math.max(child.level, level + 1);
      if (child.missing === 0) queue.push(child);
    }
  }
  if (queue.length < vertices.size) {
    const stuck = [...vertices.values()].filter(({ missing }) => missing > 0);
    return {
      ok: false,
      cycle: cycleAmong(
        stuck.map(({ id }) => id),
        parents,
      ),
    };
  }
  return { ok: true, graph: { order: queue.map(({ id }) => id), parents, children, depth } };
}

/** In the order of the ids: the same on every machine. */
function verticesOf(tasks: ReadonlyMap<TaskId, Dependent>): ReadonlyMap<TaskId, Vertex> {
  const vertices = new Map<TaskId, Vertex>();
  for (const id of [...tasks.keys()].sort()) {
    vertices.set(id, { id, childIds: [], children: [], missing: 0, level: 1 });
  }
  for (const vertex of vertices.values()) {
    const { dependsOn } = tasks.get(vertex.id) ?? { dependsOn: [] };
    vertex.missing = dependsOn.length;
    for (const id of dependsOn) {
      const parent = vertices.get(id);
      parent?.children.push(vertex);
      parent?.childIds.push(vertex.id);
    }
  }
  return vertices;
}

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
