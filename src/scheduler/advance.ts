/**
 * Advance: what follows from what was just decided, within the same turn. Upstream failures and
 * skips reach every descendant (T01), runs whose tasks have all ended end themselves (T02), and
 * queued runs start where their DAG has room. Loops until nothing follows any more; the graph is
 * finite.
 */
import { present } from '../base/assert.ts';
import type { TaskId } from '../base/brand.ts';
import { runFact, taskFact } from '../model/fact.ts';
import type { RunRow } from '../model/run.ts';
import type { Verdict } from './board.ts';
import { isWaiting, taskBase } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** Call within a decision, at its end. */
export function advance(turn: Turn): void {
  const { board } = turn;
  for (;;) {
    const verdicts = board.takeVerdicts();
    const complete = board.takeCompleteRuns();
    const roomy = board.takeDagsWithRoom();
    if (verdicts.length + complete.length + roomy.length === 0) return;
    for (const verdict of verdicts) closeTask(turn, verdict);
    for (const run of complete) endRun(turn, run);
    for (const dagKey of roomy) startQueuedRuns(turn, dagKey);
  }
}

function closeTask(turn: Turn, { run, settled }: Verdict): void {
  const row = turn.state.task(run.namespace, run.runId, settled.taskId, 0);
  if (turn.state.run(run.namespace, run.runId) === undefined || !isWaiting(row)) return;
  const base = { ...taskBase(run, settled.taskId, row), endedAt: turn.at };
  if (settled.verdict === 'upstream_failed') {
    turn.emit(taskFact({ ...base, status: 'upstream_failed' }));
  } else {
    const reason = 'its trigger rule can no longer be met';
    turn.emit(taskFact({ ...base, status: 'skipped', reason }));
  }
}

/**
 * The leaves decide: a failure that a later task was there to handle does not fail the run (T02).
 */
function endRun(turn: Turn, { namespace, runId }: RunRow): void {
  const live = turn.state.run(namespace, runId);
  if (live === undefined) return;
  const { run } = live;
  const endedAt = turn.at;
  if (run.status === 'cancelling') {
    const { becoming, reason, startedAt } = run;
    turn.emit(runFact({ ...run, status: becoming, startedAt, endedAt, reason }));
    return;
  }
  if (run.status !== 'running') return;
  const { leaves } = turn.board.planOf(run);
  const failed = leaves.filter((id) => hasFailed(turn, run, id));
  if (failed.length === 0) {
    turn.emit(runFact({ ...run, status: 'success', endedAt }));
    return;
  }
  const named = failed.slice(0, 3).join(', ') + (failed.length > 3 ? '…' : '');
  turn.emit(runFact({ ...run, status: 'failed', endedAt, reason: `failed at its end: ${named}` }));
}

function hasFailed(turn: Turn, run: RunRow, id: TaskId): boolean {
  const row = turn.state.task(run.namespace, run.runId, id, 0);
  return row?.status === 'failed' || row?.status === 'upstream_failed';
}

function startQueuedRuns(turn: Turn, dagKey: string): void {
  const { board } = turn;
  // A run leaves the queue as it starts; the iteration does not mind.
  for (const run of board.queuedRuns(dagKey)) {
    const { activeRunsMax } = board.planOf(run).spec;
    if (board.runningRuns(run.namespace, run.dagId) >= activeRunsMax) return;
    const live = present(turn.state.run(run.namespace, run.runId), 'a queued run is live');
    turn.emit(runFact({ ...live.run, status: 'running', startedAt: turn.at }));
  }
}
