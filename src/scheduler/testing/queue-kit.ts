/** Ready tasks and passes over them, for tests of the queue. */
import { dagId, runId, taskId } from '../../base/brand.ts';
import type { DagSpec, TaskSpec } from '../../model/dag.ts';
import type { Sharing } from '../offers.ts';
import type { ReadyTask, Wish } from '../shapes.ts';
import { here, spec, start } from './rows.ts';

export const ready = (name: string, differs: Partial<ReadyTask> = {}): ReadyTask => ({
  namespace: here,
  dagId: dagId('d'),
  runId: runId('r1'),
  taskId: taskId(name),
  mapIndex: 0,
  generation: 1,
  priority: 0,
  runCreatedAt: start,
  ownMs: 1,
  toEndMs: differs.height ?? 1,
  height: 1,
  ...differs,
});

const plainDag = spec({});

export const wish = (task: TaskSpec, dag: Partial<DagSpec> = {}): Wish => ({
  task,
  dag: Object.keys(dag).length === 0 ? plainDag : { ...plainDag, ...dag },
});

/** Nobody has anything yet. */
export const sharing = (differs: Partial<Sharing> = {}): Sharing => ({
  fairShare: 'namespaces',
  classAgeingMs: 3_600_000,
  now: start,
  shareOf: () => 0,
  ...differs,
});
