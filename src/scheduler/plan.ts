/**
 * A plan: what the scheduler works out once per DAG version and needs for every run of it. Derived,
 * never logged; kept while the version is in use.
 */
import { assert, present } from '../base/assert.ts';
import type { TaskId } from '../base/brand.ts';
import type { DagSpec, TaskSpec, VersionRow } from '../model/dag.ts';
import { buildGraph, type Graph } from '../model/graph.ts';

export interface Plan {
  readonly spec: DagSpec;
  readonly graph: Graph;
  /** Tasks on the longest chain from this one to an end, itself included. */
  readonly heights: ReadonlyMap<TaskId, number>;
  /** Tasks without children: they decide how the run ends (T02). */
  readonly leaves: readonly TaskId[];
}

export function makePlan(version: VersionRow): Plan {
  const built = buildGraph(version.spec.tasks);
  assert(built.ok, `version ${version.versionId} of ${version.dagId} has no cycle`);
  const { graph } = built;
  const heights = new Map<TaskId, number>();
  for (const id of graph.order.toReversed()) {
    let below = 0;
    for (const child of graph.children.get(id) ?? []) {
      below = Math.max(below, heights.get(child) ?? 0);
    }
    heights.set(id, below + 1);
  }
  const leaves = graph.order.filter((id) => (graph.children.get(id) ?? []).length === 0);
  return { spec: version.spec, graph, heights, leaves };
}

export const taskSpec = (plan: Plan, id: TaskId): TaskSpec =>
  present(plan.spec.tasks[id], `the version has task ${id}`);
