/**
 * An attempt: one try of a task instance on one node. Its fencing token is made of the log index of
 * the entry that assigned it, so tokens of one task instance only grow, whoever leads (laws 10 and
 * 11).
 */
import type { Incarnation, NodeId, Token, WallMs } from '../base/brand.ts';
import type { Artifact } from './artifact.ts';

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
  /** Why it was revoked, where that is not the end of its task: it begins again elsewhere. */
  readonly givesWay?: GivesWay;
  /** Why it was placed where it is. */
  readonly chosen?: Chosen;
}

/** `preempted`: something of a higher priority needs its room. `drained`: its node is emptied. */
export interface GivesWay {
  readonly to: 'preempted' | 'drained';
  /** A sentence for people. */
  readonly reason: string;
}

/** What was seen when a node was chosen for an attempt. */
export interface Chosen {
  /** Nodes that could take tasks then, and those of them that had room and were allowed. */
  readonly nodes: number;
  readonly fitting: number;
  /** Its score by the terms of `scheduler/score.ts`, in that order, in thousandths. */
  readonly terms: readonly number[];
  /** The best other node and its score; absent: there was none. */
  readonly next?: { readonly node: NodeId; readonly score: number };
  /** The node was kept for another task, which this one does not hold up. */
  readonly backfilled?: true;
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
  | 'lost'
  /** It gave way, and its task goes on with another attempt. No try is used up by it. */
  | 'preempted'
  | 'drained';

/** What an attempt took of its node, as far as its host could tell. */
export interface AttemptUsage {
  /** Processor time of all its processes. */
  readonly cpuMs?: number;
  /** The most memory that all its processes held at once. */
  readonly memoryBytesMax?: number;
  /** From and to the disk. */
  readonly readBytes?: number;
  readonly writtenBytes?: number;
}

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
  readonly usage?: AttemptUsage;
  readonly chosen?: Chosen;
  /** What a successful one has left. */
  readonly artifacts?: readonly Artifact[];
}
