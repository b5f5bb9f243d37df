/**
 * A run is cancelled by a person, or because its time is up. What has not started will not; what
 * runs is revoked, and the run ends only when every process is known to be gone (W09).
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply } from '../../model/command.ts';
import { runFact, taskFact } from '../../model/fact.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { RunEnding, RunRow } from '../../model/run.ts';
import type { Instance } from '../../model/run-graph.ts';
import { type TaskRow, taskHasEnded } from '../../model/task-instance.ts';
import { finishRun } from '../after-run.ts';
import type { Deadline } from '../deadlines.ts';
import type { RunBoard } from '../run-board.ts';
import { isLive, type LiveTaskRow, taskBase } from '../task-rows.ts';
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
  // What comes behind the graph's end has no time-out of the run's.
  if (live?.run.status !== 'running' || live.run.ending !== undefined) return;
  const timeoutMs = turn.board.planOf(live.run).spec.timeoutMs;
  // A rerun has begun since this deadline was set: it has a later one.
  if (timeoutMs === null || live.run.startedAt + timeoutMs > at) return;
  stopRun(turn, live, { becoming: 'failed', reason: `timed out after ${timeoutMs} ms` });
}

/**
 * A run is stopped; one that is being stopped already goes on as it was. A pause is over then: what
 * cleans up behind the run could not begin, and the run would never end.
 */
export function stopRun(
  turn: Turn,
  live: LiveRun,
  end: { readonly becoming: 'cancelled' | 'failed'; readonly reason: string },
): void {
  const { run } = live;
  if (run.status === 'queued') {
    const ended = { status: 'cancelled', startedAt: null, endedAt: turn.at } as const;
    const { heldBy, isPaused, ...rest } = run;
    finishRun(turn, { ...rest, ...ended, reason: end.reason });
    return;
  }
  if (run.status !== 'running') return;
  const { ending, isPaused, ...rest } = run;
  if (ending === undefined) {
    turn.emit(runFact({ ...rest, status: 'cancelling', ...end }));
    closeSome(turn, run, turn.applied.length + closedAtOnceMax);
    return;
  }
  // How the work ended is decided; what is stopped are the compensations and hooks behind it.
  const becoming = ending.becoming === 'failed' ? 'failed' : 'cancelled';
  const reason = [ending.reason, end.reason].filter((text) => text !== null).join('; ');
  const stage = ending.stage === 'hooks' ? 'hooks' : 'stopped';
  const last: RunEnding = { becoming, reason, stage };
  turn.emit(runFact({ ...rest, status: 'cancelling', becoming, reason, ending: last }));
  for (const row of [...live.tasks.values()]) {
    if (row.cause !== undefined) close(turn, run, { ...row, reason });
  }
}

/** The first instances are closed in the decision that stops the run. */
const closedAtOnceMax = 250;

/**
 * Closes what has not begun and asks for the end of what runs, until the turn has `most` facts.
 * Teardowns are left to the graph, and hooks go on. True when nothing is left.
 */
export function closeSome(turn: Turn, { namespace, runId }: RunRow, most: number): boolean {
  const board = turn.board.runBoard({ namespace, runId });
  const run = turn.state.run(namespace, runId)?.run;
  if (board === undefined || run?.status !== 'cancelling') return true;
  while (turn.applied.length < most) {
    const next = board.closing.next();
    if (next.done === true) return true;
    if (!isLeftToGraph(board, next.value)) close(turn, run, { ...next.value, reason: run.reason });
  }
  return false;
}

/** Whether it may still have to tear something down; a map without items has set up nothing. */
function isLeftToGraph({ plan, graph }: RunBoard, { taskId }: Instance): boolean {
  const shape = plan.shape.tasks.get(taskId);
  if (shape?.teardown == null) return false;
  return shape.mapId === null || graph.phaseOf(shape.mapId) === 'open';
}

function close(
  turn: Turn,
  run: RunRow,
  { taskId, mapIndex, reason }: Instance & { readonly reason: string },
): void {
  const { namespace, runId } = run;
  const row = turn.state.task(namespace, runId, taskId, mapIndex);
  if (row !== undefined && taskHasEnded(row.status)) return;
  if (isLive(row)) {
    revoke(turn, row);
    return;
  }
  const child = row?.status === 'deferred' ? childOf(turn, run, row) : undefined;
  if (child !== undefined) {
    // The instance ends as its child does: nothing of a run that has ended is under way.
    stopRun(turn, child, {
      becoming: 'cancelled',
      reason: `run ${runId}, which waits for it: ${reason}`,
    });
    return;
  }
  const base = taskBase(run, taskId, row, mapIndex);
  turn.emit(taskFact({ ...base, status: 'cancelled', endedAt: turn.at, reason }));
}

function revoke(turn: Turn, row: LiveTaskRow): void {
  if (row.attempt.revoked) return;
  const attempt = { ...row.attempt, revoked: true };
  turn.emit(taskFact({ ...row, attempt }));
  const to = { node: attempt.node, incarnation: attempt.incarnation };
  const { namespace, runId, taskId, mapIndex } = row;
  const id = { namespace, runId, taskId, mapIndex, token: attempt.token };
  turn.release({ kind: 'revoke', to, id });
}

/** The living run that a deferred instance waits for. */
function childOf(
  turn: Turn,
  { namespace }: RunRow,
  { waitsFor }: Extract<TaskRow, { readonly status: 'deferred' }>,
): LiveRun | undefined {
  return waitsFor.kind === 'run' ? turn.state.run(namespace, waitsFor.runId) : undefined;
}
