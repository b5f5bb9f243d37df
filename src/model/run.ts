/**
 * A run: one execution of one DAG version. A union by status, so that a run which has ended has its
 * end time and one that has not cannot have it.
 */
import type { DagId, Namespace, RunId, TaskId, VersionId, WallMs } from '../base/brand.ts';
import type { ParamValue } from './dag.ts';

interface RunCommon {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly dagId: DagId;
  readonly versionId: VersionId;
  /** The instant that the run stands for; unique only among scheduled runs (T10). */
  readonly logicalDate: WallMs | null;
  readonly trigger: RunTrigger;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly priority: number;
  readonly createdAt: WallMs;
  readonly createdBy: string;
  /** 1, and one more with every rerun. */
  readonly generation: number;
  /** The time that the run stands for: from the fire before its logical date up to it. */
  readonly dataInterval?: { readonly start: WallMs; readonly end: WallMs };
  /** The task instance that started it. */
  readonly parent?: RunParent;
  /** What the event that started it said, as JSON text. */
  readonly payload?: string;
  readonly backfillId?: string;
  /** Nothing of it is started while it is paused. */
  readonly isPaused?: boolean;
  /** The SLA of the run was missed; told once. */
  readonly slaMissed?: boolean;
  /** What people said about it, newest last; at most `notesKept`. */
  readonly notes?: readonly RunNote[];
  /** Why it does not start although there is room (`dependsOnPast`, overlap). */
  readonly heldBy?: string;
}

export type RunTrigger =
  | 'manual'
  | 'schedule'
  | 'event'
  | 'backfill'
  /** A task of another run. */
  | 'task';

export interface RunParent {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  /** Of the parent's run: after a rerun it waits for another child. */
  readonly generation: number;
  /** Whether the task waits for this run's end. */
  readonly waits: boolean;
  /** 1: nobody stands above the parent. */
  readonly depth?: number;
}

export interface RunNote {
  readonly at: WallMs;
  readonly by: string;
  /** `marked a as success: fixed by hand`. */
  readonly text: string;
}

export const notesKept = 100;

/** Compensations, newest success first; then hooks. `stopped`: somebody ended the compensations. */
export const endingStages = ['compensate', 'stopped', 'hooks'] as const;

export type EndingStage = (typeof endingStages)[number];

/** The graph of the run has ended, and how the run will end is decided. */
export interface RunEnding {
  readonly becoming: 'success' | 'failed' | 'cancelled';
  readonly reason: string | null;
  readonly stage: EndingStage;
}

export type RunRow = RunCommon &
  (
    | { readonly status: 'queued' }
    | {
        readonly status: 'running';
        readonly startedAt: WallMs;
        readonly ending?: RunEnding;
      }
    /** Waits for processes to be gone; will end as `becoming`. */
    | {
        readonly status: 'cancelling';
        readonly startedAt: WallMs;
        readonly becoming: 'cancelled' | 'failed';
        readonly reason: string;
        readonly ending?: RunEnding;
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
