/** How task rows follow from each other; shared by the decisions that end or begin attempts. */
import type { RunId, TaskId } from '../base/brand.ts';
import type { EndedAttempt, LiveAttempt } from '../model/attempt.ts';
import type { RunRow } from '../model/run.ts';
import { attemptsKept, type TaskRow } from '../model/task-instance.ts';

/** A task row whose attempt is under way. */
export type LiveTaskRow = Extract<TaskRow, { readonly attempt: LiveAttempt }>;

export const isLive = (row: TaskRow | undefined): row is LiveTaskRow =>
  row !== undefined && (row.status === 'queued' || row.status === 'running');

/** Whether the instance waits: it has no row, or was set back by a rerun. */
export const isWaiting = (row: TaskRow | undefined): boolean =>
  row === undefined || row.status === 'pending';

/** The part of a row that all its statuses share. */
export type TaskBase = Pick<
  TaskRow,
  | 'namespace'
  | 'runId'
  | 'taskId'
  | 'mapIndex'
  | 'attempts'
  | 'tries'
  | 'rounds'
  | 'looked'
  | 'cause'
  | 'slaMissed'
>;

/** `mapIndex` matters only where there is no row yet. */
export const taskBase = (
  run: Pick<RunRow, 'namespace'> & { readonly runId: RunId },
  taskId: TaskId,
  row: TaskRow | undefined,
  mapIndex = 0,
): TaskBase => ({
  namespace: run.namespace,
  runId: run.runId,
  taskId,
  mapIndex: row?.mapIndex ?? mapIndex,
  attempts: row?.attempts ?? [],
  tries: row?.tries ?? 0,
  ...pastOf(row),
});

/** What a row remembers besides its attempts, whatever becomes of it until a rerun. */
const pastOf = (row: TaskRow | undefined): Partial<TaskBase> => ({
  ...(row?.rounds !== undefined && { rounds: row.rounds }),
  ...(row?.looked !== undefined && { looked: row.looked }),
  ...(row?.cause !== undefined && { cause: row.cause }),
  ...(row?.slaMissed !== undefined && { slaMissed: row.slaMissed }),
});

/** What is recorded of an attempt's end. */
export type AttemptEnd = Pick<
  EndedAttempt,
  | 'outcome'
  | 'startedAt'
  | 'endedAt'
  | 'exitCode'
  | 'signal'
  | 'error'
  | 'errorClass'
  | 'usage'
  | 'artifacts'
>;

/** The row's common part once its attempt has ended; `counted` says whether it was a try (W08). */
export function withEndedAttempt(row: LiveTaskRow, end: AttemptEnd, counted: boolean): TaskBase {
  const { number, node, incarnation, token, assignedAt, chosen } = row.attempt;
  const ended: EndedAttempt = {
    number,
    node,
    incarnation,
    token,
    assignedAt,
    outcome: end.outcome,
    startedAt: end.startedAt,
    endedAt: end.endedAt,
    exitCode: end.exitCode,
    signal: end.signal,
    error: end.error,
    ...(end.errorClass !== undefined && { errorClass: end.errorClass }),
    ...(end.usage && { usage: end.usage }),
    ...(chosen && { chosen }),
    ...(end.artifacts && { artifacts: end.artifacts }),
  };
  return {
    namespace: row.namespace,
    runId: row.runId,
    taskId: row.taskId,
    mapIndex: row.mapIndex,
    attempts: [...row.attempts, ended].slice(-attemptsKept),
    tries: row.tries + (counted ? 1 : 0),
    ...pastOf(row),
  };
}
