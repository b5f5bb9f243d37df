/**
 * A person says how task instances end, with a note. What only waits ends at once. What runs is
 * stopped first, if that was asked for, and ends as it was marked when its process is gone. What
 * has ended another way goes back to `pending` and then ends as it was marked; what was closed
 * behind it without ever running waits again and is judged anew. So a run that failed goes on
 * behind a task that was mended by hand.
 */
import type { TaskId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { CommandReply, OperatorCommand } from '../../model/command.ts';
import type { EndedRun } from '../../model/ended-run.ts';
import { runFact, taskFact } from '../../model/fact.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { RunRow } from '../../model/run.ts';
import { type MarkedEnd, type TaskRow, taskHasEnded } from '../../model/task-instance.ts';
import { endAsMarked } from '../marks.ts';
import { noteText, withNote } from '../notes.ts';
import type { OperatorContext } from '../operator-context.ts';
import type { Plan } from '../plan.ts';
import { type Again, downstreamOf, instanceText, inTheWay } from '../run-again.ts';
import { nextGeneration, queuedAgain, takeUpEnded, takeUpLive } from '../take-up.ts';
import { isLive, type LiveTaskRow, taskBase } from '../task-rows.ts';
import type { Turn } from '../turn.ts';
import { stopRun } from './cancel-run.ts';

type MarkTasks = Extract<OperatorCommand, { readonly kind: 'mark-tasks' }>;
type Answer = Result<CommandReply, Refusal>;

/** One instance that is marked, and its row as it is, if there is one. */
interface Marked {
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly row: TaskRow | undefined;
}

/** Rows and maps of a run, wherever they are. */
interface Rows {
  readonly plan: Plan;
  readonly run: RunRow;
  readonly rows: readonly TaskRow[];
  readonly sizeOf: (mapId: string) => number | undefined;
}

export function markTasks(turn: Turn, command: MarkTasks, context: OperatorContext): Answer {
  const { namespace, runId } = command;
  const live = turn.state.run(namespace, runId);
  const past = live ?? context.ended;
  if (past === null) {
    return fail(refusal('RUN_NOT_FOUND', `there is no run ${runId} in namespace ${namespace}`));
  }
  const { run } = past;
  const expansions = [...(past.expansions?.values() ?? [])];
  const all: Rows = {
    ...{ run, plan: turn.board.planOf(run), rows: [...past.tasks.values()] },
    sizeOf: (mapId) => expansions.find((row) => row.mapId === mapId)?.size,
  };
  const chosen = instancesOf(all, command);
  if (!chosen.ok) return chosen;
  const names = [...new Set(chosen.value.map(({ taskId }) => taskId))];
  const shown = chosen.value.slice(0, 5).map((each) => instanceText(all.plan.spec, each));
  const text =
    `marked ${shown.join(', ')}${chosen.value.length > 5 ? '…' : ''} as ${command.as}` +
    noteText(command.note);
  const mark: Mark = { turn, all, end: endOf(command, context.by), note: { by: context.by, text } };
  const refused =
    live === undefined && context.ended !== null
      ? markEnded(mark, chosen.value, context.ended)
      : markLive(mark, chosen.value, command.force);
  return refused === undefined ? ok({ kind: 'tasks-marked', tasks: names }) : fail(refused);
}

interface Mark {
  readonly turn: Turn;
  readonly all: Rows;
  readonly end: MarkedEnd;
  readonly note: { readonly by: string; readonly text: string };
}

const endOf = ({ as, note }: MarkTasks, by: string): MarkedEnd => ({ as, by, note });

/** The instances that are named; what cannot be told apart yet is refused. */
function instancesOf(all: Rows, command: MarkTasks): Result<readonly Marked[], Refusal> {
  const { spec, graph } = all.plan;
  const known = new Set(graph.order);
  const rowAt = new Map(all.rows.map((row) => [`${row.taskId} ${row.mapIndex}`, row]));
  const chosen: Marked[] = [];
  for (const taskId of command.tasks) {
    if (!known.has(taskId)) {
      return fail(refusal('TASK_NOT_FOUND', `run ${command.runId} has no task ${taskId}`));
    }
    const map = spec.tasks[taskId]?.map;
    const size = map === undefined ? 1 : Math.max(1, all.sizeOf(map) ?? 0);
    const isKnown = map === undefined || all.sizeOf(map) !== undefined || rowAt.has(`${taskId} 0`);
    if (!isKnown || (command.mapIndex ?? 0) >= size) {
      const which = isKnown ? `has no instance ${command.mapIndex}` : 'has no instances yet';
      return fail(refusal('TASK_NOT_FOUND', `task ${taskId} of run ${command.runId} ${which}`));
    }
    const indices = command.mapIndex === null ? [...Array(size).keys()] : [command.mapIndex];
    for (const mapIndex of indices) {
      chosen.push({ taskId, mapIndex, row: rowAt.get(`${taskId} ${mapIndex}`) });
    }
  }
  return ok(chosen);
}

function markLive(mark: Mark, chosen: readonly Marked[], force: boolean): Refusal | undefined {
  const { turn, all, end } = mark;
  const { plan } = all;
  const live = turn.state.run(all.run.namespace, all.run.runId);
  if (live === undefined) return undefined;
  const { run } = live;
  if (run.status !== 'running' || run.ending !== undefined) {
    const how = run.status === 'queued' ? 'has not begun' : 'is about to end';
    return refusal('RUN_ACTIVE', `run ${run.runId} ${how}; its tasks cannot be marked now`);
  }
  const working = chosen.filter(({ row }) => isLive(row));
  if (working.length > 0 && !force) {
    const named = working
      .slice(0, 10)
      .map((each) => instanceText(plan.spec, each))
      .join(', ');
    return refusal('TASK_ACTIVE', `${named}: under way; it would have to be stopped first`);
  }
  const mended = chosen.filter(({ row }) => row !== undefined && isOtherEnd(row, end));
  const again = waitingBehind(all, mended);
  const blocking = mended.length === 0 ? [] : inTheWay(plan, all.rows, again);
  if (blocking.length > 0) {
    const named = blocking.slice(0, 10).join(', ') + (blocking.length > 10 ? '…' : '');
    return refusal('TASK_ACTIVE', `run ${run.runId} still works on what follows: ${named}`);
  }
  takeUpLive(turn, live, again);
  const next = mended.length === 0 ? run : nextGeneration(run);
  turn.emit(runFact(withNote(next, turn, mark.note)));
  for (const each of chosen) {
    if (isLive(each.row)) stop(turn, each.row, end);
    else closeMarked(mark, each);
  }
  return undefined;
}

function markEnded(mark: Mark, chosen: readonly Marked[], ended: EndedRun): Refusal | undefined {
  const { turn, all, end } = mark;
  const mended = chosen.filter(({ row }) => row === undefined || isOtherEnd(row, end));
  if (mended.length === 0) return undefined;
  const run = withNote(queuedAgain(all.run), turn, mark.note);
  const again = waitingBehind(all, mended);
  takeUpEnded(turn, all.plan, ended, { run, again });
  for (const each of mended) closeMarked(mark, each);
  return undefined;
}

/** Whether it has ended, and not the way that is wanted. */
const isOtherEnd = (row: TaskRow, { as }: MarkedEnd): boolean =>
  taskHasEnded(row.status) && row.status !== as;

/** What is marked, and what was closed behind it without ever running and without a person. */
function waitingBehind({ plan, rows }: Rows, mended: readonly Marked[]): Again {
  const { spec } = plan;
  const mendedKeys = new Set(mended.map(({ taskId, mapIndex }) => `${taskId} ${mapIndex}`));
  const isMarked = (row: TaskRow): boolean => mendedKeys.has(`${row.taskId} ${row.mapIndex}`);
  const tasks = downstreamOf(plan, [...new Set(mended.map(({ taskId }) => taskId))]);
  const neverRan = (row: TaskRow): boolean =>
    (row.status === 'upstream_failed' || row.status === 'skipped' || row.status === 'cancelled') &&
    row.attempts.length === 0 &&
    row.markedBy === undefined;
  const has = (row: TaskRow): boolean => isMarked(row) || (tasks.has(row.taskId) && neverRan(row));
  // A map of which nothing ever ran is judged, and perhaps expanded, anew.
  const closed = Object.entries(spec.maps ?? {}).filter(
    ([, { members }]) =>
      members.every((id) => tasks.has(id)) &&
      rows.every((row) => !members.includes(row.taskId) || (neverRan(row) && !isMarked(row))),
  );
  const maps = new Set(closed.map(([id]) => id));
  return { tasks, maps, has, keeps: () => true };
}

/** Ends an instance that waits, or has been set back, the way it was marked. */
function closeMarked({ turn, all, end }: Mark, { taskId, mapIndex }: Marked): void {
  const { namespace, runId } = all.run;
  const row = turn.state.task(namespace, runId, taskId, mapIndex);
  if (row !== undefined && taskHasEnded(row.status)) return;
  endAsMarked(turn, taskBase(all.run, taskId, row, mapIndex), end);
  if (row?.status !== 'deferred' || row.waitsFor.kind !== 'run') return;
  const child = turn.state.run(namespace, row.waitsFor.runId);
  if (child !== undefined) stopChild(turn, child, end);
}

/** Nobody waits for the child run any more; its end finds the instance ended. */
function stopChild(turn: Turn, child: LiveRun, { as, by }: MarkedEnd): void {
  const reason = `the task that waited for it was marked as ${as} by ${by}`;
  stopRun(turn, child, { becoming: 'cancelled', reason });
}

/** The attempt is revoked; whoever learns of its end asks `endedByMark` what comes of it. */
function stop(turn: Turn, row: LiveTaskRow, becomes: MarkedEnd): void {
  const attempt = { ...row.attempt, revoked: true };
  turn.emit(taskFact({ ...row, becomes, attempt }));
  const to = { node: attempt.node, incarnation: attempt.incarnation };
  const { namespace, runId, taskId, mapIndex } = row;
  turn.release({
    kind: 'revoke',
    to,
    id: { namespace, runId, taskId, mapIndex, token: attempt.token },
  });
}
