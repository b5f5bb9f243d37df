/**
 * The Board: everything that the leader derives from the state in order to decide quickly. It
 * exists only while this node leads, and could be rebuilt from the state at any moment (law 3).
 *
 * Owns: the ready queue, the load of each node, the counters of each live run, the deadlines, and
 * the to-do lists that `advance` works off. Does not own: any fact. It never changes the state.
 *
 * Invariants:
 *   B1  After `rebuild()` the Board equals one that observed every fact from the begin.
 *   B2  A node's load is the sum of the resources of the live attempts on it, whoever assigned
 *       them; room is freed only by a fact that ends the attempt (W11).
 */
import { present, unreachable } from '../base/assert.ts';
import {
  type DagId,
  type Namespace,
  type TaskId,
  type Token,
  type WallMs,
  wallMs,
} from '../base/brand.ts';
import type { CalendarRow } from '../model/calendar-row.ts';
import { calendarsOf, calendarUsers } from '../model/calendars.ts';
import type { DagRow, TaskSpec } from '../model/dag.ts';
import { dagKey, runKey } from '../model/keys.ts';
import type { ExpansionRow } from '../model/map.ts';
import type { RequestRow } from '../model/request.ts';
import { minus, plus, type Resources } from '../model/resources.ts';
import { type RunRow, runHasEnded } from '../model/run.ts';
import type { Instance, Settled } from '../model/run-graph.ts';
import { nextDue } from '../model/schedule.ts';
import type { Applied, LiveRun, ReadonlyState } from '../model/state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { Awaiting } from './awaiting.ts';
import { watchBackfill } from './backfill-watch.ts';
import { BoardToDo } from './board-to-do.ts';
import { Deadlines } from './deadlines.ts';
import { Gates } from './gates.ts';
import { momentsOf } from './moments.ts';
import { needsBegin, type Plan, taskSpec } from './plan.ts';
import { Plans } from './plans.ts';
import { ReadyQueue } from './ready.ts';
import { RunBoard } from './run-board.ts';
import { deadlinesOfRun, deadlinesOfTask } from './run-deadlines.ts';
import { isLive, type LiveTaskRow } from './task-rows.ts';
import { TriggerIndex } from './trigger-index.ts';

export class Board {
  readonly ready = new ReadyQueue();
  readonly deadlines = new Deadlines();
  readonly toDo = new BoardToDo();
  readonly gates = new Gates(this.deadlines);
  readonly awaiting = new Awaiting();
  readonly triggers: TriggerIndex;
  readonly plans: Plans;
  /** The voters' disks are nearly full: nothing new begins, what has begun goes on. */
  disksFull = false;
  readonly #state: ReadonlyState;
  readonly #runs = new Map<string, RunBoard>();
  readonly #loads = new Map<string, Resources>();
  readonly #attempts = new Map<string, Map<Token, LiveTaskRow>>();
  readonly #begunRuns = new Map<string, Map<string, RunRow>>();
  readonly #queuedRuns = new Map<string, Map<string, RunRow>>();
  #goesOn = false;

  constructor(state: ReadonlyState) {
    this.#state = state;
    this.triggers = new TriggerIndex(state, this.deadlines);
    this.plans = new Plans(state);
    this.rebuild();
  }

  /** Derives everything anew (B1). */
  rebuild(): void {
    this.ready.clear();
    this.deadlines.clear();
    this.gates.clear();
    this.awaiting.clear();
    for (const rate of this.#state.allNamed('rate')) this.gates.watch(rate);
    for (const row of this.#state.allNamed('backfill')) watchBackfill(this.deadlines, row);
    this.#runs.clear();
    this.#loads.clear();
    this.#attempts.clear();
    this.#begunRuns.clear();
    this.#queuedRuns.clear();
    this.toDo.clear();
    this.#goesOn = false;
    for (const dag of this.#state.dags()) this.#watchSchedule(dag);
    this.triggers.rebuild();
    // A ledger gives runs in the order of their keys; queues are served by age.
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
      case 'output':
        return;
    }
  }

  planOf(run: Pick<RunRow, 'namespace' | 'dagId' | 'versionId'>): Plan {
    return this.plans.of(run);
  }

  load(nodeId: string): Resources {
    return this.#loads.get(nodeId) ?? {};
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

  runningRuns(namespace: Namespace, dagId: DagId): number {
    return this.#begunRuns.get(dagKey(namespace, dagId))?.size ?? 0;
  }

  /** Runs of a DAG that have begun and not ended. */
  begunRuns(key: string): Iterable<RunRow> {
    return this.#begunRuns.get(key)?.values() ?? [];
  }

  /** Queued runs of a DAG, oldest first. */
  queuedRuns(key: string): Iterable<RunRow> {
    return this.#queuedRuns.get(key)?.values() ?? [];
  }

  /** Nothing holds the instance any more: it stands in the ready queue, or does so again. */
  makeReady(run: RunRow, taskId: TaskId, mapIndex: number): void {
    const board = this.#runs.get(runKey(run.namespace, run.runId));
    if (board !== undefined) this.#pushReady(board, { taskId, mapIndex });
  }

  #addRun(live: LiveRun): void {
    const { run } = live;
    for (const row of live.tasks.values()) this.#shiftLoad(run, null, row);
    this.#countRun(run, 1);
    if (run.status !== 'queued') this.#openRun(live);
  }

  /** Begins to count the tasks of a run that has started, or begins anew. */
  #openRun(live: LiveRun): void {
    const { run } = live;
    const board = new RunBoard(live, this.planOf(run));
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
    if (before !== null) this.#countRun(before, -1);
    if (after === null || runHasEnded(after.status)) {
      this.#runs.delete(key);
      return;
    }
    this.#countRun(after, 1);
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

  /** Keeps the number of running runs and the queue of each DAG; `by` is 1 or -1. */
  #countRun(run: RunRow, by: 1 | -1): void {
    const key = dagKey(run.namespace, run.dagId);
    const isQueued = run.status === 'queued';
    const all = isQueued ? this.#queuedRuns : this.#begunRuns;
    const runs = all.get(key) ?? new Map<string, RunRow>();
    if (by === 1) runs.set(run.runId, run);
    else runs.delete(run.runId);
    if (runs.size > 0) all.set(key, runs);
    else all.delete(key);
    if (isQueued || by === -1) this.toDo.addDag(key);
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
    const { resources } = specOf();
    if (left) this.#loads.set(left.attempt.node, minus(this.load(left.attempt.node), resources));
    if (taken) this.#loads.set(taken.attempt.node, plus(this.load(taken.attempt.node), resources));
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

  #pushReady({ run, plan }: RunBoard, { taskId, mapIndex }: Instance): void {
    const task = {
      namespace: run.namespace,
      runId: run.runId,
      taskId,
      mapIndex,
      generation: run.generation,
      priority: run.priority,
      runCreatedAt: run.createdAt,
      height: plan.heights.get(taskId) ?? 1,
    };
    this.ready.push(task, taskSpec(plan, taskId));
  }

  #watchTask(row: TaskRow): void {
    if (row.status !== 'deferred' && row.status !== 'up_for_retry') return;
    for (const deadline of deadlinesOfTask(row)) this.deadlines.add(deadline);
  }

  #watchRequest({ requestId, expiresAt: at }: RequestRow): void {
    this.deadlines.add({ kind: 'forget', at, requestId });
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

/** What was counted of the run's tasks is not about them any more, or is to be told again. */
const beginsAnew = (before: RunRow, after: RunRow): boolean =>
  before.generation !== after.generation ||
  before.versionId !== after.versionId ||
  (before.isPaused === true && after.isPaused !== true);

function byAge({ run: left }: LiveRun, { run: right }: LiveRun): number {
  if (left.createdAt !== right.createdAt) return left.createdAt - right.createdAt;
  return left.runId < right.runId ? -1 : 1;
}

const noAttempts: ReadonlyMap<Token, LiveTaskRow> = new Map();
