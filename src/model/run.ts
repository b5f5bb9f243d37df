/**
 * A run: one execution of one DAG version. A union by status, so that a run which has ended has its
 * end time and one that has not cannot have it.
 */
import type { DagId, Namespace, RunId, VersionId, WallMs } from '../base/brand.ts';
import type { ParamValue } from './dag.ts';

interface RunCommon {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly dagId: DagId;
  readonly versionId: VersionId;
  /** The instant that the run stands for; unique only among scheduled runs (T10). */
  readonly logicalDate: WallMs | null;
  readonly trigger: 'manual' | 'schedule';
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly priority: number;
  readonly createdAt: WallMs;
  readonly createdBy: string;
  /** 1, and one more with every rerun. */
  readonly generation: number;
}

export type RunRow = RunCommon &
  (
    | { readonly status: 'queued' }
    | { readonly status: 'running'; readonly startedAt: WallMs }
    /** Waits for processes to be gone; will end as `becoming`. */
    | {
        readonly status: 'cancelling';
        readonly startedAt: WallMs;
        readonly becoming: 'cancelled' | 'failed';
        readonly reason: string;
      }
    | { readonly status: 'success'; readonly startedAt: WallMs; readonly endedAt: WallMs }
    | {
        readonly status: 'failed';
        readonly startedAt: WallMs;
        readonly endedAt: WallMs;
        readonly reason: string;
      }
    | {
        readonly status: 'cancelled';
        readonly startedAt: WallMs | null;
        readonly endedAt: WallMs;
        readonly reason: string;
      }
  );

export type RunStatus = RunRow['status'];

/** Every legal change of a run's status (W06). Ended runs change only by an explicit rerun. */
export const runTransitions: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['running', 'cancelled'],
  running: ['cancelling', 'success', 'failed'],
  cancelling: ['cancelled', 'failed'],
  success: ['queued'],
  failed: ['queued'],
  cancelled: ['queued'],
};

export const runHasEnded = (status: RunStatus): boolean =>
  status === 'success' || status === 'failed' || status === 'cancelled';
