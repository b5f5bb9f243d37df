/**
 * A backfill: runs for a range of the past, made as an object that can be looked at, paused,
 * resumed and cancelled, and that goes on under whoever leads (L082).
 */
import type { DagId, Namespace, VersionId, WallMs } from '../base/brand.ts';
import type { ParamValue } from './dag.ts';

export interface BackfillRow {
  readonly namespace: Namespace;
  readonly backfillId: string;
  readonly dagId: DagId;
  /** Its runs take this version, whatever is applied meanwhile. */
  readonly versionId: VersionId;
  /** Logical dates in [from, to]. */
  readonly from: WallMs;
  readonly to: WallMs;
  readonly direction: 'forward' | 'backward';
  /** Runs of it that are alive at a time; the DAG's `maxActiveRuns` counts too. */
  readonly activeMax: number;
  readonly only: 'all' | 'missing' | 'failed';
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly status: 'running' | 'paused' | 'cancelled' | 'done';
  /** The logical date that was taken up last, in its direction; null: none yet. */
  readonly at: WallMs | null;
  readonly total: number;
  readonly started: number;
  /** Dates passed over by `only`. */
  readonly passedOver: number;
  /** Dates that `only` passes over, as far as it was known at the start; in order, at most 500. */
  readonly passOver?: readonly DateSpan[];
  readonly succeeded: number;
  readonly failed: number;
  readonly createdAt: WallMs;
  readonly createdBy: string;
  readonly endedAt: WallMs | null;
}

/** Neighbouring logical dates: from the first to the last one. */
export interface DateSpan {
  readonly from: WallMs;
  readonly to: WallMs;
}

/** A run that has a logical date, and how it ended; null while it lives. */
export interface DatedRun {
  readonly logicalDate: WallMs;
  readonly status: 'success' | 'failed' | 'cancelled' | null;
}

/** Spans of one backfill. */
export const passOverMax = 500;

/** Runs of it that have not ended. */
export const backfillAlive = ({ started, succeeded, failed }: BackfillRow): number =>
  started - succeeded - failed;
