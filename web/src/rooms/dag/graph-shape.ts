/** The graph of a version: its tasks, what they depend on, and the groups that they stand in. */
import type { DagSpec } from '../../../../src/model/dag.ts';
import type { GraphEdge, GraphGroup, GraphNode } from '../../kit/graph/model.ts';

export interface GraphShape {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
}

/** A group is not to have the id of a task. */
export const groupNode = (path: string): string => `group:${path}`;

export function shapeOfSpec({ tasks, groups = [] }: Pick<DagSpec, 'tasks' | 'groups'>): GraphShape {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (const [id, { action, group, dependsOn, role }] of Object.entries(tasks)) {
    nodes.push({ id, kind: action.kind, group: group === undefined ? null : groupNode(group) });
    for (const from of dependsOn) edges.push({ from, to: id });
    if (role !== undefined && 'of' in role && role.of !== null) {
      edges.push({ from: role.of, to: id });
    }
  }
  return {
    nodes,
    edges,
    groups: groups.map((path) => {
      const dot = path.lastIndexOf('.');
      const parent = dot < 0 ? null : groupNode(path.slice(0, dot));
      return { id: groupNode(path), label: path.slice(dot + 1), parent };
    }),
  };
}
