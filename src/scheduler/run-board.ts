/**
 * One live run on the Board: its graph under way, and its hooks and compensations beside it.
 * Derived from the run's rows and its plan; dropped with the run.
 *
 * Invariants:
 *   R1  A run is complete when no instance of its graph and no hook or compensation is open.
 *   R2  What follows is reported once per life of this object (G2).
 */
import type { TaskId } from '../base/brand.ts';
import { taskKey } from '../model/keys.ts';
import type { ExpansionRow } from '../model/map.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { RunRow } from '../model/run.ts';
import { type Instance, RunGraph, type Settled } from '../model/run-graph.ts';
import { type TaskRow, taskHasEnded } from '../model/task-instance.ts';
import { stillToUndo } from './compensation.ts';
import type { Expected } from './estimates.ts';
import { isOutside, type Plan } from './plan.ts';

export class RunBoard {
  readonly plan: Plan;
  /** As it was expected when the run was opened. */
  readonly expected: Expected;
  readonly graph: RunGraph;
  run: RunRow;
  /** What is left to be closed while the run is being cancelled. */
  readonly closing: Generator<Instance, undefined>;
  readonly #live: LiveRun;
  /** Hooks and compensations that have not ended. */
  #openOutside = 0;
  readonly #firings = new Map<TaskId, number>();
  #toUndo: Instance[] | undefined;

  /** Counts what the rows say; `begin` then tells what follows. */
  constructor(live: LiveRun, plan: Plan, expected: Expected) {
    this.plan = plan;
    this.expected = expected;
    this.run = live.run;
    this.#live = live;
    const { namespace, runId } = live.run;
    const outputOf = (taskId: TaskId, mapIndex: number): string | undefined =>
      live.outputs.get(taskKey(namespace, runId, taskId, mapIndex))?.json;
    const tasks = live.tasks.values();
    const expansions = live.expansions.values();
    this.graph = new RunGraph(plan.shape, { tasks, expansions, outputOf });
    this.closing = this.graph.open();
    for (const row of live.tasks.values()) this.#countOutside(null, row);
  }

  /** Every instance of the graph has ended, and nothing beside it is open (R1). */
  get isComplete(): boolean {
    return this.graph.isComplete && this.#openOutside === 0;
  }

  /** What is settled at the begin of this object's life. */
  begin(): readonly Settled[] {
    const news: Settled[] = [...this.graph.settleAll()];
    if (this.#openOutside === 0) return news;
    for (const row of this.#live.tasks.values()) news.push(...this.#bornNow(row));
    return news;
  }

  /** A task row has changed; returns what that settles. */
  taskChanged(before: TaskRow | null, after: TaskRow | null): readonly Settled[] {
    this.#countOutside(before, after);
    if (after === null) return [];
    return isOutside(this.plan, after.taskId) ? this.#bornNow(after) : this.graph.changed(after);
  }

  expanded(row: ExpansionRow): readonly Settled[] {
    return this.graph.expanded(row);
  }

  /** How often a hook or a compensation was started: the index of its next instance. */
  firings(taskId: TaskId): number {
    return this.#firings.get(taskId) ?? 0;
  }

  /** What has succeeded and is not undone yet, in the order in which it is to be undone. */
  toUndo(): Instance[] {
    const { run, plan } = this;
    const since = run.status === 'queued' || run.startedAt === null ? run.createdAt : run.startedAt;
    this.#toUndo ??= stillToUndo(plan, [...this.#live.tasks.values()], since);
    return this.#toUndo;
  }

  /** A hook or compensation without a past waits for nothing. */
  #bornNow({ status, taskId, mapIndex }: TaskRow): readonly Settled[] {
    if (status !== 'pending' || !isOutside(this.plan, taskId)) return [];
    return [{ kind: 'run', taskId, mapIndex }];
  }

  #countOutside(before: TaskRow | null, after: TaskRow | null): void {
    const row = after ?? before;
    if (row === null || !isOutside(this.plan, row.taskId)) return;
    if (before !== null && !taskHasEnded(before.status)) this.#openOutside -= 1;
    if (after !== null && !taskHasEnded(after.status)) this.#openOutside += 1;
    const known = this.#firings.get(row.taskId) ?? 0;
    this.#firings.set(row.taskId, Math.max(known, row.mapIndex + 1));
  }
}

/** What was counted of the run's tasks is not about them any more, or is to be told again. */
export const beginsAnew = (before: RunRow, after: RunRow): boolean =>
  before.generation !== after.generation ||
  before.versionId !== after.versionId ||
  (before.isPaused === true && after.isPaused !== true);
