/**
 * A living run is edited and goes on: other params, or another definition for what has not started.
 * The definition becomes a version that this run alone is bound to. What has begun is fixed: a task
 * with a row stays in the DAG with the same dependencies, and one that is under way stays as it is,
 * because its attempt holds what it was promised.
 */
import type { TaskId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import type { DagSpec, TaskSpec } from '../../model/dag.ts';
import { runFact, versionFact } from '../../model/fact.ts';
import { resolveParams } from '../../model/params.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { type TaskStatus, taskHasEnded } from '../../model/task-instance.ts';
import { isSameValue } from '../../model/version-diff.ts';
import { noteText, withNote } from '../notes.ts';
import type { OperatorContext } from '../operator-context.ts';
import { nextGeneration } from '../take-up.ts';
import type { Turn } from '../turn.ts';
import { checkVersion } from './apply-dag.ts';
import { noLiveRun } from './no-live-run.ts';

type EditRun = Extract<OperatorCommand, { readonly kind: 'edit-run' }>;

export function editRun(
  turn: Turn,
  command: EditRun,
  { by, ended }: OperatorContext,
): Result<CommandReply, Refusal> {
  const { namespace, runId, version, note } = command;
  const live = turn.state.run(namespace, runId);
  if (live === undefined) return fail(noLiveRun(turn, command, ended));
  const { run } = live;
  if (run.status === 'cancelling' || ('ending' in run && run.ending !== undefined)) {
    return fail(refusal('EDIT_REFUSED', `run ${runId} is about to end`));
  }
  const { dagId } = run;
  const before = turn.board.planOf(run).spec;
  const spec = version?.spec ?? before;
  const params = resolveParams(spec, command.params ?? paramsKept(spec, live));
  if (!params.ok) return params;
  const reasons = version === null ? [] : conflicts(live, before, spec);
  if (reasons.length > 0) {
    return fail(refusal('EDIT_REFUSED', `run ${runId}: ${reasons.slice(0, 5).join('; ')}`));
  }
  const versionId = version?.versionId ?? run.versionId;
  if (turn.state.version(namespace, dagId, versionId) === undefined) {
    const refused = checkVersion(turn, { namespace, dagId, spec });
    if (refused !== undefined) return fail(refused);
    const created = { createdAt: turn.at, createdBy: by };
    turn.emit(versionFact({ namespace, dagId, versionId, spec, ...created }));
  }
  const what = [
    ...(command.params === null ? [] : ['params']),
    ...(version === null ? [] : [`definition (version ${versionId.slice(0, 12)})`]),
  ];
  const edited = nextGeneration({ ...run, params: params.value, versionId });
  const text = `edited ${what.join(' and ') || 'nothing'}${noteText(note)}`;
  turn.emit(runFact(withNote(edited, turn, { by, text })));
  return ok({ kind: 'run-edited' });
}

/** What the new definition still declares of the params that the run has. */
const paramsKept = (spec: DagSpec, { run }: LiveRun): LiveRun['run']['params'] =>
  Object.fromEntries(
    Object.entries(run.params).filter(([name]) => Object.hasOwn(spec.params, name)),
  );

/** Sentences about what has begun and would be changed under way. */
function conflicts(live: LiveRun, before: DagSpec, after: DagSpec): readonly string[] {
  const reasons = new Set<string>();
  for (const { taskId, status } of live.tasks.values()) {
    const reason = conflictOf(taskId, status, before.tasks[taskId], after.tasks[taskId]);
    if (reason !== undefined) reasons.add(reason);
  }
  for (const { mapId } of live.expansions.values()) {
    const [old, fresh] = [before.maps?.[mapId], after.maps?.[mapId]];
    if (
      !isSameValue(old?.members, fresh?.members) ||
      !isSameValue(old?.spread, fresh?.spread) ||
      !isSameValue(old?.dependsOn, fresh?.dependsOn)
    ) {
      reasons.add(`the list of ${mapId} is known, so its members must stay`);
    }
  }
  return [...reasons];
}

function conflictOf(
  id: TaskId,
  status: TaskStatus,
  before: TaskSpec | undefined,
  after: TaskSpec | undefined,
): string | undefined {
  if (after === undefined) return `task ${id} has begun and must stay`;
  if (!isSameValue(before?.dependsOn, after.dependsOn)) {
    return `task ${id} has begun, so what it depends on must stay`;
  }
  if (before?.map !== after.map || !isSameValue(before?.role, after.role)) {
    return `task ${id} has begun, so its map and its role must stay`;
  }
  const isUnderWay = status !== 'pending' && !taskHasEnded(status);
  if (isUnderWay && !isSameValue(before, after))
    return `task ${id} is under way and must stay as it is`;
  return undefined;
}
