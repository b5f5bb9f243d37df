/**
 * A task instance: a task of one run. There is no row while it only waits for upstream tasks or for
 * room: that is derived (law 3), and the API calls it `pending` or `scheduled`. A row appears with
 * the first assignment, or when the instance ends without one.
 */
import type { DagId, Namespace, RunId, TaskId, WallMs } from '../base/brand.ts';
import type { EndedAttempt, LiveAttempt } from './attempt.ts';
import type { HookMoment } from './dag-flow.ts';

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
  /** Rounds of a `repeat` that have ended without what it waits for. */
  readonly rounds?: number;
  /** Of a sensor: looks that said "not yet", and when it gives up, also while it looks again. */
  readonly looked?: { readonly looks: number; readonly giveUpAt: WallMs | null };
  /** What a hook or a compensation was started by. */
  readonly cause?: HookCause;
  /** Its own SLA was missed; told once. */
  readonly slaMissed?: boolean;
  /** A person ended it by hand. */
  readonly markedBy?: string;
  /** A person has said how it ends, once its attempt, which is revoked, is known to be gone. */
  readonly becomes?: MarkedEnd;
}

/** How a person ends a task instance by hand. */
export interface MarkedEnd {
  readonly as: 'success' | 'failed' | 'skipped';
  readonly by: string;
  readonly note: string;
}

/** What happened, for the task that is told of it. */
export interface HookCause {
  readonly on: HookMoment | 'compensate';
  /** Null: the run itself. */
  readonly taskId: TaskId | null;
  readonly mapIndex: number;
  /** Of the task or the run, when it happened. */
  readonly state: string;
  readonly reason: string | null;
}

/** What a deferred task waits for. It holds no slot; `until` is when to look at it in any case. */
export type WaitsFor =
  /** A `wait`, or the delay before a start. */
  | { readonly kind: 'time'; readonly goal: 'succeed' | 'start' }
  /** The next look of a sensor. */
  | { readonly kind: 'look'; readonly looks: number; readonly giveUpAt: WallMs | null }
  /** The next round of a `repeat`. */
  | { readonly kind: 'round' }
  /** `message` as it is shown, rendered. */
  | { readonly kind: 'approval'; readonly message?: string }
  | { readonly kind: 'run'; readonly dagId: DagId; readonly runId: RunId }
  /** `looksBack`: it has not heard yet whether a run that it waits for had ended before. */
  | { readonly kind: 'event'; readonly looksBack?: true };

export type TaskRow = TaskCommon &
  /** After a rerun: it has a past, and waits again. Or a hook that was just born. */
  (
    | { readonly status: 'pending' }
    | { readonly status: 'queued'; readonly attempt: LiveAttempt }
    | { readonly status: 'running'; readonly attempt: LiveAttempt; readonly startedAt: WallMs }
    | { readonly status: 'up_for_retry'; readonly retryAt: WallMs; readonly reason: string }
    | {
        readonly status: 'deferred';
        readonly since: WallMs;
        readonly until: WallMs | null;
        readonly waitsFor: WaitsFor;
      }
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
  pending: ['queued', 'deferred', 'success', 'failed', 'skipped', 'upstream_failed', 'cancelled'],
  queued: ['running', 'deferred', 'success', 'failed', 'skipped', 'up_for_retry', 'cancelled'],
  running: ['deferred', 'success', 'failed', 'skipped', 'up_for_retry', 'cancelled'],
  up_for_retry: ['queued', 'deferred', 'success', 'failed', 'skipped', 'cancelled'],
  deferred: ['queued', 'deferred', 'success', 'failed', 'skipped', 'up_for_retry', 'cancelled'],
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
