/** An attempt by the names in an address; the error says what of it there is not. */
import { type Problem, problemOf } from '../api/problems.ts';
import { taskId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type AttemptView, instanceRows, type RunRows, taskDetailView } from '../model/views.ts';

export function findAttempt(
  run: RunRows | undefined,
  params: {
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
    readonly attempt: string;
  },
): Result<AttemptView, Problem> {
  if (run === undefined) {
    const detail = `there is no run "${params.runId}" in this namespace`;
    return fail(problemOf('RUN_NOT_FOUND', detail));
  }
  const task = taskDetailView(instanceRows(run), taskId(params.taskId), params.mapIndex);
  if (task === undefined) {
    const detail = `run ${params.runId} has no task "${params.taskId}"`;
    return fail(problemOf('TASK_NOT_FOUND', detail));
  }
  const attempt =
    params.attempt === 'latest'
      ? task.attempts.at(-1)
      : task.attempts.find(({ attempt: number }) => number === Number(params.attempt));
  if (attempt !== undefined) return ok(attempt);
  const which = params.attempt === 'latest' ? 'no attempt yet' : `no attempt ${params.attempt}`;
  return fail(problemOf('ATTEMPT_NOT_FOUND', `task ${params.taskId} has ${which}`));
}
