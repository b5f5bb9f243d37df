/**
 * How long attempts are expected to take: half of the recent ones took no longer (p50), or another
 * share of them. One that has gone on for longer than that is expected to take what nine of ten
 * take (p90).
 */
import type { DagId, Namespace, TaskId } from '../../base/brand.ts';
import { type EstimateRow, quantileMs } from '../../model/estimate.ts';
import { dagKey, estimateKey } from '../../model/keys.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { unknownMs } from '../estimates.ts';

/** What is left, at least, of an attempt that has gone on for longer than expected. */
const overdueMs = 1_000;

export interface Expectation {
  /** Milliseconds, at least 1. */
  readonly ms: number;
  /** Whose past it was learnt from. */
  readonly from: 'task' | 'dag' | 'nothing';
}

interface TaskName {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly taskId: TaskId;
}

type Source = Pick<ReadonlyState, 'dag' | 'version' | 'estimate'>;

export class Expected {
  readonly #state: Source;
  readonly #share: number;
  readonly #known = new Map<string, Expectation>();
  /** By DAG; null: none of its tasks has an estimate. */
  readonly #medians = new Map<string, number | null>();

  /** `share` of the recent attempts took no longer; 0 to 1. */
  constructor(state: Source, share = 0.5) {
    this.#state = state;
    this.#share = share;
  }

  /** A whole attempt. What is said first stays: virtual successes are no experience. */
  of(task: TaskName): Expectation {
    const key = estimateKey(task.namespace, task.dagId, task.taskId);
    const known = this.#known.get(key) ?? this.#learn(task);
    this.#known.set(key, known);
    return known;
  }

  /** What is left of one that began `elapsedMs` ago. */
  restMs(task: TaskName, elapsedMs: number): number {
    const restMs = this.of(task).ms - elapsedMs;
    if (restMs > 0) return restMs;
    const row = this.#state.estimate(task.namespace, task.dagId, task.taskId);
    const longMs = row === undefined ? 0 : quantileMs(row, 0.9) - elapsedMs;
    return Math.max(overdueMs, longMs);
  }

  #learn(task: TaskName): Expectation {
    const row = this.#state.estimate(task.namespace, task.dagId, task.taskId);
    if (row !== undefined) return { ms: this.#msOf(row), from: 'task' };
    const median = this.#medianOf(task);
    return median === null ? { ms: unknownMs, from: 'nothing' } : { ms: median, from: 'dag' };
  }

  /** Of what the tasks of the DAG take, as it is defined now. */
  #medianOf({ namespace, dagId }: TaskName): number | null {
    const key = dagKey(namespace, dagId);
    const known = this.#medians.get(key);
    if (known !== undefined) return known;
    const dag = this.#state.dag(namespace, dagId);
    const version = dag && this.#state.version(namespace, dagId, dag.versionId);
    const all: number[] = [];
    for (const taskId of Object.keys(version?.spec.tasks ?? {}).filter(isTaskId)) {
      const row = this.#state.estimate(namespace, dagId, taskId);
      if (row !== undefined) all.push(this.#msOf(row));
    }
    all.sort((left, right) => left - right);
    const median = all[Math.floor((all.length - 1) / 2)] ?? null;
    this.#medians.set(key, median);
    return median;
  }

  #msOf(row: EstimateRow): number {
    return Math.max(1, Math.round(quantileMs(row, this.#share)));
  }
}

/** Keys of a record lose their brand in `Object.keys`; this gives it back without a cast. */
const isTaskId = (_key: string): _key is TaskId => true;
