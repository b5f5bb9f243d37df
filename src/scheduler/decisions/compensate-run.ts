/** A person has what succeeded in an ended run undone; the run ends again as it did. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { backfillRunTakenUp } from '../backfills.ts';
import type { OperatorContext } from '../operator-context.ts';
import { compensateEnded } from '../run-ending.ts';
import type { Turn } from '../turn.ts';

type CompensateRun = Extract<OperatorCommand, { readonly kind: 'compensate-run' }>;

export function compensateRun(
  turn: Turn,
  { namespace, runId }: CompensateRun,
  { ended }: OperatorContext,
): Result<CommandReply, Refusal> {
  if (turn.state.run(namespace, runId) !== undefined) {
    return fail(refusal('RUN_ACTIVE', `run ${runId} has not ended; cancel it or wait for its end`));
  }
  if (ended === null) {
    return fail(refusal('RUN_NOT_FOUND', `there is no run ${runId} in namespace ${namespace}`));
  }
  const tasks = compensateEnded(turn, ended);
  if (tasks.length === 0) {
    const detail = `nothing that succeeded in run ${runId} has a compensation that has not run`;
    return fail(refusal('NOTHING_TO_COMPENSATE', detail));
  }
  backfillRunTakenUp(turn, ended.run);
  return ok({ kind: 'run-compensating', tasks });
}
