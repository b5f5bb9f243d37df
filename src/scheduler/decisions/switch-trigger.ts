/** A person switches a trigger off or on; it outlives edits of the DAG (L086). */
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import { triggerFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { newTriggerRow, switchTrigger as switched } from '../../model/trigger.ts';
import { timesDoneUntil } from '../../model/trigger-time.ts';
import { dagWithVersion, triggerNamed } from '../triggers.ts';
import type { Turn } from '../turn.ts';

type SwitchTrigger = Extract<OperatorCommand, { readonly kind: 'switch-trigger' }>;

export function switchTrigger(
  turn: Turn,
  { namespace, dagId, trigger, enabled }: SwitchTrigger,
): Result<CommandReply, Refusal> {
  const whole = dagWithVersion(turn, { namespace, dagId });
  if (whole === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  const { dag, version } = whole;
  if (triggerNamed(version, trigger) === undefined) {
    return fail(refusal('TRIGGER_NOT_FOUND', `DAG ${dagId} has no trigger ${trigger}`));
  }
  const known = turn.state.trigger(namespace, dagId);
  const row = known ?? newTriggerRow(dag, timesDoneUntil(dag, version, undefined));
  const after = switched(row, trigger, enabled);
  if (after !== row) turn.emit(triggerFact(after));
  return ok({ kind: 'trigger-switched', enabled });
}
