/**
 * An attempt gives way: it is stopped although nothing is wrong with its task, which begins again
 * elsewhere. No try is used up by it, and hooks hear of no failure.
 *
 * The room that it takes stays taken until its executor has said that it is gone (W11).
 */
import { wallMs } from '../base/brand.ts';
import type { EndedAttempt, GivesWay } from '../model/attempt.ts';
import { taskFact } from '../model/fact.ts';
import type { AttemptReport } from '../model/protocol.ts';
import { instanceAt } from './instance.ts';
import { type LiveTaskRow, withEndedAttempt } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** After the first preemption in a row, and after many of them; in milliseconds. */
export const standBackMs = { first: 100, most: 60_000 } as const;

/**
 * Asks for the end of an attempt. Who was asked before is not asked again, and a task that must not
 * be begun twice is left alone: nobody knows how far it has come.
 */
export function giveWay(turn: Turn, row: LiveTaskRow, givesWay: GivesWay): void {
  const { attempt, namespace, runId, taskId, mapIndex } = row;
  const instance = instanceAt(turn, row, row);
  if (attempt.revoked || !instance?.spec.idempotent || !turn.canSay(3)) return;
  turn.emit(taskFact({ ...row, attempt: { ...attempt, revoked: true, givesWay } }));
  const id = { namespace, runId, taskId, mapIndex, token: attempt.token };
  turn.release({
    kind: 'revoke',
    to: { node: attempt.node, incarnation: attempt.incarnation },
    id,
  });
}

/**
 * True: the attempt had been asked to give way, and has; its task waits for room again. What a
 * former round of it has left stays, as it does behind a retry.
 */
export function hasGivenWay(turn: Turn, row: LiveTaskRow, report: AttemptReport): boolean {
  const { givesWay } = row.attempt;
  if (givesWay === undefined || report.outcome !== 'cancelled') return false;
  const { to, reason } = givesWay;
  const base = withEndedAttempt(row, { ...report, outcome: to, error: reason }, false);
  const waitMs = to === 'preempted' ? standsBackMs(row.attempts) : 0;
  const retryAt = wallMs(turn.at + waitMs);
  turn.emit(taskFact({ ...base, status: 'up_for_retry', retryAt, reason }));
  return true;
}

/**
 * What was preempted stands back for a moment, and twice as long each time in a row. The order of
 * the queue is not that of priorities: whoever is offered room first could otherwise take it from
 * whom it was made for, be preempted for him again, and so on for ever.
 */
function standsBackMs(past: readonly EndedAttempt[]): number {
  const inARow = past.length - 1 - past.findLastIndex(({ outcome }) => outcome !== 'preempted');
  return Math.min(standBackMs.most, standBackMs.first * 2 ** inARow);
}
