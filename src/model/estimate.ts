/**
 * What a task is expected to take, learnt from its recent successes. One row for each task of a
 * DAG, whatever the version. A row is written with the first successes, and then once a minute at
 * most: so what is learnt is a sample in time, and costs next to nothing where a task runs often.
 */
import type { DagId, Namespace, TaskId, WallMs } from '../base/brand.ts';

export interface EstimateRow {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly taskId: TaskId;
  /** Milliseconds of the newest samples, newest last; at most `samplesKept`. */
  readonly samples: readonly number[];
  /** Of the newest sample. */
  readonly at: WallMs;
}

export const samplesKept = 15;

/** So many samples are taken one after the other, before they are taken once a minute. */
const samplesAtOnce = 5;
const sampleEveryMs = 60_000;

/** Rows in the cluster; tasks beyond them are not learnt. */
export const estimatesMax = 200_000;

/** Whether a success at `now` is to be remembered. */
export const isSampled = (row: EstimateRow | undefined, now: WallMs): boolean =>
  row === undefined || row.samples.length < samplesAtOnce || now - row.at >= sampleEveryMs;

export function withSample(
  row: EstimateRow | undefined,
  task: Pick<EstimateRow, 'namespace' | 'dagId' | 'taskId'>,
  sample: { readonly ms: number; readonly at: WallMs },
): EstimateRow {
  const { namespace, dagId, taskId } = task;
  const samples = [...(row?.samples ?? []), sample.ms].slice(-samplesKept);
  return { namespace, dagId, taskId, samples, at: sample.at };
}

/** Rows are immutable: the samples of each are put in order once. */
const sortedSamples = new WeakMap<EstimateRow, readonly number[]>();

/** Milliseconds that a share of the samples does not exceed (nearest rank); `share` of 0 to 1. */
export function quantileMs(row: EstimateRow, share: number): number {
  const sorted = sortedSamples.get(row) ?? [...row.samples].sort((left, right) => left - right);
  sortedSamples.set(row, sorted);
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(Math.max(rank, 0), sorted.length - 1)] ?? 0;
}
