/**
 * An attempt is lost: its node fell silent and its lease has certainly ended, or its executor was
 * restarted. It is never taken for failed while it may still run (T18).
 */
import { present } from '../../base/assert.ts';
import { taskFact } from '../../model/fact.ts';
import { endedByMark } from '../marks.ts';
import { dropOutput } from '../outputs.ts';
import { taskSpec } from '../plan.ts';
import { lostInARow, lostRepeatsMax } from '../retry.ts';
import { isGone, pinOf } from '../spread.ts';
import { type LiveTaskRow, withEndedAttempt } from '../task-rows.ts';
import type { Turn } from '../turn.ts';

export function loseAttempt(turn: Turn, row: LiveTaskRow, reason: string): void {
  const live = present(turn.state.run(row.namespace, row.runId), 'the run of a live task');
  const { run } = live;
  const plan = turn.board.planOf(run);
  const spec = taskSpec(plan, row.taskId);
  const pin = pinOf(plan.spec, live, row);
  const endedAt = turn.at;
  const startedAt = row.status === 'running' ? row.startedAt : null;
  const nothing = { exitCode: null, signal: null };
  const end = { outcome: 'lost', startedAt, endedAt, ...nothing, error: reason } as const;
  if (endedByMark(turn, row, end)) return;
  const base = withEndedAttempt(row, end, false);
  // What cleans up behind a run that is being cancelled goes on.
  if (run.status === 'cancelling' && spec.role === undefined) {
    turn.emit(taskFact({ ...base, status: 'cancelled', endedAt, reason }));
  } else if (!spec.idempotent) {
    const why = `${reason}; the task is not idempotent, so a person must say whether to rerun it`;
    dropOutput(turn, row);
    turn.emit(taskFact({ ...base, status: 'failed', endedAt, reason: why }));
  } else if (pin !== undefined && isGone(turn.state, pin)) {
    const why = `lost with the node that it is pinned to: ${reason}`;
    dropOutput(turn, row);
    turn.emit(taskFact({ ...base, status: 'failed', endedAt, reason: why }));
  } else if (lostInARow(base.attempts) > lostRepeatsMax) {
    const why = `lost with its node ${lostRepeatsMax + 1} times in a row; last: ${reason}`;
    dropOutput(turn, row);
    turn.emit(taskFact({ ...base, status: 'failed', endedAt, reason: why }));
  } else {
    turn.emit(taskFact({ ...base, status: 'up_for_retry', retryAt: turn.at, reason }));
  }
}
