/** A person decides an approval. The first decision counts; a second one is refused. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import { outputBytesMax } from '../../model/output.ts';
import { resolveValues } from '../../model/params.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { taskHasEnded } from '../../model/task-instance.ts';
import { instanceAt } from '../instance.ts';
import { endApproval } from '../leader-tasks/approval.ts';
import type { Turn } from '../turn.ts';
import { noLiveRun } from './no-live-run.ts';

type DecideApproval = Extract<OperatorCommand, { readonly kind: 'decide-approval' }>;

/** Answers are kept as an output, which has its limit; the rest of it is short. */
const notesCharactersMax = 8 * 1024;

export function decideApproval(
  turn: Turn,
  command: DecideApproval,
  context: { readonly by: string; readonly ended: EndedRun | null },
): Result<CommandReply, Refusal> {
  const { namespace, runId, taskId, mapIndex, approved } = command;
  const live = turn.state.run(namespace, runId);
  if (live === undefined) return fail(noLiveRun(turn, command, context.ended));
  const where = `task ${taskId} of run ${runId}`;
  if (!Object.hasOwn(turn.board.planOf(live.run).spec.tasks, taskId)) {
    return fail(refusal('TASK_NOT_FOUND', `run ${runId} has no task ${taskId}`));
  }
  const instance = instanceAt(turn, live.run, { taskId, mapIndex });
  const { row, spec } = instance ?? {};
  const { action } = spec ?? {};
  if (instance === undefined || action?.kind !== 'approval') {
    return fail(refusal('APPROVAL_NOT_OPEN', `${where} is not an approval`));
  }
  if (row !== undefined && taskHasEnded(row.status)) {
    return fail(refusal('APPROVAL_DECIDED', `${where} has ended as ${row.status}`));
  }
  if (row?.status !== 'deferred' || row.waitsFor.kind !== 'approval') {
    return fail(refusal('APPROVAL_NOT_OPEN', `${where} does not wait for an approval yet`));
  }
  if (live.run.status !== 'running') {
    return fail(refusal('APPROVAL_NOT_OPEN', `run ${runId} is being cancelled`));
  }
  const values = approved ? resolveValues(action.fields, command.values) : ok({});
  if (!values.ok) return fail(refusal('PARAM_INVALID', values.error));
  const note = command.note.slice(0, notesCharactersMax);
  const decision = { approved, by: context.by, note, values: values.value };
  if (new TextEncoder().encode(JSON.stringify(decision)).length > outputBytesMax) {
    const detail = `the values are more than the ${outputBytesMax} bytes that an output may have`;
    return fail(refusal('PARAM_INVALID', detail));
  }
  endApproval(turn, instance, { action, decision });
  return ok({ kind: 'approval-decided', approved });
}
