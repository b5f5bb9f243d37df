/**
 * A backfill is paused, resumed or cancelled. Its runs that are alive go on in any case, but those
 * of a cancelled one that have not begun never will.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import { backfillFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Turn } from '../turn.ts';
import { stopRun } from './cancel-run.ts';

type ChangeBackfill = Extract<OperatorCommand, { readonly kind: 'change-backfill' }>;

export function changeBackfill(
  turn: Turn,
  { namespace, backfillId, to }: ChangeBackfill,
  by: string,
): Result<CommandReply, Refusal> {
  const row = turn.state.named('backfill', namespace, backfillId);
  if (row === undefined) {
    const detail = `there is no backfill ${backfillId} in namespace ${namespace}`;
    return fail(refusal('BACKFILL_NOT_FOUND', detail));
  }
  if (row.status === to) return ok({ kind: 'backfill-changed', status: to });
  if (row.status === 'done' || row.status === 'cancelled') {
    return fail(refusal('BACKFILL_ENDED', `backfill ${backfillId} is ${row.status}`));
  }
  const endedAt = to === 'cancelled' ? turn.at : null;
  turn.emit(backfillFact({ ...row, status: to, endedAt }));
  if (to !== 'cancelled') return ok({ kind: 'backfill-changed', status: to });
  for (const live of [...turn.state.runs()]) {
    const { run } = live;
    const isIts = run.backfillId === backfillId && run.namespace === namespace;
    if (!isIts || run.status !== 'queued') continue;
    stopRun(turn, live, { becoming: 'cancelled', reason: `backfill cancelled by ${by}` });
  }
  return ok({ kind: 'backfill-changed', status: to });
}
