/** A DAG is paused or unpaused: its schedules stop or go on; runs under way are not touched. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import { dagFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { Turn } from '../turn.ts';

type PauseDag = Extract<Command, { readonly kind: 'pause-dag' }>;

export function pauseDag(turn: Turn, command: PauseDag): Result<CommandReply, Refusal> {
  const { namespace, dagId, paused } = command;
  const dag = turn.state.dag(namespace, dagId);
  if (dag === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  if (dag.paused !== paused) turn.emit(dagFact({ ...dag, paused, updatedAt: turn.at }));
  return ok({ kind: 'dag-paused', paused });
}
