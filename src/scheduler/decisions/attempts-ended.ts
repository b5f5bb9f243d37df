/**
 * Attempts have ended. A result under an older token is refused and counted, and touches nothing
 * (W07); it is acked all the same, so that the executor forgets it.
 */

import { taskFact } from '../../model/fact.ts';
import type { AttemptReport } from '../../model/protocol.ts';
import { hasGivenWay } from '../give-way.ts';
import type { Input } from '../input.ts';
import { instanceAt } from '../instance.ts';
import { endedByMark } from '../marks.ts';
import { isLive, type LiveTaskRow, withEndedAttempt } from '../task-rows.ts';
import type { Turn } from '../turn.ts';
import { afterFailure } from './after-failure.ts';
import { afterSuccess } from './after-success.ts';
import type { Ending } from './ending.ts';
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
  const instance = instanceAt(turn, row, row);
  if (instance === undefined) return;
  if (report.outcome === 'cancelled' && !row.attempt.revoked) {
    // Nobody asked for it: the executor ended it because its lease had ended.
    loseAttempt(turn, row, report.error ?? 'the node could not renew its lease in time');
    return;
  }
  if (endedByMark(turn, row, report)) return;
  const { live, spec } = instance;
  const isStopping = live.run.status === 'cancelling' && spec.role === undefined;
  if (!isStopping && hasGivenWay(turn, row, report)) return;
  endAs(turn, { instance, row, report, isStopping });
}

function endAs(turn: Turn, ending: Ending): void {
  const { row, report } = ending;
  const endedAt = turn.at;
  switch (report.outcome) {
    case 'success':
      afterSuccess(turn, ending);
      return;
    case 'skipped': {
      const reason = report.error ?? 'the task asked to be skipped';
      const base = withEndedAttempt(row, report, true);
      turn.emit(taskFact({ ...base, status: 'skipped', endedAt, reason }));
      return;
    }
    case 'cancelled': {
      const reason = 'cancelled while it ran';
      const base = withEndedAttempt(row, report, false);
      turn.emit(taskFact({ ...base, status: 'cancelled', endedAt, reason }));
      return;
    }
    case 'failed':
    case 'timed_out':
      afterFailure(turn, ending);
      return;
  }
}
