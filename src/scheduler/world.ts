/**
 * What the scheduler needs of the rest of its node, as narrow interfaces: the log it proposes to,
 * the wire to gateways and executors, the ledger that remembers ended runs, and whoever follows
 * commits.
 */
import type { LogIndex, Namespace, NodeId, RunId, Term, WallMs } from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import type { DatedRun } from '../model/backfill.ts';
import type { EndedRun } from '../model/ended-run.ts';
import type { PastRunAsked } from '../model/past-run.ts';
import type { SchedulerToExecutor, SchedulerToGateway } from '../model/protocol.ts';
import type { LogRecord, RecordVersion } from '../model/record.ts';
import type { RunRow } from '../model/run.ts';
import type { Applied } from '../model/state.ts';
import type { DatesAsked } from './named-run.ts';

export type ProposeRefusal = 'not-leader' | 'overloaded' | 'transferring' | 'too-large';

export interface SchedulerLog {
  /** The index that the next successful `propose` gets. Only the scheduler proposes. */
  nextIndex(): LogIndex;
  /** Synchronous: the entry is in the leader's log, though not yet durable, when this returns. */
  propose(term: Term, payload: Uint8Array): Result<LogIndex, ProposeRefusal>;
  /**
   * `ok`: a majority has confirmed, after this call, whoever leads. Asked by a leader, it proves
   * that this node led at some moment after the call, if it still leads in the same term.
   */
  readIndex(done: (result: Result<LogIndex, unknown>) => void): void;
}

export interface SchedulerWire {
  toGateway(node: NodeId, message: SchedulerToGateway): void;
  toExecutor(node: NodeId, message: SchedulerToExecutor): void;
  toEveryExecutor(message: SchedulerToExecutor): void;
}

export interface History {
  /** The packed run, if it has ended; null if the ledger does not know it. */
  endedRun(namespace: Namespace, runId: RunId, done: (ended: EndedRun | null) => void): void;
  /** Ended runs of a DAG with a logical date in a range, as far as they are remembered. */
  datedRuns(range: DatesAsked, done: (runs: readonly DatedRun[]) => void): void;
  /** The newest such run, as far as they are remembered. */
  pastRun(asked: PastRunAsked, done: (run: RunRow | null) => void): void;
}

/** A committed entry, as it was applied on this node. */
export interface CommittedTurn {
  readonly index: LogIndex;
  readonly at: WallMs;
  /** Null for the empty entry of a new leader and for a configuration. */
  readonly record: LogRecord | null;
  readonly applied: readonly Applied[];
  /** State digest behind this entry, at multiples of 1,000. */
  readonly digest: string | undefined;
}

export interface SchedulerSettings {
  /** How long an executor may run tasks without hearing from a leader. */
  readonly leaseMs: number;
  /** See `leases.ts`. */
  readonly graceMs: number;
  /** Turns in flight at a time; while there are so many, the next one gathers. */
  readonly horizonMax: number;
  /** How far back shares are looked at; absent: see `share-memory.ts`. */
  readonly shareMemoryMs?: number;
}

export const defaultSchedulerSettings: SchedulerSettings = {
  leaseMs: 10_000,
  graceMs: 3_000,
  horizonMax: 4,
};

/** What the members of the cluster are said to understand (P90). */
export interface MemberVersions {
  /**
   * The newest record that every member understands. What somebody has asked for may stop a member
   * that is too old and has been silent; what the leader does by itself must not.
   */
  recordMax(wish: 'asked' | 'unasked'): RecordVersion;
  /** Whether a member has yet to say its version that may do so in a moment. */
  isPending(): boolean;
}
