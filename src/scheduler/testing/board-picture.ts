/**
 * What a Board says, in a form that can be compared (B1). Entries that are no longer true are left
 * out, because whoever takes them does so too. The Board is as it was afterwards.
 */
import { wallMs } from '../../base/brand.ts';
import { nextDue } from '../../model/schedule.ts';
import type { ReadonlyState } from '../../model/state.ts';
import type { Board } from '../board.ts';
import type { Deadline } from '../deadlines.ts';
import { taskSpec } from '../plan.ts';
import type { ReadyTask } from '../ready.ts';

export interface BoardPicture {
  readonly loads: readonly string[];
  readonly attempts: readonly string[];
  readonly running: readonly string[];
  readonly queued: readonly string[];
  /** Ready tasks, and retries that are due or will be. */
  readonly waiting: readonly string[];
  readonly deadlines: readonly string[];
  readonly toDo: readonly number[];
}

export function pictureOf(board: Board, state: ReadonlyState): BoardPicture {
  const nodeIds = [...state.nodes()].map(({ nodeId }) => nodeId);
  const dagKeys = [...state.dags()].map(({ namespace, dagId }) => ({ namespace, dagId }));
  const deadlines = deadlinesOf(board).filter((deadline) => isTrue(deadline, state));
  const retries = deadlines.filter(({ kind }) => kind === 'retry');
  const loads = nodeIds.flatMap((id) =>
    Object.entries(board.load(id))
      .filter(([, amount]) => amount !== 0)
      .map(([name, amount]) => `${id} ${name} ${amount}`),
  );
  return {
    loads: loads.sort(),
    attempts: nodeIds.flatMap((id) => [...board.attemptsOn(id).values()].map(text)).sort(),
    running: dagKeys.map((dag) => `${dag.dagId} ${board.runningRuns(dag.namespace, dag.dagId)}`),
    queued: dagKeys.flatMap((dag) =>
      [...board.queuedRuns(`${dag.namespace}/${dag.dagId}`)].map(({ runId }) => runId),
    ),
    waiting: unique([...readyOf(board, state), ...retries.map(taskText)]),
    deadlines: unique(deadlines.filter(({ kind }) => kind !== 'retry').map(text)),
    toDo: [board.takeVerdicts().length, board.takeCompleteRuns().length],
  };
}

const text = (value: unknown): string => JSON.stringify(value);

const taskText = (of: object): string =>
  'taskId' in of && 'runId' in of ? `${of.runId} ${of.taskId}` : '';

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();

function readyOf(board: Board, state: ReadonlyState): readonly string[] {
  const all: ReadyTask[] = [];
  board.ready.pass((task) => {
    all.push(task);
    return 'placed';
  });
  const isReady = (task: ReadyTask): boolean => {
    const run = state.run(task.namespace, task.runId)?.run;
    if (run?.status !== 'running' || run.generation !== task.generation) return false;
    const row = state.task(task.namespace, task.runId, task.taskId, task.mapIndex);
    return row === undefined || row.status === 'pending' || row.status === 'up_for_retry';
  };
  const ready = all.filter(isReady);
  for (const task of ready) {
    const run = state.run(task.namespace, task.runId)?.run;
    if (run !== undefined) board.ready.push(task, taskSpec(board.planOf(run), task.taskId));
  }
  return ready.map(taskText);
}

function deadlinesOf(board: Board): readonly Deadline[] {
  const all: Deadline[] = [];
  for (;;) {
    const next = board.deadlines.takeDue(wallMs(Number.MAX_SAFE_INTEGER));
    if (next === undefined) break;
    all.push(next);
  }
  for (const deadline of all) board.deadlines.add(deadline);
  return all;
}

function isTrue(deadline: Deadline, state: ReadonlyState): boolean {
  switch (deadline.kind) {
    case 'retry': {
      const { namespace, runId, taskId, mapIndex, at } = deadline;
      const row = state.task(namespace, runId, taskId, mapIndex);
      return row?.status === 'up_for_retry' && row.retryAt === at;
    }
    case 'run-timeout': {
      const run = state.run(deadline.namespace, deadline.runId)?.run;
      if (run?.status !== 'running') return false;
      const version = state.version(run.namespace, run.dagId, run.versionId);
      return run.startedAt + (version?.spec.timeoutMs ?? 0) === deadline.at;
    }
    case 'schedule': {
      const dag = state.dag(deadline.namespace, deadline.dagId);
      const version = dag && state.version(dag.namespace, dag.dagId, dag.versionId);
      const row = state.schedule(deadline.namespace, deadline.dagId);
      if (dag === undefined || dag.paused || row === undefined || version === undefined)
        return false;
      return nextDue(version.spec, row) === deadline.at;
    }
    case 'forget':
      return state.request(deadline.requestId)?.expiresAt === deadline.at;
  }
}
