/**
 * A run is cancelled by a person, or because its time is up. What has not started will not; what
 * runs is revoked, and the run ends only when every process is known to be gone (W09).
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import { runFact, taskFact } from '../../model/fact.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { RunRow } from '../../model/run.ts';
import type { LiveRun } from '../../model/state.ts';
import { taskHasEnded } from '../../model/task-instance.ts';
import type { Deadline } from '../deadlines.ts';
import { isLive, taskBase } from '../task-rows.ts';
import type { Turn } from '../turn.ts';

type CancelRun = Extract<Command, { readonly kind: 'cancel-run' }>;
type RunTimeout = Extract<Deadline, { readonly kind: 'run-timeout' }>;

export function cancelRun(
  turn: Turn,
  { namespace, runId }: CancelRun,
  context: { readonly by: string; readonly runHasEnded: boolean },
): Result<CommandReply, Refusal> {
  const live = turn.state.run(namespace, runId);
  if (live === undefined) {
    const hasEnded = context.runHasEnded || turn.state.endedLately(namespace, runId) !== undefined;
    return fail(
      hasEnded
        ? refusal('RUN_ENDED', `run ${runId} has ended already`)
        : refusal('RUN_NOT_FOUND', `there is no run ${runId} in namespace ${namespace}`),
    );
  }
  if (live.run.status !== 'cancelling') {
    stopRun(turn, live, { becoming: 'cancelled', reason: `cancelled by ${context.by}` });
  }
  return ok({ kind: 'run-cancelling', runId });
}

export function timeOutRun(turn: Turn, { namespace, runId, at }: RunTimeout): void {
  const live = turn.state.run(namespace, runId);
  if (live?.run.status !== 'running') return;
  const timeoutMs = turn.board.planOf(live.run).spec.timeoutMs;
  // A rerun has begun since this deadline was set: it has a later one.
  if (timeoutMs === null || live.run.startedAt + timeoutMs > at) return;
  stopRun(turn, live, { becoming: 'failed', reason: `timed out after ${timeoutMs} ms` });
}

function stopRun(
  turn: Turn,
  live: LiveRun,
  end: { readonly becoming: 'cancelled' | 'failed'; readonly reason: string },
): void {
  const { run } = live;
  if (run.status === 'queued') {
    const ended = { status: 'cancelled', startedAt: null, endedAt: turn.at } as const;
    turn.emit(runFact({ ...run, ...ended, reason: end.reason }));
    return;
  }
  if (run.status !== 'running') return;
  turn.emit(runFact({ ...run, status: 'cancelling', ...end }));
  closeTasks(turn, run, live, end.reason);
}

function closeTasks(turn: Turn, run: RunRow, live: LiveRun, reason: string): void {
  const { graph } = turn.board.planOf(run);
  const rows = new Map([...live.tasks.values()].map((row) => [row.taskId, row]));
  for (const id of graph.order) {
    const row = rows.get(id);
    if (isLive(row)) {
      const attempt = { ...row.attempt, revoked: true };
      turn.emit(taskFact({ ...row, attempt }));
      const to = { node: attempt.node, incarnation: attempt.incarnation };
      const { namespace, runId, taskId, mapIndex } = row;
      const attemptId = { namespace, runId, taskId, mapIndex, token: attempt.token };
      turn.release({ kind: 'revoke', to, id: attemptId });
    } else if (row === undefined || !taskHasEnded(row.status)) {
      const base = taskBase(run, id, row);
      turn.emit(taskFact({ ...base, status: 'cancelled', endedAt: turn.at, reason }));
    }
  }
}
