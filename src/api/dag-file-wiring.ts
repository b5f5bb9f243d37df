/**
 * The graph of a DAG file, with all that its tasks are to each other. It is read from the value as
 * it was written, so that its mistakes come together with those that the schema finds.
 */
import { type TaskId, taskId } from '../base/brand.ts';
import { buildGraph, type Graph } from '../model/graph.ts';
import { limits } from '../model/limits.ts';
import { Ancestors } from './dag-file-ancestors.ts';
import { type Edges, readEdges } from './dag-file-edges.ts';
import { type Outline, readOutline } from './dag-file-outline.ts';
import {
  type Compensations,
  readCompensations,
  readTeardowns,
  type Teardowns,
} from './dag-file-roles.ts';
import type { Remark } from './remark.ts';
import type { Path } from './source-document.ts';

export interface Wiring {
  readonly outline: Outline;
  readonly edges: Edges;
  readonly graph: Graph;
  readonly ancestors: Ancestors;
  readonly compensations: Compensations;
  readonly teardowns: Teardowns;
}

export interface ReadWiring {
  /** Undefined where there is no graph: it has a cycle, or too many tasks. */
  readonly wiring: Wiring | undefined;
  readonly remarks: readonly Remark[];
}

/** Dangling names, the numbers of the graph, its depth, and a cycle if there is one. */
export function readWiring(root: unknown): ReadWiring {
  const outline = readOutline(root);
  const count = [...outline.nodes.values()].filter(({ isGroup }) => !isGroup).length;
  const wrong = countRemark(count);
  if (wrong !== undefined) return { wiring: undefined, remarks: [...outline.remarks, wrong] };
  const compensations = readCompensations(outline);
  const edges = readEdges(outline, new Set(compensations.of.keys()));
  const tasks: Record<TaskId, { readonly dependsOn: readonly TaskId[] }> = {};
  for (const [id, dependsOn] of edges.parents) tasks[taskId(id)] = { dependsOn };
  const built = buildGraph(tasks);
  const remarks = [...outline.remarks, ...compensations.remarks, ...edges.remarks];
  if (!built.ok) {
    return { wiring: undefined, remarks: [...remarks, cycleRemark(outline, built.cycle)] };
  }
  const { graph } = built;
  const ancestors = new Ancestors(graph);
  const teardowns = readTeardowns(outline, edges, ancestors);
  const depth = depthRemark(graph.depth);
  return {
    wiring: { outline, edges, graph, ancestors, compensations, teardowns },
    remarks: [...remarks, ...teardowns.remarks, ...(depth === undefined ? [] : [depth])],
  };
}

const remark = (message: string): Remark => ({ code: 'DAG_INVALID', path: ['tasks'], message });

export function countRemark(count: number): Remark | undefined {
  if (count === 0) return remark('a DAG needs at least one task');
  if (count <= limits.tasksPerDag) return undefined;
  return remark(`${count} tasks, at most ${limits.tasksPerDag} are allowed in one DAG`);
}

function cycleRemark({ nodes }: Outline, cycle: readonly TaskId[]): Remark {
  const witness = cycle.join(' -> ');
  const message = `the tasks form a cycle: ${witness}; remove one of these dependencies`;
  const path: Path = [...(nodes.get(cycle[1] ?? '')?.path ?? ['tasks']), 'dependsOn'];
  return { code: 'DAG_CYCLE', path, message };
}

function depthRemark(depth: number): Remark | undefined {
  if (depth <= limits.depth) return undefined;
  return remark(`the longest chain has ${depth} tasks, at most ${limits.depth} are allowed`);
}
