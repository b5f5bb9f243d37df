/**
 * The time of a deferred task has come, or that of a retry. The deadline is compared with the row:
 * what has been dealt with since it was set is not dealt with again (W28). A new leader sets the
 * deadline of every such row once more, so none is missed.
 *
 * In a paused run nothing starts; what has been waited for ends all the same. Whoever resumes the
 * run sets the deadlines of its rows again.
 */
import { unreachable } from '../../base/assert.ts';
import type { RunId } from '../../base/brand.ts';
import { taskFact } from '../../model/fact.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { startTask } from '../begin.ts';
import type { Deadline } from '../deadlines.ts';
import { baseOf, failTask, type Instance, instanceAt, mayBegin, succeed } from '../instance.ts';
import { timeOutApproval } from '../leader-tasks/approval.ts';
import { timeOutAwait } from '../leader-tasks/await.ts';
import { waitedTooLong } from '../leader-tasks/subdag.ts';
import { gaveUp } from '../sensor.ts';
import type { Turn } from '../turn.ts';
import { stopRun } from './cancel-run.ts';

type TaskWake = Extract<Deadline, { readonly kind: 'task-wake' }>;
type Retry = Extract<Deadline, { readonly kind: 'retry' }>;
type Deferred = Extract<TaskRow, { readonly status: 'deferred' }>;

export function wakeTask(turn: Turn, deadline: TaskWake): void {
  const instance = instanceAt(turn, deadline, deadline);
  const row = instance?.row;
  if (instance === undefined || row?.status !== 'deferred') return;
  // Another wait has begun since this deadline was set: it has its own.
  if (row.until !== deadline.at || row.until > turn.at) return;
  wake(turn, instance, row);
}

function wake(turn: Turn, instance: Instance, { waitsFor }: Deferred): void {
  const { action } = instance.spec;
  switch (waitsFor.kind) {
    case 'time':
      if (waitsFor.goal === 'succeed') succeed(turn, instance);
      else startAgain(turn, instance);
      return;
    case 'look':
      if (waitsFor.giveUpAt !== null && waitsFor.giveUpAt <= turn.at) giveUp(turn, instance);
      else startAgain(turn, instance);
      return;
    case 'round':
      startAgain(turn, instance);
      return;
    case 'approval':
      if (action.kind === 'approval') timeOutApproval(turn, instance, action);
      return;
    case 'event':
      if (action.kind === 'await') timeOutAwait(turn, instance, action);
      return;
    case 'run':
      stopChild(turn, instance, waitsFor.runId);
      return;
    default:
      unreachable(waitsFor);
  }
}

/** The delay before a new attempt is over. */
export function retryTask(turn: Turn, deadline: Retry): void {
  const instance = instanceAt(turn, deadline, deadline);
  const row = instance?.row;
  if (instance === undefined || row?.status !== 'up_for_retry' || row.retryAt > turn.at) return;
  startAgain(turn, instance);
}

function startAgain(turn: Turn, instance: Instance): void {
  if (mayBegin(instance.live.run, instance.spec)) startTask(turn, instance);
}

function giveUp(turn: Turn, instance: Instance): void {
  const { sensor } = instance.spec;
  if (sensor === undefined) return;
  turn.emit(taskFact({ ...baseOf(instance), ...gaveUp(sensor), endedAt: turn.at }));
}

/** A child run takes too long: it is stopped, and its task ends as the run does. */
function stopChild(turn: Turn, instance: Instance, runId: RunId): void {
  const reason = waitedTooLong(instance);
  const child = turn.state.run(instance.live.run.namespace, runId);
  if (child === undefined) failTask(turn, instance, reason);
  else stopRun(turn, child, { becoming: 'failed', reason });
}
