/**
 * Attempts have ended. A result under an older token is refused and counted, and touches nothing
 * (W07); it is acked all the same, so that the executor forgets it. A retry and a failure are one
 * transition: nobody sees `failed` in between (T06).
 */

import { outputFact, taskFact } from '../../model/fact.ts';
import type { AttemptReport } from '../../model/protocol.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import type { Input } from '../input.ts';
import { taskSpec } from '../plan.ts';
import { hasRetryLeft, retryAt } from '../retry.ts';
import { isLive, type LiveTaskRow, withEndedAttempt } from '../task-rows.ts';
import type { Turn } from '../turn.ts';
import { loseAttempt } from './lose-attempt.ts';

type AttemptsEnded = Extract<Input, { readonly kind: 'attempts-ended' }>;

/** Returns how many of the reports were superseded. */
export function attemptsEnded(turn: Turn, { executor, reports }: AttemptsEnded): number {
  let superseded = 0;
  for (const report of reports) {
    const { namespace, runId, taskId, mapIndex } = report.id;
    const row = turn.state.task(namespace, runId, taskId, mapIndex);
    if (isLive(row) && row.attempt.token === report.id.token) endAttempt(turn, row, report);
    else superseded += 1;
  }
  turn.release({ kind: 'ack', to: executor, tokens: reports.map(({ id }) => id.token) });
  return superseded;
}

function endAttempt(turn: Turn, row: LiveTaskRow, report: AttemptReport): void {
  const run = turn.state.run(row.namespace, row.runId)?.run;
  if (run === undefined) return;
  if (report.outcome === 'cancelled' && !row.attempt.revoked) {
    // Nobody asked for it: the executor ended it because its lease had ended.
    loseAttempt(turn, row, report.error ?? 'the node could not renew its lease in time');
    return;
  }
  const next = nextRow(turn, row, report, run.status === 'cancelling');
  if (next.status === 'success' && report.output !== null) {
    const { namespace, runId, taskId, mapIndex } = row;
    const token = row.attempt.token;
    turn.emit(outputFact({ namespace, runId, taskId, mapIndex, token, json: report.output }));
  }
  turn.emit(taskFact(next));
}

function nextRow(
  turn: Turn,
  row: LiveTaskRow,
  report: AttemptReport,
  runIsCancelling: boolean,
): TaskRow {
  const endedAt = turn.at;
  switch (report.outcome) {
    case 'success':
      return { ...withEndedAttempt(row, report, true), status: 'success', endedAt };
    case 'skipped': {
      const reason = report.error ?? 'the task asked to be skipped';
      return { ...withEndedAttempt(row, report, true), status: 'skipped', endedAt, reason };
    }
    case 'cancelled': {
      const reason = 'cancelled while it ran';
      return { ...withEndedAttempt(row, report, false), status: 'cancelled', endedAt, reason };
    }
    case 'failed':
    case 'timed_out': {
      const base = withEndedAttempt(row, report, true);
      const reason = report.error ?? 'failed';
      if (runIsCancelling) return { ...base, status: 'cancelled', endedAt, reason };
      const spec = taskSpec(turn.board.planOf(runOf(turn, row)), row.taskId);
      if (!report.retryable || !hasRetryLeft(spec, base.tries)) {
        return { ...base, status: 'failed', endedAt, reason };
      }
      const seed = `${row.runId} ${row.taskId} ${row.attempt.number}`;
      const at = retryAt(spec, base.tries, seed, turn.at);
      return { ...base, status: 'up_for_retry', retryAt: at, reason };
    }
  }
}

function runOf(turn: Turn, row: LiveTaskRow) {
  const live = turn.state.run(row.namespace, row.runId);
  if (live === undefined) throw new Error(`run ${row.runId} of a live task is live`);
  return live.run;
}
