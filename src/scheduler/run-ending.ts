/**
 * How a run ends. The leaves decide (T02). Then what succeeded in a failed run is undone, newest
 * first and one after the other; then the hooks of the run are told; then comes its final row. The
 * stage stands in the run's row (`ending`), so a new leader goes on where the last one was.
 */
import type { TaskId } from '../base/brand.ts';
import type { EndedRun } from '../model/ended-run.ts';
import { expansionFact, outputFact, runFact, taskFact } from '../model/fact.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { RunEnding, RunRow } from '../model/run.ts';
import { finishRun } from './after-run.ts';
import { stillToUndo } from './compensation.ts';
import { fire } from './hooks.ts';
import { type Hook, hooksOn, type Plan } from './plan.ts';
import { queuedAgain } from './take-up.ts';
import type { Turn } from './turn.ts';

type Outcome = Omit<RunEnding, 'stage'>;
type OpenRun = Extract<RunRow, { readonly status: 'running' | 'cancelling' }>;

/** Everything of the run that was begun has ended: goes on to its next stage, or to its end. */
export function endRun(turn: Turn, { namespace, runId }: RunRow): void {
  const live = turn.state.run(namespace, runId);
  if (live === undefined || turn.board.runBoard(live.run)?.isComplete !== true) return;
  const { run } = live;
  if (run.status !== 'running' && run.status !== 'cancelling') return;
  const { ending } = run;
  if (ending === undefined) beginEnding(turn, live, run);
  else if (ending.stage === 'compensate') undoNext(turn, live, run, ending);
  else if (ending.stage === 'stopped') tellRunHooks(turn, live, run, ending);
  else finish(turn, live, run, ending);
}

function beginEnding(turn: Turn, live: LiveRun, run: OpenRun): void {
  const outcome = outcomeOf(turn, run);
  const isToUndo = outcome.becoming === 'failed' && nextToUndo(turn, run) !== undefined;
  if (isToUndo) undoNext(turn, live, run, outcome);
  else tellRunHooks(turn, live, run, outcome);
}

/**
 * The leaves decide: a failure that a later task was there to handle does not fail the run (T02).
 */
function outcomeOf(turn: Turn, run: OpenRun): Outcome {
  if (run.status === 'cancelling') return { becoming: run.becoming, reason: run.reason };
  const failed = turn.board.runBoard(run)?.graph.failures() ?? [];
  if (failed.length === 0) return { becoming: 'success', reason: null };
  return { becoming: 'failed', reason: `failed at its end: ${named(failed)}` };
}

const named = (ids: readonly TaskId[]): string =>
  ids.slice(0, 3).join(', ') + (ids.length > 3 ? '…' : '');

/** Begins the next compensation; behind the last one come the hooks. */
function undoNext(turn: Turn, live: LiveRun, run: OpenRun, { becoming, reason }: Outcome): void {
  const next = nextToUndo(turn, run);
  const board = turn.board.runBoard(run);
  if (next === undefined || board === undefined) {
    tellRunHooks(turn, live, run, { becoming, reason });
    return;
  }
  if (run.ending === undefined) {
    turn.emit(runFact({ ...run, ending: { becoming, reason, stage: 'compensate' } }));
  }
  board.toUndo().shift();
  const { compensation, taskId, mapIndex } = next;
  const cause = { on: 'compensate', taskId, mapIndex, state: 'success', reason: null } as const;
  fire(turn, run, { taskId: compensation }, cause);
}

function nextToUndo(turn: Turn, run: OpenRun) {
  const board = turn.board.runBoard(run);
  const next = board?.toUndo()[0];
  const compensation = next && board?.plan.compensations.get(next.taskId);
  return next && compensation && { ...next, compensation };
}

function tellRunHooks(turn: Turn, live: LiveRun, run: OpenRun, outcome: Outcome): void {
  const { becoming, reason } = outcome;
  const hooks = hooksAtEnd(turn.board.planOf(run), live, becoming);
  if (hooks.length === 0) {
    finish(turn, live, run, outcome);
    return;
  }
  turn.emit(runFact({ ...run, ending: { becoming, reason, stage: 'hooks' } }));
  const cause = { taskId: null, mapIndex: 0, state: becoming, reason };
  for (const hook of hooks) fire(turn, run, hook, { on: hook.on, ...cause });
}

/** Hooks of the run that were not told of its end in this life of it. */
function hooksAtEnd(plan: Plan, { tasks }: LiveRun, becoming: Outcome['becoming']) {
  const moments: Record<Outcome['becoming'], readonly Hook['on'][]> = {
    success: ['success', 'exit'],
    failed: ['failure', 'exit'],
    cancelled: ['exit'],
  };
  const hooks = hooksOn(plan, null, moments[becoming]);
  if (hooks.length === 0) return [];
  const told = new Set<TaskId>();
  for (const { taskId, cause } of tasks.values()) {
    if (cause?.taskId === null && cause.on !== 'sla') told.add(taskId);
  }
  return hooks.filter(({ taskId }) => !told.has(taskId));
}

function finish(turn: Turn, live: LiveRun, run: OpenRun, { becoming, reason }: Outcome): void {
  const { ending, isPaused, heldBy, ...rest } = run;
  const { startedAt } = run;
  const endedAt = turn.at;
  if (becoming === 'success') {
    finishRun(turn, { ...rest, status: 'success', startedAt, endedAt });
    return;
  }
  const notUndone = failedToUndo(turn.board.planOf(run), live);
  const why = [reason ?? becoming];
  if (notUndone.length > 0) why.push(`compensation failed: ${named(notUndone)}`);
  finishRun(turn, { ...rest, status: becoming, startedAt, endedAt, reason: why.join('; ') });
}

/** Tasks that could not be undone in any try. */
function failedToUndo(plan: Plan, { tasks }: LiveRun): readonly TaskId[] {
  if (plan.compensations.size === 0) return [];
  const failed = new Map<string, TaskId>();
  const undone = new Set<string>();
  for (const { cause, status } of tasks.values()) {
    if (cause?.on !== 'compensate' || cause.taskId === null) continue;
    const instance = `${cause.taskId} ${cause.mapIndex}`;
    if (status === 'success' || status === 'skipped') undone.add(instance);
    else failed.set(instance, cause.taskId);
  }
  for (const instance of undone) failed.delete(instance);
  return [...new Set(failed.values())].sort();
}

/**
 * Somebody asks for the compensations of an ended run: it lives again, for that alone, and ends as
 * it did. Its hooks are not told again; compensations that failed are tried once more. Returns the
 * tasks that are to be undone; where there are none, nothing has happened.
 */
export function compensateEnded(turn: Turn, ended: EndedRun): readonly TaskId[] {
  const { run } = ended;
  const left = stillToUndo(turn.board.planOf(run), ended.tasks, turn.at);
  if (left.length === 0) return [];
  const again = queuedAgain(run);
  turn.emit(runFact(again));
  for (const row of ended.expansions ?? []) turn.emit(expansionFact(row));
  for (const row of ended.tasks) turn.emit(taskFact(row));
  for (const row of ended.outputs) turn.emit(outputFact(row));
  const reason = 'reason' in run ? run.reason : null;
  const becoming = run.status === 'success' || run.status === 'failed' ? run.status : 'cancelled';
  const ending: RunEnding = { becoming, reason, stage: 'compensate' };
  const running = { ...again, status: 'running', startedAt: turn.at, ending } as const;
  turn.emit(runFact(running));
  if (becoming === 'cancelled') {
    const stopped = { status: 'cancelling', becoming, reason: reason ?? 'cancelled' } as const;
    turn.emit(runFact({ ...running, ...stopped }));
  }
  return [...new Set(left.map(({ taskId }) => taskId))].sort();
}
