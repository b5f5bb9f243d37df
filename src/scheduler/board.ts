/**
 * The Board: everything that the leader derives from the state in order to decide quickly. It
 * exists only while this node leads, and could be rebuilt from the state at any moment (law 3).
 *
 * Owns: the ready queue, the load of each node, the counters of each live run, the deadlines, and
 * four to-do lists (verdicts, complete runs, DAGs with room for queued runs) that `advance` works
 * off. Does not own: any fact. It never changes the state.
 *
 * Invariants:
 *   B1  After `rebuild()` the Board equals one that observed every fact from the begin.
 *   B2  A node's load is the sum of the resources of the live attempts on it, whoever assigned
 *       them; room is freed only by a fact that ends the attempt (W11).
 */
import { present } from '../base/assert.ts';
import { type DagId, type Namespace, type TaskId, type Token, wallMs } from '../base/brand.ts';
import type { DagRow } from '../model/dag.ts';
import { dagKey, runKey, versionKey } from '../model/keys.ts';
import type { RequestRow } from '../model/request.ts';
import { minus, plus, type Resources } from '../model/resources.ts';
import { type RunRow, runHasEnded } from '../model/run.ts';
import { nextDue } from '../model/schedule.ts';
import type { Applied, LiveRun, ReadonlyState } from '../model/state.ts';
import { type TaskRow, taskHasEnded } from '../model/task-instance.ts';
import { Deadlines } from './deadlines.ts';
import { makePlan, type Plan, taskSpec } from './plan.ts';
import { ReadyQueue } from './ready.ts';
import { RunBoard, type Settled } from './run-board.ts';
import { isLive, type LiveTaskRow } from './task-rows.ts';

/** Plans kept; when there are more they are made again as they are needed. */
const plansKept = 5_000;

/** A task whose upstream says that it will not run. */
export interface Verdict {
  readonly run: RunRow;
  readonly settled: Settled;
}

export class Board {
  readonly ready = new ReadyQueue();
  readonly deadlines = new Deadlines();
  /** The voters' disks are nearly full: nothing new begins, what has begun goes on. */
  disksFull = false;
  readonly #state: ReadonlyState;
  readonly #plans = new Map<string, Plan>();
  readonly #runs = new Map<string, RunBoard>();
  readonly #loads = new Map<string, Resources>();
  readonly #attempts = new Map<string, Map<Token, LiveTaskRow>>();
  readonly #runningRuns = new Map<string, number>();
  readonly #queuedRuns = new Map<string, Map<string, RunRow>>();
  #verdicts: Verdict[] = [];
  #completeRuns: RunRow[] = [];
  readonly #dagsWithRoom = new Set<string>();

  constructor(state: ReadonlyState) {
    this.#state = state;
    this.rebuild();
  }

  /** Derives everything anew (B1). */
  rebuild(): void {
    this.ready.clear();
    this.deadlines.clear();
    this.#runs.clear();
    this.#loads.clear();
    this.#attempts.clear();
    this.#runningRuns.clear();
    this.#queuedRuns.clear();
    this.#verdicts = [];
    this.#completeRuns = [];
    this.#dagsWithRoom.clear();
    for (const dag of this.#state.dags()) this.#watchSchedule(dag);
    // A ledger gives runs in the order of their keys; queues are served by age.
    for (const live of [...this.#state.runs()].sort(byAge)) this.#addRun(live);
    for (const request of this.#state.requests()) this.#watchRequest(request);
  }

  /** Keeps up with one applied fact. */
  observe(applied: Applied): void {
    const { change } = applied;
    const { row } = change.fact;
    switch (change.table) {
      case 'run':
        this.#runChanged(change.before, change.fact.row);
        return;
      case 'task':
        this.#taskChanged(change.before, change.fact.row);
        return;
      case 'dag':
        if (change.fact.row !== null) this.#watchSchedule(change.fact.row);
        return;
      case 'schedule': {
        const dag = change.fact.row && this.#dagOf(change.fact.row);
        if (dag) this.#watchSchedule(dag);
        return;
      }
      case 'request':
        if (change.fact.row !== null) this.#watchRequest(change.fact.row);
        return;
      case 'version':
        if (row === null) this.#plans.delete(change.fact.key);
        return;
      case 'node':
      case 'output':
        return;
    }
  }

  planOf(run: Pick<RunRow, 'namespace' | 'dagId' | 'versionId'>): Plan {
    const key = versionKey(run.namespace, run.dagId, run.versionId);
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const version = this.#state.version(run.namespace, run.dagId, run.versionId);
    if (this.#plans.size >= plansKept) this.#plans.clear();
    const plan = makePlan(present(version, `version ${key} of a live run is in the state`));
    this.#plans.set(key, plan);
    return plan;
  }

  load(nodeId: string): Resources {
    return this.#loads.get(nodeId) ?? {};
  }

  /** To do: tasks that will not run. */
  takeVerdicts(): readonly Verdict[] {
    const taken = this.#verdicts;
    this.#verdicts = [];
    return taken;
  }

  /** To do: runs all of whose tasks have ended. */
  takeCompleteRuns(): readonly RunRow[] {
    const taken = this.#completeRuns;
    this.#completeRuns = [];
    return taken;
  }

  /** To do: keys of DAGs whose queued runs may have room now. */
  takeDagsWithRoom(): readonly string[] {
    const taken = [...this.#dagsWithRoom];
    this.#dagsWithRoom.clear();
    return taken;
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
    return this.#runningRuns.get(dagKey(namespace, dagId)) ?? 0;
  }

  /** Queued runs of a DAG, oldest first. */
  queuedRuns(key: string): Iterable<RunRow> {
    return this.#queuedRuns.get(key)?.values() ?? [];
  }

  /** A retry is due: the task stands in the ready queue again. */
  retryNow(run: RunRow, taskId: TaskId, mapIndex: number): void {
    const board = this.#runs.get(runKey(run.namespace, run.runId));
    if (board !== undefined) this.#pushReady(board, taskId, mapIndex);
  }

  #addRun(live: LiveRun): void {
    const { run } = live;
    for (const row of live.tasks.values()) {
      this.#shiftLoad(run, null, row);
      if (row.status === 'up_for_retry') this.#watchRetry(row);
    }
    this.#countRun(run, 1);
    if (run.status !== 'queued') this.#openRun(live);
  }

  /** Begins to count the tasks of a run that has started. */
  #openRun(live: LiveRun): void {
    const { run } = live;
    const board = new RunBoard(live, this.planOf(run));
    this.#runs.set(runKey(run.namespace, run.runId), board);
    const { timeoutMs } = board.plan.spec;
    if (run.status === 'running' && timeoutMs !== null) {
      const at = wallMs(run.startedAt + timeoutMs);
      const { namespace, runId } = run;
      this.deadlines.add({ kind: 'run-timeout', at, namespace, runId });
    }
    this.#follow(board, board.settleAll());
    if (board.isComplete) this.#completeRuns.push(run);
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
    const board = this.#runs.get(key);
    if (board !== undefined) board.run = after;
    else if (after.status !== 'queued') {
      this.#openRun(present(this.#state.run(row.namespace, row.runId), 'a started run is live'));
    }
  }

  /** Keeps the number of running runs and the queue of each DAG; `by` is 1 or -1. */
  #countRun(run: RunRow, by: 1 | -1): void {
    const key = dagKey(run.namespace, run.dagId);
    if (run.status !== 'queued') {
      this.#runningRuns.set(key, (this.#runningRuns.get(key) ?? 0) + by);
      if (by === -1) this.#dagsWithRoom.add(key);
      return;
    }
    const queue = this.#queuedRuns.get(key) ?? new Map<string, RunRow>();
    if (by === 1) queue.set(run.runId, run);
    else queue.delete(run.runId);
    this.#queuedRuns.set(key, queue);
    this.#dagsWithRoom.add(key);
  }

  #taskChanged(before: TaskRow | null, after: TaskRow | null): void {
    const row = after ?? before;
    const board = row === null ? undefined : this.#runs.get(runKey(row.namespace, row.runId));
    if (row === null || board === undefined) return;
    this.#shiftLoad(board.run, before, after);
    if (after === null) return;
    if (after.status === 'up_for_retry') this.#watchRetry(after);
    if (!taskHasEnded(after.status) || (before !== null && taskHasEnded(before.status))) return;
    this.#follow(board, board.taskEnded(after));
    if (board.isComplete) this.#completeRuns.push(board.run);
  }

  /** Moves the load of a task's node from what it was to what it is (B2). */
  #shiftLoad(run: RunRow, before: TaskRow | null, after: TaskRow | null): void {
    const left = before !== null && isLive(before) ? before : null;
    const taken = after !== null && isLive(after) ? after : null;
    if (left !== null) this.#attempts.get(left.attempt.node)?.delete(left.attempt.token);
    if (taken !== null) this.#attemptsAt(taken.attempt.node).set(taken.attempt.token, taken);
    if (left?.attempt.token === taken?.attempt.token) return;
    const { taskId } = present(after ?? before, 'a changed task has a row');
    const { resources } = taskSpec(this.planOf(run), taskId);
    if (left) this.#loads.set(left.attempt.node, minus(this.load(left.attempt.node), resources));
    if (taken) this.#loads.set(taken.attempt.node, plus(this.load(taken.attempt.node), resources));
  }

  #attemptsAt(nodeId: string): Map<Token, LiveTaskRow> {
    const known = this.#attempts.get(nodeId) ?? new Map<Token, LiveTaskRow>();
    this.#attempts.set(nodeId, known);
    return known;
  }

  #follow(board: RunBoard, news: readonly Settled[]): void {
    for (const settled of news) {
      if (settled.verdict === 'run') this.#pushReady(board, settled.taskId, 0);
      else this.#verdicts.push({ run: board.run, settled });
    }
  }

  #pushReady(board: RunBoard, taskId: TaskId, mapIndex: number): void {
    const { run, plan } = board;
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

  #watchRetry(row: TaskRow & { readonly status: 'up_for_retry' }): void {
    const { namespace, runId, taskId, mapIndex, retryAt: at } = row;
    this.deadlines.add({ kind: 'retry', at, namespace, runId, taskId, mapIndex });
  }

  #watchRequest({ requestId, expiresAt: at }: RequestRow): void {
    this.deadlines.add({ kind: 'forget', at, requestId });
  }

  #watchSchedule(dag: DagRow): void {
    const { namespace, dagId } = dag;
    const schedule = this.#state.schedule(namespace, dagId);
    const version = this.#state.version(namespace, dagId, dag.versionId);
    if (dag.paused || schedule === undefined || version === undefined) return;
    const at = nextDue(version.spec, schedule);
    if (at !== undefined) this.deadlines.add({ kind: 'schedule', at, namespace, dagId });
  }

  #dagOf(row: { readonly namespace: Namespace; readonly dagId: DagId }): DagRow | undefined {
    return this.#state.dag(row.namespace, row.dagId);
  }
}

function byAge({ run: left }: LiveRun, { run: right }: LiveRun): number {
  if (left.createdAt !== right.createdAt) return left.createdAt - right.createdAt;
  return left.runId < right.runId ? -1 : 1;
}

const noAttempts: ReadonlyMap<Token, LiveTaskRow> = new Map();
