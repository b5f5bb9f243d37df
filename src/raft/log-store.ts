/**
 * What Raft asks of its storage. The body lives in `src/storage`; the simulator gives it a disk
 * that forgets. Raft never reads its log while it runs but for catching up a slow follower: the
 * core knows the log by its term boundaries alone (`TermRun`), so memory does not grow with the
 * log.
 */
import type { LogIndex, NodeId, Term } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { Members, MembersAt } from './members.ts';

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
  /**
   * Entries at this index and below are given up: the base moves here, or a part of the way if
   * there is much to give up. Never behind what is durable.
   */
  readonly purgeTo: LogIndex | undefined;
}

/**
 * The place right before the first entry that is kept: everything up to here is in the ledger. It
 * begins at index 0 and moves with compaction, or to the end of a snapshot that was installed.
 */
export interface LogBase {
  readonly index: LogIndex;
  readonly term: Term;
  /** The chained CRC of the entry at `index`: equal on every node, 0 at index 0. */
  readonly chain: number;
  /** The configuration as of `index` (P55). */
  readonly members: Members;
}

/** What was found on disk when the node opened it; checked for gaps and CRCs by then. */
export interface StoredLog {
  readonly hardState: HardState;
  readonly base: LogBase;
  /** The base's index when there are no entries. */
  readonly lastIndex: LogIndex;
  /** Of the entries behind the base. */
  readonly terms: readonly TermRun[];
  /** The configurations among the entries behind the base, in order. */
  readonly members: readonly MembersAt[];
}

export interface LogStore {
  readonly found: StoredLog;
  /** The index of the base as it is on disk now; it moves after a write with `purgeTo`. */
  readonly baseIndex: LogIndex;
  /** One synced batch. Calls may not overlap: the driver gathers while one is under way. */
  write(batch: LogBatch, done: (error: DiskError | undefined) => void): void;
  /** One synced write that changes nothing, to hear whether the disk answers; a call as `write`. */
  touch(done: (error: DiskError | undefined) => void): void;
  /**
   * Entries `from`..`to` (inclusive), cut after `maxBytes` of payload but at least one. Shorter,
   * or empty, when a truncation or a purge overtook the read.
   */
  read(
    range: { readonly from: LogIndex; readonly to: LogIndex; readonly maxBytes: number },
    done: (result: Result<readonly Entry[], DiskError>) => void,
  ): void;
  /**
   * The place of a durable entry (or of the base itself) as a base: what a snapshot that ends there
   * must carry. Undefined when it is not in the log any more.
   */
  positionAt(index: LogIndex, done: (result: Result<LogBase | undefined, DiskError>) => void): void;
}
