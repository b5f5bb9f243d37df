/**
 * The Board: everything that the leader derives from the state in order to decide quickly. It
 * exists only while this node leads, and could be rebuilt from the state at any moment (law 3).
 *
 * Owns: the ready queue, the load of each node, the counters of each live run, the deadlines, and
 * the to-do lists that `advance` works off. Does not own: any fact. It never changes the state.
 *
 * Invariants:
 *   B1  After `rebuild()` the Board equals one that observed every fact from the begin; but for
 *       the order of ready tasks, which follows from what was learnt when their run was opened.
 *   B2  A node's load is the sum of the resources of the live attempts on it, whoever assigned
 *       them; room is freed only by a fact that ends the attempt (W11).
 */
import { present, unreachable } from '../base/assert.ts';
import {
  type DagId,
  type Namespace,
  type TaskId,
  type Token,
  nodeId as toNodeId,
  type WallMs,
  wallMs,
} from '../base/brand.ts';
import type { CalendarRow } from '../model/calendar-row.ts';
import { calendarsOf, calendarUsers } from '../model/calendars.ts';
import type { DagRow, TaskSpec } from '../model/dag.ts';
import { dagKey, runKey } from '../model/keys.ts';
import type { ExpansionRow } from '../model/map.ts';
import type { NodeRow } from '../model/node.ts';
import type { LiveRun, ReadonlyState } from '../model/readonly-state.ts';
import type { RequestRow } from '../model/request.ts';
import type { Resources } from '../model/resources.ts';
import { type RunRow, runHasEnded } from '../model/run.ts';
import type { Instance, Settled } from '../model/run-graph.ts';
import { nextDue } from '../model/schedule.ts';
import { defaultScheduling } from '../model/scheduling.ts';
import type { Applied } from '../model/state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { Awaiting } from './awaiting.ts';
import { watchBackfill } from './backfill-watch.ts';
import { BoardToDo } from './board-to-do.ts';
import { Deadlines } from './deadlines.ts';
import { Estimates } from './estimates.ts';
import { Fleet } from './fleet.ts';
import { Gates } from './gates.ts';
import { momentsOf } from './moments.ts';
import { needsBegin, type Plan, taskSpec } from './plan.ts';
import { Plans } from './plans.ts';
import { ReadyQueue } from './ready.ts';
import { readyTaskOf } from './ready-task.ts';
import { beginsAnew, RunBoard } from './run-board.ts';
import { deadlinesOfRun, deadlinesOfTask } from './run-deadlines.ts';
import { byAge, RunQueues } from './run-queues.ts';
import { ScaleWatch } from './scale-watch.ts';
import { ShareMemory } from './share-memory.ts';
import { isLive, type LiveTaskRow } from './task-rows.ts';
import { TriggerIndex } from './trigger-index.ts';
import { Usage } from './usage.ts';

export class Board {
  readonly ready = new ReadyQueue();
  readonly deadlines = new Deadlines();
  readonly toDo = new BoardToDo();
  readonly gates = new Gates(this.deadlines);
  readonly awaiting = new Awaiting();
  readonly scaling = new ScaleWatch(this.deadlines);
  readonly fleet = new Fleet();
  readonly usage = new Usage();
  readonly shares: ShareMemory;
  readonly runs = new RunQueues();
  readonly estimates: Estimates;
  readonly triggers: TriggerIndex;
  readonly plans: Plans;
  /** Live attempts that may be preempted. */
  preemptible = 0;
  /** The voters' disks are nearly full: nothing new begins, what has begun goes on. */
  disksFull = false;
  readonly #state: ReadonlyState;
  readonly #runs = new Map<string, RunBoard>();
  readonly #attempts = new Map<string, Map<Token, LiveTaskRow>>();
  #goesOn = false;

  constructor(state: ReadonlyState, shareMemoryMs?: number) {
    this.#state = state;
    this.shares = new ShareMemory(shareMemoryMs);
    this.triggers = new TriggerIndex(state, this.deadlines);
    this.plans = new Plans(state);
    this.estimates = new Estimates(state);
    this.rebuild();
  }

  /** Derives everything anew (B1). */
  rebuild(): void {
    this.ready.clear();
    this.deadlines.clear();
    this.gates.clear();
    this.awaiting.clear();
    this.scaling.rebuild(this.#state.nodePools());
    for (const rate of this.#state.allNamed('rate')) this.gates.watch(rate);
    for (const row of this.#state.allNamed('backfill')) watchBackfill(this.deadlines, row);
    this.estimates.clear();
    this.fleet.clear();
    this.usage.clear();
    this.shares.clear();
    this.runs.clear();
    this.#runs.clear();
    this.#attempts.clear();
    this.toDo.clear();
    this.preemptible = 0;
    this.#goesOn = false;
    this.ready.reorder(this.#state.scheduling() ?? defaultScheduling);
    for (const node of this.#state.nodes()) this.#nodeChanged(node);
    for (const dag of this.#state.dags()) this.#watchSchedule(dag);
    this.triggers.rebuild();
    for (const live of [...this.#state.runs()].sort(byAge)) this.#addRun(live);
    for (const request of this.#state.requests()) this.#watchRequest(request);
    // Nothing else may come that makes a turn.
    if (this.toDo.size > 0) this.deadlines.add({ kind: 'go-on', at: wallMs(0) });
  }

  /** Keeps up with one applied fact. */
  observe(applied: Applied): void {
    const { change } = applied;
    this.triggers.observe(change);
    switch (change.table) {
      case 'run':
        this.#runChanged(change.before, change.fact.row);
        return;
      case 'task':
        this.#taskChanged(change.before, change.fact.row);
        return;
      case 'expansion':
        if (change.fact.row !== null) this.#mapExpanded(change.fact.row);
        return;
      case 'dag':
        if (change.fact.row !== null) this.#watchSchedule(change.fact.row);
        return;
      case 'schedule': {
        const dag = change.fact.row && this.#dagOf(change.fact.row);
        if (dag) this.#watchSchedule(dag);
        return;
      }
      case 'calendar':
        if (change.fact.row !== null) this.#calendarChanged(change.fact.row);
        return;
      case 'request':
        if (change.fact.row !== null) this.#watchRequest(change.fact.row);
        return;
      case 'backfill':
        if (change.fact.row !== null) watchBackfill(this.deadlines, change.fact.row);
        return;
      case 'rate':
        if (change.fact.row !== null) this.gates.watch(change.fact.row);
        return;
      case 'version':
        this.plans.versionChanged(change.fact.key, change.fact.row);
        return;
      case 'node':
        if (change.fact.row !== null) this.#nodeChanged(change.fact.row);
        else if (change.before !== null) this.fleet.drop(change.before.nodeId);
        return;
      case 'namespace':
        this.runsMayBegin(present(change.fact.row ?? change.before, 'a row changes').namespace);
        return;
      case 'scheduling':
        this.ready.reorder(change.fact.row ?? defaultScheduling);
        return;
      case 'estimate':
        if (change.fact.row !== null) this.estimates.learnt(change.fact.row);
        return;
      case 'node-pool':
        if (change.fact.row !== null) this.scaling.watch(change.fact.row.name);
        return;
      case 'output':
        return;
    }
  }

  planOf(run: Pick<RunRow, 'namespace' | 'dagId' | 'versionId'>): Plan {
    return this.plans.of(run);
  }

  load(nodeId: string): Resources {
    return this.fleet.load(toNodeId(nodeId));
  }

  /** The run on the Board; undefined while it is queued, and when it has ended. */
  runBoard({ namespace, runId }: Pick<RunRow, 'namespace' | 'runId'>): RunBoard | undefined {
    return this.#runs.get(runKey(namespace, runId));
  }

  /** Whether work is left over for a turn of its own. */
  get goesOn(): boolean {
    return this.#goesOn;
  }

  /** The next turn takes up what is left to do. */
  goOn(at: WallMs): void {
    if (!this.#goesOn) this.deadlines.add({ kind: 'go-on', at });
    this.#goesOn = true;
  }

  /** The turn that was asked for by `goOn` has come. */
  wentOn(): void {
    this.#goesOn = false;
  }

  /** Task rows whose live attempt is on the node, by token. */
  attemptsOn(nodeId: string): ReadonlyMap<Token, LiveTaskRow> {
    return this.#attempts.get(nodeId) ?? noAttempts;
  }

  /** Looks at the schedule of a DAG again at `at`, whatever its rows say. */
  lookAgain({ namespace, dagId }: DagRow, at: number): void {
    this.deadlines.add({ kind: 'schedule', at: wallMs(at), namespace, dagId });
  }

  /** Of a DAG with live runs, by its key: its part among the DAGs of its namespace. */
  weightOf(key: string): number {
    for (const run of this.runs.begun(key)) return this.planOf(run).spec.weight ?? 1;
    return 1;
  }

  /** Queued runs of the namespace may begin, because of what has changed for all of them. */
  runsMayBegin(namespace: Namespace): void {
    for (const key of this.runs.waitingDags(namespace)) this.toDo.addDag(key);
  }

  /** Nothing holds the instance any more: it stands in the ready queue, or does so again. */
  makeReady(run: RunRow, taskId: TaskId, mapIndex: number): void {
    const board = this.#runs.get(runKey(run.namespace, run.runId));
    if (board !== undefined) this.#pushReady(board, { taskId, mapIndex });
  }

  #addRun(live: LiveRun): void {
    const { run } = live;
    for (const row of live.tasks.values()) this.#shiftLoad(run, null, row);
    this.#countRun(null, run);
    if (run.status !== 'queued') this.#openRun(live);
  }

  /** Begins to count the tasks of a run that has started, or begins anew. */
  #openRun(live: LiveRun): void {
    const { run } = live;
    const plan = this.planOf(run);
    const expected = this.estimates.of(run.namespace, run.dagId, plan);
    const board = new RunBoard(live, plan, expected);
    this.#runs.set(runKey(run.namespace, run.runId), board);
    for (const deadline of deadlinesOfRun(run, board.plan)) this.deadlines.add(deadline);
    for (const row of live.tasks.values()) this.#watchTask(row);
    if (run.status === 'cancelling') this.toDo.closings.add(run);
    this.#follow(board, board.begin());
    if (board.isComplete) this.toDo.completeRuns.add(run);
  }

  #runChanged(before: RunRow | null, after: RunRow | null): void {
    const row = after ?? before;
    if (row === null) return;
    const key = runKey(row.namespace, row.runId);
    const alive = after !== null && runHasEnded(after.status) ? null : after;
    this.#countRun(before, alive);
    if (after === null || alive === null) {
      this.#runs.delete(key);
      return;
    }
    if (after.status === 'queued') return;
    const board = this.#runs.get(key);
    if (board === undefined || (before !== null && beginsAnew(before, after))) {
      this.#openRun(present(this.#state.run(row.namespace, row.runId), 'a started run is live'));
      return;
    }
    board.run = after;
    const isStopped = after.status === 'cancelling' && before?.status !== 'cancelling';
    // Also one that is being undone: it may have ended in the queue, with tasks that never were.
    if (isStopped) this.toDo.closings.add(after);
  }

  /** Keeps the number of running runs and the queue of each DAG. */
  #countRun(before: RunRow | null, after: RunRow | null): void {
    this.runs.change(before, after);
    const { namespace, dagId } = present(after ?? before, 'a run comes, changes or goes');
    const isOver = before !== null && before.status !== 'queued' && after === null;
    // Whoever waits longest takes the place of a run that has ended, of whatever DAG it is.
    const isQuota = this.#state.namespace(namespace)?.quota.activeRuns !== undefined;
    if (isOver && isQuota) this.runsMayBegin(namespace);
    const waits = before?.status === 'queued' || after?.status === 'queued';
    if (isOver || waits) this.toDo.addDag(dagKey(namespace, dagId));
  }

  #taskChanged(before: TaskRow | null, after: TaskRow | null): void {
    const row = after ?? before;
    const board = row === null ? undefined : this.#runs.get(runKey(row.namespace, row.runId));
    if (row === null || board === undefined) return;
    this.#shiftLoad(board.run, before, after);
    if (after !== null) {
      this.#watchTask(after);
      const moments = board.plan.hooks.has(after.taskId) ? momentsOf(before, after) : [];
      if (moments.length > 0) this.toDo.happenings.add({ run: board.run, row: after, moments });
    }
    this.#follow(board, board.taskChanged(before, after));
    if (board.isComplete) this.toDo.completeRuns.add(board.run);
  }

  #mapExpanded(row: ExpansionRow): void {
    const board = this.#runs.get(runKey(row.namespace, row.runId));
    if (board !== undefined) this.#follow(board, board.expanded(row));
  }

  /** Moves the load of a task's node from what it was to what it is (B2). */
  #shiftLoad(run: RunRow, before: TaskRow | null, after: TaskRow | null): void {
    const specOf = (): TaskSpec => {
      const { taskId } = present(after ?? before, 'a changed task has a row');
      return taskSpec(this.planOf(run), taskId);
    };
    this.awaiting.shift(before, after, specOf);
    const left = before !== null && isLive(before) ? before : null;
    const taken = after !== null && isLive(after) ? after : null;
    if (left !== null) this.#attempts.get(left.attempt.node)?.delete(left.attempt.token);
    if (taken !== null) this.#attemptsAt(taken.attempt.node).set(taken.attempt.token, taken);
    if (left?.attempt.token === taken?.attempt.token) return;
    this.gates.shift(before, after);
    if (left !== null) this.#useMore(run, left, specOf(), -1);
    if (taken !== null) this.#useMore(run, taken, specOf(), 1);
  }

  #useMore(run: RunRow, row: LiveTaskRow, { resources, preemptible }: TaskSpec, by: 1 | -1): void {
    this.fleet.shift(row.attempt.node, resources, by);
    this.usage.shift(run, { taskId: row.taskId, resources }, by);
    if (preemptible) this.preemptible += by;
  }

  #attemptsAt(nodeId: string): Map<Token, LiveTaskRow> {
    const known = this.#attempts.get(nodeId) ?? new Map<Token, LiveTaskRow>();
    this.#attempts.set(nodeId, known);
    return known;
  }

  #follow(board: RunBoard, news: readonly Settled[]): void {
    const { run, plan } = board;
    for (const settled of news) {
      switch (settled.kind) {
        case 'run':
          if (needsBegin(taskSpec(plan, settled.taskId))) {
            this.toDo.beginnings.add({ run, place: settled });
          } else this.#pushReady(board, settled);
          break;
        case 'close':
          this.toDo.verdicts.add({ run, settled });
          break;
        case 'expand':
          this.toDo.expansions.add({ run, mapId: settled.mapId });
          break;
        default:
          unreachable(settled);
      }
    }
  }

  #pushReady(board: RunBoard, instance: Instance): void {
    const { namespace, runId } = board.run;
    const live = present(this.#state.run(namespace, runId), 'a run with a board is live');
    const { task, wish } = readyTaskOf(board, live, instance);
    this.ready.push(task, wish);
  }

  #watchTask(row: TaskRow): void {
    if (row.status !== 'deferred' && row.status !== 'up_for_retry') return;
    for (const deadline of deadlinesOfTask(row)) this.deadlines.add(deadline);
  }

  #watchRequest({ requestId, expiresAt: at }: RequestRow): void {
    this.deadlines.add({ kind: 'forget', at, requestId });
  }

  #nodeChanged(row: NodeRow): void {
    const { nodeId: node, drain } = row;
    this.fleet.put(row);
    if (drain?.until != null) this.deadlines.add({ kind: 'drain', at: drain.until, node });
  }

  #watchSchedule(dag: DagRow): void {
    const { namespace, dagId } = dag;
    const schedule = this.#state.schedule(namespace, dagId);
    const version = this.#state.version(namespace, dagId, dag.versionId);
    if (dag.paused || schedule === undefined || version === undefined) return;
    const at = nextDue(version.spec, schedule, calendarsOf(this.#state, namespace));
    if (at !== undefined) this.deadlines.add({ kind: 'schedule', at, namespace, dagId });
  }

  #calendarChanged({ namespace, name }: CalendarRow): void {
    for (const dag of calendarUsers(this.#state, namespace, name)) this.#watchSchedule(dag);
  }

  #dagOf(row: { readonly namespace: Namespace; readonly dagId: DagId }): DagRow | undefined {
    return this.#state.dag(row.namespace, row.dagId);
  }
}

const noAttempts: ReadonlyMap<Token, LiveTaskRow> = new Map();
