/**
 * Tasks of a run are run again: the chosen instances go back to `pending` with their past kept, the
 * others stay as they ended. With marking by hand the only way out of a terminal status, and
 * recorded with who asked (T03).
 *
 * An ended run is taken up again. In a run that is alive only what has ended goes back, and only if
 * nothing behind it is under way: a task must not see its upstream change while it works.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import { runFact } from '../../model/fact.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { taskHasEnded } from '../../model/task-instance.ts';
import type { Plan } from '../plan.ts';
import { inTheWay, runAgain } from '../run-again.ts';
import { nextGeneration, queuedAgain, takeUpEnded, takeUpLive } from '../take-up.ts';
import type { Turn } from '../turn.ts';

type Rerun = Extract<Command, { readonly kind: 'rerun' }>;
type Answer = Result<CommandReply, Refusal>;

export function rerun(turn: Turn, command: Rerun, ended: EndedRun | null): Answer {
  const { namespace, runId } = command;
  const live = turn.state.run(namespace, runId);
  if (live !== undefined) return rerunLive(turn, command, live);
  if (ended === null) {
    return fail(refusal('RUN_NOT_FOUND', `there is no run ${runId} in namespace ${namespace}`));
  }
  const plan = turn.board.planOf(ended.run);
  const stranger = strangerIn(plan, command);
  if (stranger !== undefined) return fail(stranger);
  const again = runAgain(plan, ended.tasks, { ...command, tasks: namedTasks(plan, command) });
  if (again.tasks.size === 0) return fail(nothing(command));
  takeUpEnded(turn, plan, ended, { run: queuedAgain(ended.run), again });
  return ok({ kind: 'run-restarted', runId, tasks: [...again.tasks].sort() });
}

function rerunLive(turn: Turn, command: Rerun, live: LiveRun): Answer {
  const { run } = live;
  const { runId } = command;
  if (run.status !== 'running' || run.ending !== undefined) {
    const how = run.status === 'queued' ? 'has not begun' : 'is about to end';
    return fail(refusal('RUN_ACTIVE', `run ${runId} ${how}; it has nothing to run again now`));
  }
  const plan = turn.board.planOf(run);
  const stranger = strangerIn(plan, command);
  if (stranger !== undefined) return fail(stranger);
  const rows = [...live.tasks.values()];
  const ended = rows.filter((row) => taskHasEnded(row.status));
  const isWanted = new Set(ended.map(({ taskId }) => taskId));
  const tasks = namedTasks(plan, command).filter((id) => isWanted.has(id));
  const again = runAgain(plan, rows, { ...command, tasks });
  const chosen = ended.filter((row) => again.has(row));
  if (chosen.length === 0) {
    const detail = `run ${runId} has not ended, and nor has any task that was asked for`;
    return fail(refusal('RUN_ACTIVE', detail));
  }
  const blocking = inTheWay(plan, rows, again);
  if (blocking.length > 0) {
    const named = blocking.slice(0, 10).join(', ') + (blocking.length > 10 ? '…' : '');
    return fail(refusal('TASK_ACTIVE', `run ${runId} still works on what follows: ${named}`));
  }
  takeUpLive(turn, live, again);
  turn.emit(runFact(nextGeneration(run)));
  const names = new Set(chosen.map(({ taskId }) => taskId));
  return ok({ kind: 'run-restarted', runId, tasks: [...names].sort() });
}

const namedTasks = (plan: Plan, { tasks }: Rerun) => tasks ?? plan.graph.order;

function strangerIn(plan: Plan, { tasks, runId }: Rerun): Refusal | undefined {
  const known = new Set(plan.graph.order);
  const stranger = (tasks ?? []).find((id) => !known.has(id));
  if (stranger === undefined) return undefined;
  return refusal('TASK_NOT_FOUND', `run ${runId} has no task ${stranger}`);
}

function nothing({ runId, failedOnly }: Rerun): Refusal {
  const why = failedOnly ? 'none of those named has failed' : 'none of those named has ended';
  return refusal('NOTHING_TO_RERUN', `no task of run ${runId} fits: ${why}`);
}
