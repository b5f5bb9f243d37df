/**
 * A load: the tasks of a recorded workflow (or of a campaign, all its workflows together) as they
 * are asked of one cluster. The list schedulers and the bound take it as it is here; Skein gets the
 * same demands as definitions of DAGs.
 */
import { assert, present } from '../../src/base/assert.ts';
import { nodeId } from '../../src/base/brand.ts';
import type { Resources } from '../../src/model/resources.ts';
import type { Workload, WorkTask } from '../workload-file.ts';
import type { Candidate } from './nomad.ts';

/** Nodes that are all alike. */
export interface Cluster {
  readonly nodes: number;
  readonly coresPerNode: number;
}

/** What a node has for each of its cores. The notes on the recorded workflows assume the same. */
const memoryBytesPerCore = 4 * 2 ** 30;

/** What a task asks for where its memory was not measured. */
export const memoryBytesDefault = 256 * 2 ** 20;

export const memoryBytesOf = ({ coresPerNode }: Cluster): number =>
  coresPerNode * memoryBytesPerCore;

export interface LoadTask {
  /** Places in the load. */
  readonly parents: readonly number[];
  readonly ms: number;
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface Load {
  readonly cluster: Cluster;
  /** In the order of submission: workflow by workflow, copy by copy, then as in the file. */
  readonly tasks: readonly LoadTask[];
  /** Tasks that ask for more than a node has; they get all of it. */
  readonly clamped: number;
  /** Tasks that ask for the default of memory. */
  readonly unmeasured: number;
}

export function loadOf({ dags }: Workload, cluster: Cluster): Load {
  const tasks: LoadTask[] = [];
  let clamped = 0;
  let unmeasured = 0;
  for (const dag of dags) {
    const places = new Map(dag.tasks.map(({ id }, place) => [id, place]));
    for (let copy = 0; copy < dag.copies; copy++) {
      const first = tasks.length;
      for (const task of dag.tasks) {
        const demand = demandOf(task, cluster);
        const parents = task.parents.map(
          (id) => first + present(places.get(id), `parent ${id} is in the workflow`),
        );
        tasks.push({ parents, ms: msOf(task), ...demand });
        if (task.memoryBytes === null) unmeasured += 1;
        if (demand.cores < task.cores || demand.memoryBytes < (task.memoryBytes ?? 0)) clamped += 1;
      }
    }
  }
  return { cluster, tasks, clamped, unmeasured };
}

/** What a task asks for; never more than a whole node. */
export function demandOf(
  { cores, memoryBytes }: Pick<WorkTask, 'cores' | 'memoryBytes'>,
  cluster: Cluster,
): { readonly cores: number; readonly memoryBytes: number } {
  const memory = Math.ceil(memoryBytes ?? memoryBytesDefault);
  return {
    cores: Math.min(cores, cluster.coresPerNode),
    memoryBytes: Math.min(memory, memoryBytesOf(cluster)),
  };
}

/** Virtual time counts whole milliseconds. */
export const msOf = ({ seconds }: Pick<WorkTask, 'seconds'>): number => Math.round(seconds * 1000);

/** The nodes of the cluster while nothing runs. */
export const emptyNodes = (cluster: Cluster, capacity: Resources): readonly Candidate[] =>
  Array.from({ length: cluster.nodes }, (_, place) => ({
    nodeId: nodeId(nameOf(place)),
    capacity,
    free: capacity,
  }));

/** Names are in the order of the nodes: the smaller one goes first where two are alike. */
export const nameOf = (place: number): string => `n${String(place + 1).padStart(4, '0')}`;

/** Children of each task, by place. */
export function childrenOf(tasks: readonly LoadTask[]): readonly (readonly number[])[] {
  const children: number[][] = tasks.map(() => []);
  tasks.forEach(({ parents }, place) => {
    for (const parent of parents) children[parent]?.push(place);
  });
  return children;
}

/** Places, parents before children (Kahn). */
export function inOrder(tasks: readonly LoadTask[]): readonly number[] {
  const children = childrenOf(tasks);
  const missing = tasks.map(({ parents }) => parents.length);
  const order = missing.flatMap((count, place) => (count === 0 ? [place] : []));
  for (let next = 0; next < order.length; next++) {
    for (const child of children[order[next] ?? 0] ?? []) {
      const left = (missing[child] ?? 0) - 1;
      missing[child] = left;
      if (left === 0) order.push(child);
    }
  }
  assert(order.length === tasks.length, 'a workflow has no cycle');
  return order;
}
