/**
 * A DAG is deleted: it and its schedule fire no more. Its versions stay, because ended runs are
 * drawn with them; its schedule row stays, so that no instant fires twice if the DAG comes back
 * (W13), and so do the keys of events that it knows. Backfills of it are over.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import { backfillFact, triggerFact } from '../../model/fact.ts';
import { dagKey } from '../../model/keys.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Turn } from '../turn.ts';

type DeleteDag = Extract<Command, { readonly kind: 'delete-dag' }>;

export function deleteDag(turn: Turn, command: DeleteDag): Result<CommandReply, Refusal> {
  const { namespace, dagId } = command;
  if (turn.state.dag(namespace, dagId) === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  for (const { run } of turn.state.runs()) {
    if (run.namespace === namespace && run.dagId === dagId) {
      return fail(refusal('RUN_ACTIVE', `run ${run.runId} of DAG ${dagId} has not ended`));
    }
  }
  turn.emit({ table: 'dag', key: dagKey(namespace, dagId), row: null });
  const trigger = turn.state.trigger(namespace, dagId);
  if (trigger !== undefined) turn.emit(triggerFact({ ...trigger, disabled: [], events: [] }));
  for (const row of [...turn.state.allNamed('backfill')]) {
    const isOpen = row.namespace === namespace && row.dagId === dagId && row.endedAt === null;
    if (isOpen) turn.emit(backfillFact({ ...row, status: 'cancelled', endedAt: turn.at }));
  }
  return ok({ kind: 'dag-deleted' });
}
