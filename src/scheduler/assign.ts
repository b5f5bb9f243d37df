/**
 * Assign: ready tasks meet free room. The last decision of every turn, so that the end of a task
 * and the assignment of its children are one entry (law 9).
 */
import type { WallMs } from '../base/brand.ts';
import { ok, type Result } from '../base/result.ts';
import type { GateHold } from '../model/attempt.ts';
import type { TaskSpec } from '../model/dag.ts';
import { taskFact } from '../model/fact.ts';
import type { Dispatch } from '../model/protocol.ts';
import { minus } from '../model/resources.ts';
import type { LiveRun } from '../model/state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { advance } from './advance.ts';
import { gateKeysOf } from './gate-keys.ts';
import { GatePass } from './gate-pass.ts';
import { type GateKeys, holdOf } from './gates.ts';
import { failTask, isUnderWay } from './instance.ts';
import { itemAt, valueOfItem } from './live-values.ts';
import { type Candidate, choose, type Demand, reserve } from './placement.ts';
import { taskSpec } from './plan.ts';
import type { OpenShape, ReadyTask, Taken, Taker } from './ready.ts';
import { type Rendered, renderTask, upstreamOf } from './render-dispatch.ts';
import { type ScopeSource, triggerText } from './scope-of.ts';
import { isLive, isWaiting, type LiveTaskRow, taskBase } from './task-rows.ts';
import type { Turn } from './turn.ts';

/**
 * Assignments of one turn; the next turn goes on. Bounds the size of an entry and the time of the
 * turn: one takes 25 to 200 microseconds, depending on the templates that are to be rendered.
 */
const assignmentsPerTurnMax = 128;

/** Tasks whose keys one turn renders. Bounds the time of a turn. */
const keysPerTurnMax = 200;

/** Places what fits. True when it stopped at a limit and more may fit. */
export function assignReady(turn: Turn, candidates: readonly Candidate[]): boolean {
  const { ready } = turn.board;
  if (ready.size === 0) return false;
  ready.takeUp((task) => turn.state.run(task.namespace, task.runId)?.run.isPaused === true);
  ready.compact(({ namespace, runId, generation }) => {
    return turn.state.run(namespace, runId)?.run.generation === generation;
  });
  return new Assignment(turn, candidates).make();
}

/** One pass over the ready queue. */
class Assignment implements Taker {
  readonly #turn: Turn;
  readonly #gates: GatePass;
  #open: readonly Candidate[];
  #reserved: Candidate | undefined;
  #assigned = 0;
  #rendered = 0;
  #stoppedEarly = false;
  /** A task ended without an attempt; that may settle others. */
  #someEnded = false;

  constructor(turn: Turn, candidates: readonly Candidate[]) {
    this.#turn = turn;
    this.#gates = new GatePass(turn);
    this.#open = candidates;
  }

  make(): boolean {
    this.#turn.board.ready.pass(this);
    this.#gates.finish();
    if (this.#someEnded) advance(this.#turn);
    return this.#stoppedEarly || this.#someEnded;
  }

  hasRoom(demand: Demand): boolean {
    return choose(demand, this.#open) !== undefined;
  }

  isOpen({ demands }: OpenShape): boolean {
    return this.#gates.isOpen(demands);
  }

  keysOf(task: ReadyTask, spec: TaskSpec): GateKeys | null | 'enough' {
    const { namespace } = task;
    if (this.#open.length === 0) return 'enough';
    const found = startable(this.#turn, task);
    if (found === undefined) return null;
    if (this.#rendered >= keysPerTurnMax) {
      // Nothing else may come that opens a turn, and the rest of the keys is waited for.
      this.#turn.board.gates.lookAt({ namespace, name: '' }, this.#turn.at);
      this.#stoppedEarly = true;
      return 'enough';
    }
    this.#rendered += 1;
    const keys = gateKeysOf(this.#turn, found.live, spec, task);
    if (keys.ok) return keys.value;
    const { taskId, mapIndex } = task;
    failTask(this.#turn, { ...found, taskId, mapIndex }, keys.error);
    this.#someEnded = true;
    return null;
  }

  take(task: ReadyTask, shape: OpenShape, spec: TaskSpec): Taken {
    if (this.#assigned >= assignmentsPerTurnMax) {
      this.#stoppedEarly = true;
      return 'enough';
    }
    const found = startable(this.#turn, task);
    if (found === undefined) return 'stale';
    if (found.live.run.isPaused === true) return 'held';
    if (found.spec !== spec) {
      // The definition was edited since: the task asks for something else now.
      this.#turn.board.ready.push(task, found.spec);
      this.#stoppedEarly = true;
      return 'stale';
    }
    if (!this.#gates.admits(shape.demands)) return 'blocked';
    const candidate = choose(shape, this.#open);
    if (candidate === undefined) return this.#leave(shape);
    assignTask(this.#turn, { ...found, task, candidate, holds: holdOf(shape.demands) });
    const { namespace, runId, taskId, mapIndex } = task;
    if (!isLive(this.#turn.state.task(namespace, runId, taskId, mapIndex))) {
      this.#someEnded = true;
      return 'stale';
    }
    candidate.free = minus(candidate.free, shape.resources);
    this.#gates.started(shape.demands);
    this.#assigned += 1;
    return 'placed';
  }

  /** Nobody has room: one node is kept for the first of those who are left. */
  #leave(shape: OpenShape): Taken {
    if (this.#reserved === undefined) {
      const reserved = reserve(shape, this.#open);
      this.#reserved = reserved;
      this.#open = this.#open.filter((each) => each !== reserved);
    }
    return this.#open.length === 0 ? 'enough' : 'full';
  }
}

interface Startable {
  readonly live: LiveRun;
  readonly row: TaskRow | undefined;
  readonly spec: TaskSpec;
}

/**
 * The run, the row and the spec of a ready task; undefined when the entry is not true any more: its
 * run has ended or begun anew, is being cancelled and this is no task that cleans up behind it, or
 * the task has ended, or waits until later (W08).
 */
function startable(
  turn: Turn,
  { namespace, runId, taskId, mapIndex, generation }: ReadyTask,
): Startable | undefined {
  const live = turn.state.run(namespace, runId);
  if (live === undefined || live.run.generation !== generation) return undefined;
  const spec = turn.board.planOf(live.run).spec.tasks[taskId];
  if (spec === undefined || !isUnderWay(live.run, spec)) return undefined;
  const row = turn.state.task(namespace, runId, taskId, mapIndex);
  return mayStart(row, turn.at) ? { live, row, spec } : undefined;
}

/** An entry of the queue may be older than what has set a later time. */
function mayStart(row: TaskRow | undefined, now: WallMs): boolean {
  if (row?.status === 'up_for_retry') return row.retryAt <= now;
  if (row?.status !== 'deferred') return isWaiting(row);
  const { kind } = row.waitsFor;
  const isForStart = kind === 'time' || kind === 'look' || kind === 'round';
  return isForStart && row.until !== null && row.until <= now;
}

/** A text that cannot be rendered ends the instance without an attempt. */
function assignTask(
  turn: Turn,
  assignment: Startable & {
    readonly task: ReadyTask;
    readonly candidate: Candidate;
    readonly holds: GateHold | undefined;
  },
): void {
  const { live, row, spec, task, candidate, holds } = assignment;
  const { taskId, mapIndex } = task;
  const rendered = renderTask(turn, live, { spec, at: task });
  if (!rendered.ok) {
    failTask(turn, { live, row, spec, taskId, mapIndex }, rendered.error);
    return;
  }
  const base = taskBase(live.run, taskId, row, mapIndex);
  const attempt = {
    number: (base.attempts.at(-1)?.number ?? 0) + 1,
    node: candidate.nodeId,
    incarnation: candidate.incarnation,
    token: turn.takeToken(),
    assignedAt: turn.at,
    revoked: false,
    ...(holds && { holds }),
  };
  const queued = { ...base, status: 'queued', attempt } as const;
  turn.emit(taskFact(queued));
  const to = { node: candidate.nodeId, incarnation: candidate.incarnation };
  const dispatch = dispatchWith(turn, live, { row: queued, rendered: rendered.value });
  turn.release({ kind: 'dispatch', to, dispatch });
}

/**
 * Everything that an executor needs; for sending a lost dispatch again. The error is a sentence.
 */
export function dispatchOf(
  source: ScopeSource,
  live: LiveRun,
  row: LiveTaskRow,
): Result<Dispatch, string> {
  const spec = taskSpec(source.board.planOf(live.run), row.taskId);
  const rendered = renderTask(source, live, { spec, at: row });
  if (!rendered.ok) return rendered;
  return ok(dispatchWith(source, live, { row, rendered: rendered.value }));
}

function dispatchWith(
  source: ScopeSource,
  live: LiveRun,
  { row, rendered }: { readonly row: LiveTaskRow; readonly rendered: Rendered },
): Dispatch {
  const { run } = live;
  const plan = source.board.planOf(run);
  const spec = taskSpec(plan, row.taskId);
  const { namespace, runId, taskId, mapIndex, attempt } = row;
  const upstream = upstreamOf(source, live, row);
  const item = itemAt(plan.spec, live, row);
  const itemValue = item && valueOfItem(live, item);
  return {
    id: { namespace, runId, taskId, mapIndex, token: attempt.token },
    attempt: attempt.number,
    dagId: run.dagId,
    logicalDate: run.logicalDate,
    params: run.params,
    ...rendered,
    cwd: spec.cwd,
    timeoutMs: spec.timeoutMs,
    resources: spec.resources,
    upstream: upstream.outputs,
    ...(upstream.omitted.length > 0 && { upstreamOmitted: upstream.omitted }),
    ...(itemValue !== undefined && { item: JSON.stringify(itemValue) }),
    ...(run.dataInterval !== undefined && { dataInterval: run.dataInterval }),
    trigger: triggerText(live, row),
  };
}
