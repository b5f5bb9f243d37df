/**
 * The task instances that nothing holds up but room: their upstream tasks let them run, and they
 * have no gate, no condition, no time to wait for. Found in the log by an oracle; of those that it
 * would have to guess about, it is silent.
 */
import type { DagSpec, TaskSpec } from '../../../src/model/dag.ts';
import { taskKey } from '../../../src/model/keys.ts';
import type { LiveRun } from '../../../src/model/readonly-state.ts';
import type { RunRow } from '../../../src/model/run.ts';
import type { Chronicle } from '../chronicle.ts';
import { GraphOracle } from './graph-oracle.ts';
import { rowsOfLive } from './live-rows.ts';

export interface ReadyTask {
  /** Of the task instance. */
  readonly key: string;
  readonly run: RunRow;
  readonly dag: DagSpec;
  readonly task: TaskSpec;
}

const onNodes: ReadonlySet<string> = new Set(['shell', 'noop', 'file']);

export function* readyTasks({
  state,
  lastAt = 0,
}: Pick<Chronicle, 'state'> & { lastAt?: number | undefined }): Iterable<ReadyTask> {
  for (const live of state.runs()) {
    const { run } = live;
    const dag = state.version(run.namespace, run.dagId, run.versionId)?.spec;
    const { cpu, memory, gpu, runningTasks } = state.namespace(run.namespace)?.quota ?? {};
    const isLimited = (cpu ?? memory ?? gpu ?? runningTasks) !== undefined;
    if (dag === undefined || isLimited || dag.maxConcurrency !== undefined) continue;
    if (run.status === 'running' && !run.isPaused && run.ending === undefined) {
      yield* readyOf(live, dag, lastAt);
    }
  }
}

function* readyOf(live: LiveRun, dag: DagSpec, now: number): Iterable<ReadyTask> {
  const { run, tasks } = live;
  const oracle = new GraphOracle(dag, rowsOfLive(live));
  for (const id of oracle.tasks) {
    const task = oracle.task(id);
    if (!isFree(task)) continue;
    const key = taskKey(run.namespace, run.runId, id, 0);
    const row = tasks.get(key);
    const waits = row === undefined || row.status === 'pending';
    const isDue = row?.status === 'up_for_retry' && row.retryAt <= now;
    const mayRun = (): boolean => !oracle.isChosenLater(id) && oracle.judge(id, 0) === 'run';
    if (isDue || (waits && mayRun())) yield { key, run, dag, task };
  }
}

const isFree = (task: TaskSpec): boolean =>
  onNodes.has(task.action.kind) &&
  task.role === undefined &&
  task.map === undefined &&
  task.condition === undefined &&
  task.delayMs === undefined &&
  task.sensor === undefined &&
  (task.pool ?? task.concurrency ?? task.rate ?? task.maxConcurrency) === undefined &&
  task.affinity?.apart === undefined;
