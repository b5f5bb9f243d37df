/**
 * Hooks: tasks that are told what has happened, to a task or to the run. Instance k of a hook is
 * its k-th firing; its row is born `pending` in the decision that made it happen, with the cause.
 */
import { runFact, taskFact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import type { HookCause } from '../model/task-instance.ts';
import type { Happening } from './board-to-do.ts';
import { withNote } from './notes.ts';
import { type Hook, hooksOn } from './plan.ts';
import { taskBase } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** Firings of one hook in one run; it is noted in the run when there would be more. */
export const hookFiringsMax = 10_000;

/**
 * Fires the hooks of a task, or of the run where `cause.taskId` is null, that are told of what the
 * cause says. Call it once for each time that it happens; the run must have begun.
 */
export function fireHooks(turn: Turn, run: RunRow, cause: HookCause): void {
  const plan = turn.board.planOf(run);
  for (const hook of hooksOn(plan, cause.taskId, [cause.on])) fire(turn, run, hook, cause);
}

/** Something happened to an instance of a task with hooks: fires those that are told of it. */
export function tellHooks(turn: Turn, { run, row, moments }: Happening): void {
  const { taskId, mapIndex, status: state } = row;
  const reason = 'reason' in row ? row.reason : null;
  for (const hook of hooksOn(turn.board.planOf(run), taskId, moments)) {
    fire(turn, run, hook, { on: hook.on, taskId, mapIndex, state, reason });
  }
}

/** Gives a hook or a compensation its next instance. */
export function fire(
  turn: Turn,
  { namespace, runId }: Pick<RunRow, 'namespace' | 'runId'>,
  { taskId }: Pick<Hook, 'taskId'>,
  cause: HookCause,
): void {
  const run = turn.state.run(namespace, runId)?.run;
  const board = turn.board.runBoard({ namespace, runId });
  if (run === undefined || board === undefined) return;
  const mapIndex = board.firings(taskId);
  if (mapIndex < hookFiringsMax) {
    const base = taskBase(run, taskId, undefined, mapIndex);
    turn.emit(taskFact({ ...base, cause, status: 'pending' }));
    return;
  }
  const text = `${taskId} has run ${hookFiringsMax} times; it is not called any more`;
  if (run.notes?.some((note) => note.text === text)) return;
  turn.emit(runFact(withNote(run, turn, { by: 'scheduler', text })));
}
