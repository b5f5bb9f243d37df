/**
 * New runs take another version that the DAG has had: a canary that proved itself, or an older one
 * (that is a roll-back). Runs under way keep theirs; a canary is over.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { missingCalendar } from '../../model/calendars.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import { dagFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { withoutCanary } from '../choose-version.ts';
import { crowdedSource } from '../crowded-source.ts';
import { triggersChanged } from '../triggers.ts';
import type { Turn } from '../turn.ts';

type PromoteVersion = Extract<OperatorCommand, { readonly kind: 'promote-version' }>;

export function promoteVersion(
  turn: Turn,
  { namespace, dagId, versionId }: PromoteVersion,
): Result<CommandReply, Refusal> {
  const dag = turn.state.dag(namespace, dagId);
  if (dag === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  const version = turn.state.version(namespace, dagId, versionId);
  if (version === undefined) {
    return fail(refusal('VERSION_NOT_FOUND', `DAG ${dagId} has no version ${versionId}`));
  }
  const calendar = missingCalendar(turn.state, namespace, version.spec);
  if (calendar !== undefined) {
    const detail = `calendar ${calendar} of version ${versionId} is not in namespace ${namespace}`;
    return fail(refusal('DAG_INVALID', detail));
  }
  const crowded = crowdedSource(turn, dag, version.spec);
  if (crowded !== undefined) return fail(crowded);
  if (dag.versionId !== versionId || dag.canary !== undefined) {
    triggersChanged(turn, dag, version.spec);
    turn.emit(dagFact({ ...withoutCanary(dag), versionId, updatedAt: turn.at }));
  }
  return ok({ kind: 'version-promoted', versionId });
}
