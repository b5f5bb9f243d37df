/**
 * An ended run is taken up again: the chosen tasks go back to `pending` with their past kept, the
 * others stay as they ended. The only way out of a terminal status, and recorded with who asked
 * (T03).
 */
import type { TaskId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import { outputFact, runFact, taskFact } from '../../model/fact.ts';
import { withDescendants } from '../../model/graph.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { RunRow } from '../../model/run.ts';
import type { Plan } from '../plan.ts';
import type { Turn } from '../turn.ts';

type Rerun = Extract<Command, { readonly kind: 'rerun' }>;

export function rerun(
  turn: Turn,
  command: Rerun,
  ended: EndedRun | null,
): Result<CommandReply, Refusal> {
  const { namespace, runId } = command;
  if (turn.state.run(namespace, runId) !== undefined) {
    return fail(refusal('RUN_ACTIVE', `run ${runId} has not ended; cancel it or wait for its end`));
  }
  if (ended === null) {
    return fail(refusal('RUN_NOT_FOUND', `there is no run ${runId} in namespace ${namespace}`));
  }
  const plan = turn.board.planOf(ended.run);
  const chosen = chooseTasks(plan, command, ended);
  if (!chosen.ok) return chosen;
  turn.emit(runFact(queuedAgain(ended.run)));
  for (const row of ended.tasks) {
    const { namespace: ns, taskId, mapIndex, attempts } = row;
    const base = { namespace: ns, runId, taskId, mapIndex, attempts };
    const isChosen = chosen.value.has(row.taskId);
    turn.emit(taskFact(isChosen ? { ...base, tries: 0, status: 'pending' } : row));
  }
  for (const row of ended.outputs) if (!chosen.value.has(row.taskId)) turn.emit(outputFact(row));
  const tasks = [...chosen.value].sort();
  return ok({ kind: 'run-restarted', runId, tasks });
}

function chooseTasks(
  plan: Plan,
  command: Rerun,
  ended: EndedRun,
): Result<ReadonlySet<TaskId>, Refusal> {
  const known = new Set(plan.graph.order);
  const stranger = (command.tasks ?? []).find((id) => !known.has(id));
  if (stranger !== undefined) {
    return fail(refusal('TASK_NOT_FOUND', `run ${command.runId} has no task ${stranger}`));
  }
  const failed = new Set<TaskId>();
  for (const { taskId, status } of ended.tasks) {
    if (status === 'failed' || status === 'upstream_failed' || status === 'cancelled') {
      failed.add(taskId);
    }
  }
  const named = command.tasks ?? plan.graph.order;
  const roots = command.failedOnly ? named.filter((id) => failed.has(id)) : named;
  const chosen = command.downstream ? withDescendants(plan.graph, roots) : new Set(roots);
  if (chosen.size > 0) return ok(chosen);
  const detail = `no task of run ${command.runId} fits: none of those named has failed`;
  return fail(refusal('NOTHING_TO_RERUN', detail));
}

function queuedAgain(run: RunRow): RunRow {
  const { namespace, runId, dagId, versionId, logicalDate, trigger } = run;
  const { params, priority, createdAt, createdBy } = run;
  const same = { namespace, runId, dagId, versionId, logicalDate, trigger };
  const kept = { params, priority, createdAt, createdBy };
  return { ...same, ...kept, generation: run.generation + 1, status: 'queued' };
}
