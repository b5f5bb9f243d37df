/**
 * An attempt: one try of a task instance on one node. Its fencing token is made of the log index of
 * the entry that assigned it, so tokens of one task instance only grow, whoever leads (laws 10 and
 * 11).
 */
import type { Incarnation, NodeId, Token, WallMs } from '../base/brand.ts';

interface AttemptCommon {
  /** 1 for the first attempt of the task instance, also after reruns it only grows. */
  readonly number: number;
  readonly node: NodeId;
  /** Of the executor: one that restarts has lost its processes. */
  readonly incarnation: Incarnation;
  readonly token: Token;
  readonly assignedAt: WallMs;
}

/** Assigned and not ended. Its room on the node is taken until a committed end frees it (W11). */
export interface LiveAttempt extends AttemptCommon {
  /** Set once somebody asked for its end; the executor is told until it confirms. */
  readonly revoked: boolean;
  /** What it takes part of beside the room of its node; absent: nothing. */
  readonly holds?: GateHold;
}

/**
 * Written down and not worked out of the definition, because a run's params and definition may be
 * edited while the attempt goes on, and what it gives back must be what it took.
 */
export interface GateHold {
  readonly pool?: { readonly name: string; readonly slots: number };
  /** The concurrency key, rendered. */
  readonly key?: string;
}

export type AttemptOutcome =
  | 'success'
  | 'failed'
  | 'skipped'
  | 'timed_out'
  | 'cancelled'
  /** The node fell silent and its lease has certainly ended, or its executor was restarted. */
  | 'lost';

export interface EndedAttempt extends AttemptCommon {
  readonly outcome: AttemptOutcome;
  /** As the executor's wall clock saw it; null if it never started. */
  readonly startedAt: WallMs | null;
  readonly endedAt: WallMs;
  readonly exitCode: number | null;
  readonly signal: number | null;
  /** A sentence for people, with the end of stderr where there is one; at most 4 KiB. */
  readonly error: string | null;
  /** What kind of failure it was, for `retryOn`: `timeout`, `http_503`, `ValueError`. */
  readonly errorClass?: string;
}
