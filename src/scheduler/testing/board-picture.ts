/**
 * What a Board says, in a form that can be compared (B1). Entries that are no longer true are left
 * out, because whoever takes them does so too. The Board is as it was afterwards.
 */
import { wallMs } from '../../base/brand.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import type { RunRow } from '../../model/run.ts';
import { nextDue } from '../../model/schedule.ts';
import { type TaskStatus, taskHasEnded } from '../../model/task-instance.ts';
import type { Board } from '../board.ts';
import type { Beginning } from '../board-to-do.ts';
import type { Deadline } from '../deadlines.ts';
import { mayBegin } from '../instance.ts';
import { taskSpec } from '../plan.ts';
import type { ReadyTask } from '../shapes.ts';
import { sharing } from './queue-kit.ts';

export interface BoardPicture {
  readonly loads: readonly string[];
  readonly attempts: readonly string[];
  /** Slots of pools and keys in use. */
  readonly gates: readonly string[];
  readonly running: readonly string[];
  readonly queued: readonly string[];
  /** Ready tasks, and those whose delay is over or will be. */
  readonly waiting: readonly string[];
  readonly deadlines: readonly string[];
  /**
   * How much of each kind is left to follow up. Whether a DAG has room, and whether a run that is
   * being cancelled has anything left to close, is looked at more often than it must be.
   */
  readonly toDo: readonly number[];
}

export function pictureOf(board: Board, state: ReadonlyState): BoardPicture {
  const nodeIds = [...state.nodes()].map(({ nodeId }) => nodeId);
  const dagKeys = [...state.dags()].map(({ namespace, dagId }) => ({ namespace, dagId }));
  const deadlines = deadlinesOf(board).filter((deadline) => isTrue(deadline, state));
  const isDelay = ({ kind }: Deadline): boolean => kind === 'retry' || kind === 'task-wake';
  const loads = nodeIds.flatMap((id) =>
    Object.entries(board.load(id))
      .filter(([, amount]) => amount !== 0)
      .map(([name, amount]) => `${id} ${name} ${amount}`),
  );
  return {
    loads: loads.sort(),
    attempts: nodeIds.flatMap((id) => [...board.attemptsOn(id).values()].map(text)).sort(),
    gates: board.gates.picture(),
    running: dagKeys.map((dag) => `${dag.dagId} ${board.runs.running(dag.namespace, dag.dagId)}`),
    queued: dagKeys.flatMap((dag) =>
      inTies([...board.runs.queued(`${dag.namespace}/${dag.dagId}`)]).map(({ runId }) => runId),
    ),
    waiting: unique([
      ...readyOf(board, state),
      ...beginningsOf(board).map(taskText),
      ...deadlines.filter(isDelay).map(taskText),
    ]),
    deadlines: unique(deadlines.filter((deadline) => !isDelay(deadline)).map(text)),
    toDo: toDoOf(board),
  };
}

/** Runs of one millisecond stand in any order: a new leader takes that of their ids. */
function inTies(runs: readonly RunRow[]): readonly RunRow[] {
  const ages = [...new Set(runs.map(({ createdAt }) => createdAt))];
  return ages.flatMap((age) =>
    runs
      .filter(({ createdAt }) => createdAt === age)
      .toSorted((left, right) => (left.runId < right.runId ? -1 : 1)),
  );
}

function toDoOf({ toDo }: Board): readonly number[] {
  const { happenings, verdicts, expansions, completeRuns } = toDo;
  return [happenings, verdicts, expansions, completeRuns].map(({ size }) => size);
}

/** A new leader begins again what has begun and found no room: that is as good as ready. */
function beginningsOf({ toDo: { beginnings } }: Board): readonly object[] {
  const all: Beginning[] = [];
  for (let next = beginnings.take(); next !== undefined; next = beginnings.take()) all.push(next);
  for (const each of all) beginnings.add(each);
  return all.map(({ run, place }) => ({ runId: run.runId, ...place }));
}

const text = (value: unknown): string => JSON.stringify(value);

const taskText = (of: object): string =>
  'taskId' in of && 'runId' in of && 'mapIndex' in of
    ? `${of.runId} ${of.taskId} ${of.mapIndex}`
    : '';

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();

function readyOf(board: Board, state: ReadonlyState): readonly string[] {
  const all: ReadyTask[] = [];
  board.ready.takeUp(() => false);
  board.ready.pass({
    sharing: sharing(),
    hasRoom: () => true,
    isOpen: () => true,
    keysOf: (task) => {
      all.push(task);
      return null;
    },
    take: (task) => {
      all.push(task);
      return 'placed';
    },
  });
  const isReady = (task: ReadyTask): boolean => {
    const run = state.run(task.namespace, task.runId)?.run;
    if (run === undefined || run.generation !== task.generation) return false;
    if (!mayBegin(run, taskSpec(board.planOf(run), task.taskId))) return false;
    const row = state.task(task.namespace, task.runId, task.taskId, task.mapIndex);
    const waiting: readonly TaskStatus[] = ['pending', 'up_for_retry', 'deferred'];
    return row === undefined || waiting.includes(row.status);
  };
  const ready = all.filter(isReady);
  for (const task of ready) {
    const run = state.run(task.namespace, task.runId)?.run;
    if (run === undefined) continue;
    const { spec } = board.planOf(run);
    board.ready.push(task, { task: taskSpec(board.planOf(run), task.taskId), dag: spec });
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
      if (run?.status !== 'running' || run.ending !== undefined) return false;
      const version = state.version(run.namespace, run.dagId, run.versionId);
      return run.startedAt + (version?.spec.timeoutMs ?? 0) === deadline.at;
    }
    case 'task-wake': {
      const { namespace, runId, taskId, mapIndex, at } = deadline;
      const row = state.task(namespace, runId, taskId, mapIndex);
      return row?.status === 'deferred' && row.until === at;
    }
    case 'look-back': {
      const { namespace, runId, taskId, mapIndex } = deadline;
      const row = state.task(namespace, runId, taskId, mapIndex);
      return (
        row?.status === 'deferred' &&
        row.waitsFor.kind === 'event' &&
        row.waitsFor.looksBack === true
      );
    }
    case 'sla':
      return isSlaOpen(deadline, state);
    case 'schedule': {
      const dag = state.dag(deadline.namespace, deadline.dagId);
      const version = dag && state.version(dag.namespace, dag.dagId, dag.versionId);
      const row = state.schedule(deadline.namespace, deadline.dagId);
      if (dag === undefined || dag.paused || row === undefined || version === undefined)
        return false;
      return nextDue(version.spec, row) === deadline.at;
    }
    // A rate is looked at early, and then again; how often does not matter.
    case 'rate':
    // Nor does it how often the triggers of a DAG are looked at, or when what is left over goes on.
    case 'trigger':
    case 'backfill':
    // A pool is looked at again and again.
    case 'scale':
    case 'go-on':
      return false;
    case 'drain':
      return state.node(deadline.node)?.drain?.until === deadline.at;
    case 'forget':
      return state.request(deadline.requestId)?.expiresAt === deadline.at;
  }
}

/** One that was missed, and one whose task has ended, are of no account any more. */
function isSlaOpen(
  { namespace, runId, taskId, at }: Extract<Deadline, { readonly kind: 'sla' }>,
  state: ReadonlyState,
): boolean {
  const live = state.run(namespace, runId);
  if (live?.run.status !== 'running' || live.run.ending !== undefined) return false;
  const { run, tasks } = live;
  const spec = state.version(namespace, run.dagId, run.versionId)?.spec;
  if (taskId === null) return run.slaMissed !== true && run.startedAt + (spec?.slaMs ?? 0) === at;
  const rows = [...tasks.values()].filter((row) => row.taskId === taskId);
  if (rows.some((row) => row.slaMissed === true)) return false;
  if (rows.length > 0 && rows.every((row) => taskHasEnded(row.status))) return false;
  return run.startedAt + (spec?.tasks[taskId]?.slaMs ?? 0) === at;
}
