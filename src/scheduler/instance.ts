/**
 * A task instance that the leader decides about by itself, and the ways in which it goes on without
 * an attempt: it ends, or it is deferred. Each is one fact (two with an output).
 */
import { token, type WallMs } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import { taskFact } from '../model/fact.ts';
import type { Json } from '../model/json.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { RunRow } from '../model/run.ts';
import type { TaskRow, WaitsFor } from '../model/task-instance.ts';
import { putOutput } from './outputs.ts';
import { taskSpec } from './plan.ts';
import type { Place } from './scope-of.ts';
import { type TaskBase, taskBase } from './task-rows.ts';
import { type Turn, tokensPerTurn } from './turn.ts';

export interface Instance extends Place {
  readonly live: LiveRun;
  readonly spec: TaskSpec;
  /** Undefined while it has neither begun nor a past. */
  readonly row: TaskRow | undefined;
}

/** The instance as the state has it now; undefined when its run has ended. */
export function instanceAt(
  turn: Turn,
  run: Pick<RunRow, 'namespace' | 'runId'>,
  { taskId, mapIndex }: Place,
): Instance | undefined {
  const live = turn.state.run(run.namespace, run.runId);
  if (live === undefined) return undefined;
  const spec = taskSpec(turn.board.planOf(live.run), taskId);
  const row = turn.state.task(run.namespace, run.runId, taskId, mapIndex);
  return { live, spec, row, taskId, mapIndex };
}

/**
 * Whether tasks like this one are begun in the run as it is: while it is being cancelled only what
 * cleans up behind it, teardowns, hooks and compensations. A pause is not its end.
 */
export const isUnderWay = ({ status }: RunRow, { role }: TaskSpec): boolean =>
  status === 'running' || (status === 'cancelling' && role !== undefined);

/** Whether something of this task may begin now: nothing does in a paused run. */
export const mayBegin = (run: RunRow, spec: TaskSpec): boolean =>
  run.isPaused !== true && isUnderWay(run, spec);

/** The instance has done its work; `output` is what its children see. */
export function succeed(turn: Turn, instance: Instance, output?: Json): void {
  if (output !== undefined) makeOutput(turn, instance, output);
  turn.emit(taskFact({ ...baseOf(instance), status: 'success', endedAt: turn.at }));
}

/** The instance ends without having done its work. `reason` is a sentence for people. */
export function endAs(
  turn: Turn,
  instance: Instance,
  end: { readonly how: 'fail' | 'skip'; readonly reason: string },
): void {
  const status = end.how === 'fail' ? 'failed' : 'skipped';
  const { reason } = end;
  turn.emit(taskFact({ ...baseOf(instance), status, endedAt: turn.at, reason }));
}

export const failTask = (turn: Turn, instance: Instance, reason: string): void =>
  endAs(turn, instance, { how: 'fail', reason });

/** The instance waits without a slot. `until`: when it is looked at in any case. */
export function defer(
  turn: Turn,
  instance: Instance,
  wait: { readonly waitsFor: WaitsFor; readonly until: WallMs | null },
): void {
  const { waitsFor, until } = wait;
  const base = baseOf(instance);
  turn.emit(taskFact({ ...base, status: 'deferred', since: turn.at, until, waitsFor }));
}

/** An output of no attempt: its token says in which turn the leader made it. */
export function makeOutput(turn: Turn, instance: Instance, output: Json): void {
  const { namespace, runId } = instance.live.run;
  const { taskId, mapIndex } = instance;
  const made = { token: token(turn.index * tokensPerTurn), json: JSON.stringify(output) };
  putOutput(turn, { namespace, runId, taskId, mapIndex }, made);
}

export const baseOf = ({ live, taskId, row, mapIndex }: Instance): TaskBase =>
  taskBase(live.run, taskId, row, mapIndex);
