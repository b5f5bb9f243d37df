/**
 * A canary: for a while some of a DAG's new runs take another version, by share or by number. It
 * ends when a person promotes a version, applies another one or ends it, and by itself when too
 * many of its runs fail.
 *
 * Schedules and triggers stay those of the DAG's own version: a canary is about what runs do, not
 * about when they start.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import { dagFact, versionFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { withoutCanary } from '../choose-version.ts';
import type { Turn } from '../turn.ts';
import { checkVersion } from './apply-dag.ts';

type StartCanary = Extract<OperatorCommand, { readonly kind: 'start-canary' }>;
type EndCanary = Extract<OperatorCommand, { readonly kind: 'end-canary' }>;

export function startCanary(
  turn: Turn,
  command: StartCanary,
  by: string,
): Result<CommandReply, Refusal> {
  const { namespace, dagId, versionId, spec, share, runs } = command;
  const dag = turn.state.dag(namespace, dagId);
  if (dag === undefined) return fail(noDag(command));
  if (dag.versionId === versionId) {
    const detail = `version ${versionId} is what all new runs of ${dagId} take already`;
    return fail(refusal('CANARY_INVALID', detail));
  }
  if ((share === null) === (runs === null)) {
    return fail(refusal('CANARY_INVALID', 'give a share or a number of runs, not both'));
  }
  if (turn.state.version(namespace, dagId, versionId) === undefined) {
    const refused = checkVersion(turn, command);
    if (refused !== undefined) return fail(refused);
    const created = { createdAt: turn.at, createdBy: by };
    turn.emit(versionFact({ namespace, dagId, versionId, spec, ...created }));
  }
  const { failureRateMax, runsMin } = command;
  const counts = { started: 0, succeeded: 0, failed: 0 };
  const canary = { versionId, share, runsLeft: runs, failureRateMax, runsMin, ...counts };
  turn.emit(dagFact({ ...dag, updatedAt: turn.at, canary }));
  return ok({ kind: 'canary-changed', running: true });
}

export function endCanary(turn: Turn, command: EndCanary): Result<CommandReply, Refusal> {
  const dag = turn.state.dag(command.namespace, command.dagId);
  if (dag === undefined) return fail(noDag(command));
  if (dag.canary === undefined) {
    return fail(refusal('CANARY_NOT_FOUND', `DAG ${command.dagId} has no canary`));
  }
  turn.emit(dagFact({ ...withoutCanary(dag), updatedAt: turn.at }));
  return ok({ kind: 'canary-changed', running: false });
}

const noDag = ({ namespace, dagId }: EndCanary | StartCanary): Refusal =>
  refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`);
