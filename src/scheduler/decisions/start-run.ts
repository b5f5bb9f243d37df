/**
 * A person or a program starts a run. The run's id is its key; a logical date is an attribute
 * (T10).
 */
import { type RunId, runId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import { runFact } from '../../model/fact.ts';
import { resolveParams } from '../../model/params.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { RunRow } from '../../model/run.ts';
import { countCanaryStart, versionFor } from '../choose-version.ts';
import { noRoomForRuns } from '../run-room.ts';
import type { Turn } from '../turn.ts';

type StartRun = Extract<Command, { readonly kind: 'start-run' }>;

export function startRun(
  turn: Turn,
  command: StartRun,
  context: { readonly by: string; readonly runHasEnded: boolean },
): Result<CommandReply, Refusal> {
  const { namespace, dagId } = command;
  const id: RunId = command.runId ?? runId(turn.generateId('manual'));
  const dag = turn.state.dag(namespace, dagId);
  const version = dag && versionFor(turn.state, dag, id);
  if (version === undefined) {
    return fail(refusal('DAG_NOT_FOUND', `there is no DAG ${dagId} in namespace ${namespace}`));
  }
  const params = resolveParams(version.spec, command.params);
  if (!params.ok) return params;
  const full = noRoomForRuns(turn, namespace);
  if (full !== undefined) return fail(full);
  const isTaken =
    context.runHasEnded ||
    turn.state.run(namespace, id) !== undefined ||
    turn.state.endedLately(namespace, id) !== undefined;
  if (isTaken) return fail(refusal('RUN_EXISTS', `there is a run ${id} already`));
  const run: RunRow = {
    namespace,
    runId: id,
    dagId,
    versionId: version.versionId,
    logicalDate: command.logicalDate,
    trigger: 'manual',
    params: params.value,
    priority: command.priority ?? version.spec.priority,
    createdAt: turn.at,
    createdBy: context.by,
    generation: 1,
    status: 'queued',
  };
  turn.emit(runFact(run));
  countCanaryStart(turn, run);
  return ok({ kind: 'run-started', runId: id });
}
