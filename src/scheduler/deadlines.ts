/**
 * Deadlines on the wall clock: retries, schedules, run time-outs, answers to forget. All derived
 * from rows, so a new leader has every one of them (P88). An entry may be stale when it comes due;
 * whoever takes it compares it with the row.
 */
import type { DagId, Namespace, NodeId, RequestId, RunId, TaskId, WallMs } from '../base/brand.ts';
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
  /** The time that was left to what runs on a drained node is over. */
  | { readonly kind: 'drain'; readonly at: WallMs; readonly node: NodeId }
  /** A node pool with rules is looked at. */
  | { readonly kind: 'scale'; readonly at: WallMs; readonly pool: string }
  | { readonly kind: 'forget'; readonly at: WallMs; readonly requestId: RequestId };

/** Put-off deadlines that are remembered; when there are more, all of them come again. */
const putOffMax = 10_000;

export class Deadlines {
  readonly #heap = new Heap<Entry>(
    (left, right) => left.at < right.at || (left.at === right.at && left.order < right.order),
  );
  /** Until when each is put off, by what it is about. */
  readonly #putOff = new Map<string, WallMs>();
  #order = 0;

  add(deadline: Deadline): void {
    this.#push(deadline, deadline.at);
  }

  /**
   * Until then the deadline is not due, whatever its row says, and however often it is added. For
   * what is left over this would not help: others would take it up on their way.
   */
  putOff(deadline: Deadline, until: WallMs): void {
    if (deadline.kind === 'go-on') return;
    if (this.#putOff.size >= putOffMax) this.#putOff.clear();
    this.#putOff.set(keyOf(deadline), until);
  }

  next(): WallMs | undefined {
    return this.#heap.peek()?.at;
  }

  /** Takes out the earliest deadline that is due and not put off. */
  takeDue(now: WallMs): Deadline | undefined {
    for (let first = this.#heap.peek(); first !== undefined; first = this.#heap.peek()) {
      if (first.at > now) return undefined;
      this.#heap.pop();
      const until = this.#untilOf(first.deadline, now);
      if (until === undefined) return first.deadline;
      this.#push(first.deadline, until);
    }
    return undefined;
  }

  /** What is put off stays so. */
  clear(): void {
    this.#heap.clear();
  }

  #push(deadline: Deadline, at: WallMs): void {
    this.#order += 1;
    this.#heap.push({ deadline, at, order: this.#order });
  }

  #untilOf(deadline: Deadline, now: WallMs): WallMs | undefined {
    if (this.#putOff.size === 0) return undefined;
    const key = keyOf(deadline);
    const until = this.#putOff.get(key);
    if (until !== undefined && until > now) return until;
    this.#putOff.delete(key);
    return undefined;
  }
}

interface Entry {
  readonly deadline: Deadline;
  /** When it comes due: at its own time, or later. */
  readonly at: WallMs;
  readonly order: number;
}

const keyOf = (deadline: Deadline): string => JSON.stringify({ ...deadline, at: 0 });
