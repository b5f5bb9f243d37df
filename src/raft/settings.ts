/** The core's limits and time-outs. Times are in ticks, because the core has no clock. */
export interface CoreSettings {
  /** A follower that heard a leader within this many ticks refuses to help replace it. */
  readonly electionTicksMin: number;
  /** Exclusive upper bound of the randomised election time-out. */
  readonly electionTicksMax: number;
  readonly heartbeatTicks: number;
  /** A node whose disk has not answered for so long neither leads nor campaigns. */
  readonly diskHangTicks: number;
  /** A larger payload is refused `too-large`. */
  readonly maxEntryBytes: number;
  /** Entries of one append are cut after this many bytes; one entry always fits. */
  readonly maxAppendBytes: number;
  /** Appends on their way to one follower. Few: then load makes batches. */
  readonly maxInflightAppends: number;
  readonly maxInflightBytes: number;
  /** A leader with a longer uncommitted tail refuses proposals `overloaded`. */
  readonly maxUncommittedBytes: number;
  readonly maxUncommittedEntries: number;
  /** Reads that may wait on the leader for their round; more are answered `read-failed`. */
  readonly maxPendingReads: number;
  /** A learner that is more entries behind is not promoted. */
  readonly promoteLagMax: number;
}

export const defaultCoreSettings: CoreSettings = {
  electionTicksMin: 20,
  electionTicksMax: 40,
  heartbeatTicks: 2,
  diskHangTicks: 20,
  maxEntryBytes: 4 * 2 ** 20,
  maxAppendBytes: 512 * 2 ** 10,
  maxInflightAppends: 16,
  maxInflightBytes: 8 * 2 ** 20,
  maxUncommittedBytes: 64 * 2 ** 20,
  maxUncommittedEntries: 65_536,
  maxPendingReads: 10_000,
  promoteLagMax: 1000,
};
