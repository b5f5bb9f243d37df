/**
 * What Raft asks of its storage. The body lives in `src/storage`; the simulator gives it a disk
 * that forgets. Raft never reads its log while it runs but for catching up a slow follower: the
 * core knows the log by its term boundaries alone (`TermRun`), so memory does not grow with the
 * log.
 */
import type { LogIndex, NodeId, Term } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import type { Result } from '../base/result.ts';

/** One log entry. An empty payload is the no-op that a new leader appends (thesis section 6.4). */
export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly payload: Uint8Array;
}

/** What a node must remember before it answers anything (thesis figure 3.1, persistent state). */
export interface HardState {
  readonly term: Term;
  readonly vote: NodeId | undefined;
}

/** Entries from `first` up to the next run's `first` have this term. Runs are in order of index. */
export interface TermRun {
  readonly first: LogIndex;
  readonly term: Term;
}

/** What one sync makes durable: all of it or nothing. */
export interface LogBatch {
  readonly hardState: HardState | undefined;
  /** Entries at this index and above are dropped before `append` is written. */
  readonly truncateFrom: LogIndex | undefined;
  /** Contiguous, and beginning right behind what is left after the truncation. */
  readonly append: readonly Entry[];
}

/** What was found on disk when the node opened it; checked for gaps and CRCs by then. */
export interface StoredLog {
  readonly hardState: HardState;
  /** 0 when the log is empty. */
  readonly lastIndex: LogIndex;
  readonly terms: readonly TermRun[];
}

export interface LogStore {
  readonly found: StoredLog;
  /** One synced batch. Calls may not overlap: the driver gathers while one is under way. */
  write(batch: LogBatch, done: (error: DiskError | undefined) => void): void;
  /** Entries `from`..`to` (inclusive), cut after `maxBytes` of payload but at least one. */
  read(
    range: { readonly from: LogIndex; readonly to: LogIndex; readonly maxBytes: number },
    done: (result: Result<readonly Entry[], DiskError>) => void,
  ): void;
}
