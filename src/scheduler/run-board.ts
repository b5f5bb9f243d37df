/**
 * One live run on the Board: how many parents of each task have ended, and how. Derived from the
 * run's rows and its plan; dropped with the run.
 *
 * Invariants:
 *   R1  `ended` is the number of task rows with a terminal status.
 *   R2  A task is reported (ready, or with a verdict) at most once per life of this object.
 */
import { assert } from '../base/assert.ts';
import type { TaskId } from '../base/brand.ts';
import type { RunRow } from '../model/run.ts';
import type { LiveRun } from '../model/state.ts';
import { type TaskRow, type TaskStatus, taskHasEnded } from '../model/task-instance.ts';
import { judge } from '../model/trigger-rule.ts';
import { type Plan, taskSpec } from './plan.ts';

/** What the upstream tasks say about one task, once they say it. */
export interface Settled {
  readonly taskId: TaskId;
  readonly verdict: 'run' | 'skip' | 'upstream_failed';
}

interface Counts {
  readonly total: number;
  success: number;
  failed: number;
  skipped: number;
}

export class RunBoard {
  readonly plan: Plan;
  run: RunRow;
  readonly #counts = new Map<TaskId, Counts>();
  readonly #settled = new Set<TaskId>();
  #ended = 0;

  /** Counts what the rows say; `settle` then tells what follows for each task that has no row. */
  constructor(live: LiveRun, plan: Plan) {
    this.plan = plan;
    this.run = live.run;
    for (const id of plan.graph.order) {
      const total = plan.graph.parents.get(id)?.length ?? 0;
      this.#counts.set(id, { total, success: 0, failed: 0, skipped: 0 });
    }
    for (const row of live.tasks.values()) {
      if (row.status !== 'pending') this.#settled.add(row.taskId);
      if (taskHasEnded(row.status)) this.#countEnd(row.taskId, row.status);
    }
  }

  /** Every task of the run has ended. */
  get isComplete(): boolean {
    return this.#ended === this.plan.graph.order.length;
  }

  /** What is settled for tasks that wait for nothing, at the begin of this object's life. */
  settleAll(): readonly Settled[] {
    return this.#settle(this.plan.graph.order);
  }

  /** A task row has reached its end; returns what that settles for its children. */
  taskEnded(row: TaskRow): readonly Settled[] {
    this.#settled.add(row.taskId);
    this.#countEnd(row.taskId, row.status);
    return this.#settle(this.plan.graph.children.get(row.taskId) ?? []);
  }

  #countEnd(id: TaskId, status: TaskStatus): void {
    this.#ended += 1;
    assert(this.#ended <= this.plan.graph.order.length, 'R1: no more ends than tasks');
    for (const child of this.plan.graph.children.get(id) ?? []) {
      const counts = this.#counts.get(child);
      if (counts === undefined) continue;
      if (status === 'success') counts.success += 1;
      else if (status === 'skipped') counts.skipped += 1;
      else counts.failed += 1;
    }
  }

  #settle(ids: readonly TaskId[]): readonly Settled[] {
    const news: Settled[] = [];
    for (const taskId of ids) {
      const counts = this.#counts.get(taskId);
      if (counts === undefined || this.#settled.has(taskId)) continue;
      const verdict = judge(taskSpec(this.plan, taskId).triggerRule, counts);
      if (verdict === 'wait') continue;
      this.#settled.add(taskId);
      news.push({ taskId, verdict });
    }
    return news;
  }
}
