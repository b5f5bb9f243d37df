/**
 * Skein as it is, on a recorded workload: every workflow is a DAG whose tasks do nothing, all runs
 * are started at once, and an attempt ends when its recorded time has passed.
 *
 * `cold`: nothing is known of the tasks. `warm`: each workflow has run once before, so the leader
 * has learnt what its tasks take, as it does of every workflow that runs a second time.
 */

import { readDag } from '../../src/api/dag-file.ts';
import { assert, present } from '../../src/base/assert.ts';
import { type DagId, dagId, namespace, runId } from '../../src/base/brand.ts';
import type { DagSpec } from '../../src/model/dag.ts';
import type { WorkDag, Workload } from '../workload-file.ts';
import { type Cluster, demandOf, memoryBytesOf, msOf } from './load.ts';
import { VirtualLeader } from './virtual-leader.ts';

export interface SkeinRun {
  /** From the commands that started the runs to the last end of an attempt. */
  readonly makespanMs: number;
  readonly attempts: number;
  readonly turns: number;
}

const here = namespace('default');

export type Knowledge = 'cold' | 'warm';

export function runOnSkein({ dags }: Workload, cluster: Cluster, knowledge: Knowledge): SkeinRun {
  const times = new Map(
    dags.map(({ id, tasks }) => [id, new Map(tasks.map((task) => [task.id, msOf(task)]))]),
  );
  const msFor = (dag: string, task: string): number =>
    present(times.get(dag)?.get(task), 'a dispatch is of the workload');
  let [attempts, lastEndMs] = [0, 0];
  const virtual = new VirtualLeader({
    nodes: cluster.nodes,
    capacity: capacityOf(cluster),
    dispatched: (to, dispatches) => {
      for (const dispatch of dispatches) {
        attempts += 1;
        const ms = msFor(dispatch.dagId, dispatch.id.taskId);
        virtual.after(ms, () => {
          lastEndMs = virtual.nowMs;
          virtual.succeeded(to, dispatch, ms);
        });
      }
    },
  });
  for (const dag of dags) applyDag(virtual, dag.id, dagFile(dag, cluster));
  virtual.join();
  virtual.run();
  if (knowledge === 'warm') {
    for (const { id } of dags) startRun(virtual, dagId(id), `${id}.before`);
    virtual.run();
    attempts = 0;
  }
  const submittedMs = virtual.nowMs;
  const turnsBefore = virtual.turns;
  for (const { id, copies } of dags) {
    for (let copy = 1; copy <= copies; copy++) startRun(virtual, dagId(id), `${id}.${copy}`);
  }
  virtual.run();
  assert(virtual.state.count('run') === 0, 'every run has ended');
  return { makespanMs: lastEndMs - submittedMs, attempts, turns: virtual.turns - turnsBefore };
}

/** As a node says it that was given nothing but its cores and its memory. */
export const capacityOf = (cluster: Cluster) => ({
  cpu: cluster.coresPerNode * 1000,
  memory: memoryBytesOf(cluster),
  slots: 256,
});

/** Applies a definition by the door that people use; it must have no mistakes. */
export function applyDag(virtual: VirtualLeader, id: string, file: object): DagSpec {
  const names = { id, namespace: null, limits: null };
  const read = readDag({ text: JSON.stringify(file), format: 'json', ...names });
  assert(read.ok, `the definition of ${id} is good: ${JSON.stringify(read)}`);
  const { dagId: dag, versionId, spec } = read.value;
  virtual.ask({ kind: 'apply-dag', namespace: here, dagId: dag, versionId, spec });
  return spec;
}

export function startRun(virtual: VirtualLeader, dag: DagId, run: string): void {
  const named = { namespace: here, dagId: dag, runId: runId(run), logicalDate: null };
  virtual.ask({ kind: 'start-run', ...named, params: {}, priority: null });
}

/** The definition of a workflow, with the demands that `npm run workload` gives its tasks. */
function dagFile({ id, tasks }: WorkDag, cluster: Cluster): object {
  return {
    id,
    maxActiveRuns: 1_000,
    tasks: Object.fromEntries(
      tasks.map((task) => {
        const { cores, memoryBytes } = demandOf(task, cluster);
        const resources = { cpu: cores, memory: `${memoryBytes}` };
        return [task.id, { type: 'noop', dependsOn: task.parents, resources }];
      }),
    ),
  };
}
