/** The graph of a run: its tasks, groups, and maps as groups of their instances. */
import type { DagSpec } from '../../../../src/model/dag.ts';
import { isOfGraph } from '../../../../src/model/run-shape.ts';
import type { RunDetailView } from '../../../../src/model/views/run.ts';
import type { GraphEdge, GraphGroup, GraphNode } from '../../kit/graph/model.ts';
import { instanceName } from './summary.ts';

export interface GraphShape {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
  /** Which tasks each group has, those of groups in it too. */
  readonly tasksOf: ReadonlyMap<string, readonly string[]>;
  /** Groups that are the instances of one task. */
  readonly mapped: ReadonlySet<string>;
}

/** Instances of a map that its open box shows. */
export const instancesShown = 60;
/** A graph with more tasks begins with its groups folded. */
const openTasksMax = 80;

/** Groups are called so, lest one has the name of a task. */
export const groupId = (path: string): string => `group:${path}`;

export function graphShape(spec: DagSpec, tasks: RunDetailView['tasks']): GraphShape {
  const instances = new Map<string, number[]>();
  for (const { taskId, mapIndex, map } of tasks) {
    const own = instances.get(taskId);
    if (own === undefined) instances.set(taskId, [mapIndex]);
    else if (map !== null) own.push(mapIndex);
  }
  const groups: GraphGroup[] = (spec.groups ?? []).map((path) => ({
    id: groupId(path),
    label: path.slice(path.lastIndexOf('.') + 1),
    parent: path.includes('.') ? groupId(path.slice(0, path.lastIndexOf('.'))) : null,
  }));
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const mapped = new Set<string>();
  const tasksOf = new Map<string, string[]>(groups.map(({ id }) => [id, []]));
  for (const [id, task] of Object.entries(spec.tasks)) {
    const { group, map, action, role } = task;
    if (!isOfGraph(task) && !instances.has(id)) continue;
    const parent = group === undefined ? null : groupId(group);
    for (const path of pathsOf(group)) tasksOf.get(groupId(path))?.push(id);
    for (const from of task.dependsOn) edges.push({ from, to: id });
    if (role !== undefined && role.kind !== 'teardown' && role.of !== null) {
      edges.push({ from: role.of, to: id });
    }
    const shown = (instances.get(id) ?? []).slice(0, instancesShown);
    if (map === undefined || shown.length < 2) {
      nodes.push({ id, kind: action.kind, group: parent });
      continue;
    }
    mapped.add(id);
    groups.push({ id, label: id, parent });
    for (const index of shown) {
      nodes.push({ id: instanceName(id, index, true), kind: action.kind, group: id });
    }
  }
  return { nodes, edges, groups, tasksOf, mapped };
}

/** `a.b` -> `a`, `a.b`. */
function pathsOf(group: string | undefined): readonly string[] {
  if (group === undefined) return [];
  const parts = group.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

/** Folded groups: maps, and all of a large graph, but for those that a reader has turned over. */
export function foldedGroups(
  { groups, nodes, mapped }: GraphShape,
  turned: ReadonlySet<string>,
): ReadonlySet<string> {
  const isLarge = nodes.length > openTasksMax;
  return new Set(
    groups
      .map(({ id }) => id)
      .filter((id) => (mapped.has(id) || isLarge ? !turned.has(id) : turned.has(id))),
  );
}

/** What a selected node is: `load[3]` is an instance, `load` a task, the others are groups. */
export function instanceOfNode(
  id: string,
  { mapped }: GraphShape,
): { readonly task: string; readonly map: number | null } | undefined {
  const open = id.lastIndexOf('[');
  if (id.endsWith(']') && open > 0 && mapped.has(id.slice(0, open))) {
    return { task: id.slice(0, open), map: Number(id.slice(open + 1, -1)) };
  }
  return id.startsWith('group:') ? undefined : { task: id, map: null };
}
