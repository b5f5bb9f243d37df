/**
 * A task instance: a task of one run. There is no row while it only waits for upstream tasks or for
 * room: that is derived (law 3), and the API calls it `pending` or `scheduled`. A row appears with
 * the first assignment, or when the instance ends without one.
 */
import type { Namespace, RunId, TaskId, WallMs } from '../base/brand.ts';
import type { EndedAttempt, LiveAttempt } from './attempt.ts';

interface TaskCommon {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** 0 for a task that is not mapped. */
  readonly mapIndex: number;
  /** Ended attempts, oldest first; at most `attemptsKept`. */
  readonly attempts: readonly EndedAttempt[];
  /** Attempts that count against `retries` since the last rerun. */
  readonly tries: number;
}

export type TaskRow = TaskCommon &
  /** Only after a rerun: it has a past, and waits again. */
  (
    | { readonly status: 'pending' }
    | { readonly status: 'queued'; readonly attempt: LiveAttempt }
    | { readonly status: 'running'; readonly attempt: LiveAttempt; readonly startedAt: WallMs }
    | { readonly status: 'up_for_retry'; readonly retryAt: WallMs; readonly reason: string }
    /** A lost attempt of a task that is not idempotent: a person must say what happened. */
    | { readonly status: 'failed'; readonly endedAt: WallMs; readonly reason: string }
    | { readonly status: 'success'; readonly endedAt: WallMs }
    | { readonly status: 'skipped'; readonly endedAt: WallMs; readonly reason: string }
    | { readonly status: 'upstream_failed'; readonly endedAt: WallMs }
    | { readonly status: 'cancelled'; readonly endedAt: WallMs; readonly reason: string }
  );

export type TaskStatus = TaskRow['status'];

/** Attempts that a row remembers; older ones are only in the run's history. */
export const attemptsKept = 100;

/**
 * Every legal change of a row's status (W06). The absent row counts as `pending`. A terminal status
 * goes back to `pending` only by an explicit rerun (T03).
 */
export const taskTransitions: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  pending: ['queued', 'skipped', 'upstream_failed', 'cancelled'],
  queued: ['running', 'success', 'failed', 'skipped', 'up_for_retry', 'cancelled'],
  running: ['success', 'failed', 'skipped', 'up_for_retry', 'cancelled'],
  up_for_retry: ['queued', 'cancelled'],
  success: ['pending'],
  failed: ['pending'],
  skipped: ['pending'],
  upstream_failed: ['pending'],
  cancelled: ['pending'],
};

export type TerminalTaskStatus = 'success' | 'failed' | 'skipped' | 'upstream_failed' | 'cancelled';

export const taskHasEnded = (status: TaskStatus): status is TerminalTaskStatus =>
  status === 'success' ||
  status === 'failed' ||
  status === 'skipped' ||
  status === 'upstream_failed' ||
  status === 'cancelled';
