/**
 * Assign: ready tasks meet free room. The last decision of every turn, so that the end of a task
 * and the assignment of its children are one entry (law 9).
 */
import type { NodeId, WallMs } from '../base/brand.ts';
import { ok, type Result } from '../base/result.ts';
import type { Chosen, GateHold } from '../model/attempt.ts';
import type { TaskSpec } from '../model/dag.ts';
import { taskFact } from '../model/fact.ts';
import type { NodeRow } from '../model/node.ts';
import type { Dispatch } from '../model/protocol.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { advance } from './advance.ts';
import type { Demand } from './demand.ts';
import { gateKeysOf } from './gate-keys.ts';
import { GatePass } from './gate-pass.ts';
import { type GateKeys, holdOf } from './gates.ts';
import { givenConnections } from './given-connections.ts';
import { failTask, type Instance, isUnderWay } from './instance.ts';
import { itemAt, valueOfItem } from './live-values.ts';
import { neighboursOf } from './neighbours.ts';
import type { Sharing } from './offers.ts';
import { taskSpec } from './plan.ts';
import { makeRoomFor } from './preempt.ts';
import type { Taken, Taker } from './ready.ts';
import { type Rendered, renderTask, upstreamOf } from './render-dispatch.ts';
import { expectedEnds } from './running-ends.ts';
import { type ScopeSource, triggerText } from './scope-of.ts';
import type { OpenShape, ReadyTask, Wish } from './shapes.ts';
import { noteShares, type PresentShares, presentShares, sharingOf } from './sharing.ts';
import { isGone, shardVariables } from './spread.ts';
import { isLive, isWaiting, type LiveTaskRow, taskBase } from './task-rows.ts';
import type { Turn } from './turn.ts';

/**
 * Assignments of one turn; the next turn goes on. Bounds the size of an entry and the time of the
 * turn: one takes 25 to 200 microseconds, depending on the templates that are to be rendered.
 */
const assignmentsPerTurnMax = 128;

/** Tasks whose keys one turn renders. Bounds the time of a turn. */
const keysPerTurnMax = 200;

/**
 * Places what fits on the nodes that may take tasks. True when it stopped at a limit and more may
 * fit.
 */
export function assignReady(turn: Turn, isOpen: (node: NodeRow) => boolean): boolean {
  const { ready, fleet, shares } = turn.board;
  if (ready.size === 0) return false;
  fleet.open(isOpen);
  shares.advance(turn.at);
  ready.takeUp((task) => turn.state.run(task.namespace, task.runId)?.run.isPaused === true);
  ready.compact(({ namespace, runId, generation }) => {
    return turn.state.run(namespace, runId)?.run.generation === generation;
  });
  return new Assignment(turn).make();
}

/** One pass over the ready queue. */
class Assignment implements Taker {
  readonly sharing: Sharing;
  readonly #turn: Turn;
  readonly #gates: GatePass;
  readonly #presentOf: PresentShares;
  #hasReserved = false;
  /** Keeps a node for who found no room: worked out only when another one is asked. */
  #reservation: (() => void) | undefined;
  #assigned = 0;
  #rendered = 0;
  #stoppedEarly = false;
  /** A task ended without an attempt; that may settle others. */
  #someEnded = false;

  constructor(turn: Turn) {
    this.#turn = turn;
    this.#gates = new GatePass(turn);
    this.#presentOf = presentShares(turn);
    this.sharing = sharingOf(turn, this.#presentOf);
  }

  make(): boolean {
    this.#turn.board.ready.pass(this);
    noteShares(this.#turn, this.#presentOf);
    this.#gates.finish();
    if (this.#someEnded) advance(this.#turn);
    return this.#stoppedEarly || this.#someEnded;
  }

  /** Room that somebody may have to give up counts as well: whoever asks for it must be heard. */
  hasRoom(demand: Demand): boolean {
    const { state, board } = this.#turn;
    // What is pinned to a node that is gone has to be heard as well: it waits for nothing.
    const isLost = demand.pin !== undefined && isGone(state, demand.pin);
    return isLost || board.preemptible > 0 || board.fleet.hasRoom(demand);
  }

  isOpen({ demands, demand }: OpenShape): boolean {
    return this.#gates.isOpen({ demands, resources: demand.resources });
  }

  keysOf(task: ReadyTask, wish: Wish): GateKeys | null | 'enough' {
    const { namespace } = task;
    const found = startable(this.#turn, task);
    if (found === undefined) return null;
    if (this.#rendered >= keysPerTurnMax) {
      // Nothing else may come that opens a turn, and the rest of the keys is waited for.
      this.#turn.board.gates.lookAt({ namespace, name: '' }, this.#turn.at);
      this.#stoppedEarly = true;
      return 'enough';
    }
    this.#rendered += 1;
    const keys = gateKeysOf(this.#turn, found.live, wish.task, task);
    if (keys.ok) return keys.value;
    const { taskId, mapIndex } = task;
    failTask(this.#turn, { ...found, taskId, mapIndex }, keys.error);
    this.#someEnded = true;
    return null;
  }

  take(task: ReadyTask, shape: OpenShape, wish: Wish): Taken {
    if (this.#assigned >= assignmentsPerTurnMax) {
      this.#stoppedEarly = true;
      return 'enough';
    }
    this.#reservation?.();
    const { pin } = wish;
    const isLost = pin !== undefined && isGone(this.#turn.state, pin);
    if (!isLost && this.#isPlainlyFull(task, shape)) return 'full';
    const found = startable(this.#turn, task);
    if (found === undefined) return 'stale';
    if (isLost) return this.#giveUp({ ...found, ...task }, pin);
    if (found.live.run.isPaused === true) return 'held';
    if (found.spec !== wish.task) {
      // The definition was edited since: the task asks for something else now.
      const { spec: dag } = this.#turn.board.planOf(found.live.run);
      this.#turn.board.ready.push(task, { ...wish, task: found.spec, dag });
      this.#stoppedEarly = true;
      return 'stale';
    }
    const { demands, demand } = shape;
    const { estimates, fleet } = this.#turn.board;
    const asked = { demands, resources: demand.resources };
    if (!this.#gates.admits(asked, () => fleet.couldHold(demand))) return 'blocked';
    const neighbours = neighboursOf(found.live, wish.task);
    const ms = estimates.longMs(task.namespace, task.dagId, task.taskId);
    const choice = fleet.choose(demand, { ...neighbours, ms });
    if (choice === undefined) return this.#leave(task, { shape, wish }, neighbours.apart);
    assignTask(this.#turn, { ...found, task, ...choice, holds: holdOf(demands) });
    const { namespace, runId, taskId, mapIndex } = task;
    if (!isLive(this.#turn.state.task(namespace, runId, taskId, mapIndex))) {
      this.#someEnded = true;
      return 'stale';
    }
    this.#gates.started(demands);
    this.#assigned += 1;
    return 'placed';
  }

  /** Its node is gone: nothing else may run it. */
  #giveUp(instance: Instance, pin: NodeId): Taken {
    failTask(this.#turn, instance, `lost: it is pinned to node ${pin}, which is gone`);
    this.#someEnded = true;
    return 'stale';
  }

  /**
   * Most of what is offered in a full cluster has no room, and its pass is over soon. Not where a
   * gate may have to be kept for it, or a node.
   */
  #isPlainlyFull({ namespace }: ReadyTask, { demands, demand }: OpenShape): boolean {
    const { state, board } = this.#turn;
    const isUngated = demands.name === '' && state.namespace(namespace) === undefined;
    return this.#hasReserved && isUngated && !board.fleet.hasRoom(demand);
  }

  /** Nobody has room: one node is kept for the first of those who are left. */
  #leave(
    task: ReadyTask,
    asked: { readonly shape: OpenShape; readonly wish: Wish },
    apart: ReadonlySet<NodeId> | undefined,
  ): Taken {
    if (this.#hasReserved) return 'full';
    const turn = this.#turn;
    const { fleet } = turn.board;
    makeRoomFor(turn, task, { ...asked, apart, sharing: this.sharing });
    this.#reservation = () => {
      this.#reservation = undefined;
      const kept = fleet.reserve(asked.shape.demand, {
        endingsOn: (node) => expectedEnds(turn, node),
        nowMs: turn.at,
        ...(apart && { apart }),
      });
      // One that no node could hold leaves it to the next of those who wait.
      this.#hasReserved = kept !== undefined;
    };
    return 'full';
  }
}

export interface Startable {
  readonly live: LiveRun;
  readonly row: TaskRow | undefined;
  readonly spec: TaskSpec;
}

/**
 * The run, the row and the spec of a ready task; undefined when the entry is not true any more: its
 * run has ended or begun anew, is being cancelled and this is no task that cleans up behind it, or
 * the task has ended, or waits until later (W08).
 */
export function startable(
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
    readonly node: NodeRow;
    readonly chosen: Chosen;
    readonly holds: GateHold | undefined;
  },
): void {
  const { live, row, spec, task, node, chosen, holds } = assignment;
  const { taskId, mapIndex } = task;
  const rendered = renderTask(turn, live, { spec, at: task });
  if (!rendered.ok) {
    failTask(turn, { live, row, spec, taskId, mapIndex }, rendered.error);
    return;
  }
  const base = taskBase(live.run, taskId, row, mapIndex);
  const attempt = {
    number: (base.attempts.at(-1)?.number ?? 0) + 1,
    node: node.nodeId,
    incarnation: node.incarnation,
    token: turn.takeToken(),
    assignedAt: turn.at,
    revoked: false,
    ...(holds && { holds }),
    chosen,
  };
  const queued = { ...base, status: 'queued', attempt } as const;
  turn.emit(taskFact(queued));
  const to = { node: node.nodeId, incarnation: node.incarnation };
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
  const connections = givenConnections(source.state, namespace, spec);
  return {
    id: { namespace, runId, taskId, mapIndex, token: attempt.token },
    attempt: attempt.number,
    dagId: run.dagId,
    logicalDate: run.logicalDate,
    params: run.params,
    ...rendered,
    env: { ...rendered.env, ...shardVariables(plan.spec, live, row) },
    cwd: spec.cwd,
    timeoutMs: spec.timeoutMs,
    resources: spec.resources,
    ...(spec.limits && { limits: spec.limits }),
    upstream: upstream.outputs,
    ...(upstream.omitted.length > 0 && { upstreamOmitted: upstream.omitted }),
    ...(Object.keys(upstream.objects).length > 0 && { upstreamObjects: upstream.objects }),
    ...(itemValue !== undefined && { item: JSON.stringify(itemValue) }),
    ...(run.dataInterval !== undefined && { dataInterval: run.dataInterval }),
    trigger: triggerText(live, row),
    ...(connections && { connections }),
    ...(spec.artifacts && { artifacts: spec.artifacts }),
  };
}
