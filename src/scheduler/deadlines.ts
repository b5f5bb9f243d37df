/**
 * Deadlines on the wall clock: retries, schedules, run time-outs, answers to forget. All derived
 * from rows, so a new leader has every one of them (P88). An entry may be stale when it comes due;
 * whoever takes it compares it with the row.
 */
import type { DagId, Namespace, RequestId, RunId, TaskId, WallMs } from '../base/brand.ts';
import { Heap } from '../base/heap.ts';

export type Deadline =
  | {
      readonly kind: 'retry';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly taskId: TaskId;
      readonly mapIndex: number;
    }
  | {
      readonly kind: 'run-timeout';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly runId: RunId;
    }
  | {
      readonly kind: 'schedule';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly dagId: DagId;
    }
  /** A deferred task instance is to be looked at. */
  | {
      readonly kind: 'task-wake';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly taskId: TaskId;
      readonly mapIndex: number;
    }
  /** A task that waits for a run asks whether it has ended already; again, if nobody answers. */
  | {
      readonly kind: 'look-back';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly taskId: TaskId;
      readonly mapIndex: number;
    }
  /** The SLA of a run, or of one of its tasks, is over. */
  | {
      readonly kind: 'sla';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly taskId: TaskId | null;
    }
  /** The event triggers of a DAG: a due instant, or the end of a window. */
  | {
      readonly kind: 'trigger';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly dagId: DagId;
    }
  /** A rate has room again, or is to be forgotten. */
  | {
      readonly kind: 'rate';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly name: string;
    }
  /** More was to be done at once than one turn should carry. */
  | { readonly kind: 'go-on'; readonly at: WallMs }
  /** A backfill that goes on has room for runs. */
  | {
      readonly kind: 'backfill';
      readonly at: WallMs;
      readonly namespace: Namespace;
      readonly backfillId: string;
    }
  | { readonly kind: 'forget'; readonly at: WallMs; readonly requestId: RequestId };

export class Deadlines {
  readonly #heap = new Heap<{ readonly deadline: Deadline; readonly order: number }>(
    (left, right) =>
      left.deadline.at < right.deadline.at ||
      (left.deadline.at === right.deadline.at && left.order < right.order),
  );
  #order = 0;

  add(deadline: Deadline): void {
    this.#order += 1;
    this.#heap.push({ deadline, order: this.#order });
  }

  next(): WallMs | undefined {
    return this.#heap.peek()?.deadline.at;
  }

  /** Takes out the earliest deadline if it is due. */
  takeDue(now: WallMs): Deadline | undefined {
    const first = this.#heap.peek();
    if (first === undefined || first.deadline.at > now) return undefined;
    this.#heap.pop();
    return first.deadline;
  }

  clear(): void {
    this.#heap.clear();
  }
}
