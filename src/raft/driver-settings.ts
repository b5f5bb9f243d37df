/** What an operator may tune, in milliseconds and bytes; `coreSettings` turns it into ticks. */
import type { CompactionSettings } from './driver-compaction.ts';
import { type CoreSettings, defaultCoreSettings } from './settings.ts';

export interface RaftSettings extends CompactionSettings {
  readonly tickMs: number;
  /** Also the time within which a follower that heard its leader refuses to replace it. */
  readonly electionTimeoutMsMin: number;
  readonly electionTimeoutMsMax: number;
  readonly heartbeatMs: number;
  /** A leader whose disk has not answered for so long steps down. */
  readonly diskHangMs: number;
  /** A learner that lacks more entries is not made a voter. */
  readonly promoteLagMax: number;
  readonly maxEntryBytes: number;
  readonly maxAppendBytes: number;
  readonly maxInflightAppends: number;
  readonly maxInflightBytes: number;
  readonly maxUncommittedBytes: number;
  readonly maxUncommittedEntries: number;
  readonly maxPendingReads: number;
  /** Entries kept in memory for followers and listeners; what is not synced is kept in any case. */
  readonly cacheBytesMax: number;
  /**
   * One call of `committed` carries at most this, or one entry: some 600 rows, which take a
   * follower 20 ms to apply.
   */
  readonly commitPageBytes: number;
  /** How long a read may look for a leader that confirms it. */
  readonly readTimeoutMs: number;
  /** How long a probe of a silent leader waits for "nobody". */
  readonly probeTimeoutMs: number;
}

export const defaultRaftSettings: RaftSettings = {
  tickMs: 50,
  electionTimeoutMsMin: 1500,
  electionTimeoutMsMax: 2500,
  heartbeatMs: 100,
  diskHangMs: 1500,
  promoteLagMax: 1000,
  maxEntryBytes: defaultCoreSettings.maxEntryBytes,
  maxAppendBytes: defaultCoreSettings.maxAppendBytes,
  maxInflightAppends: defaultCoreSettings.maxInflightAppends,
  maxInflightBytes: defaultCoreSettings.maxInflightBytes,
  maxUncommittedBytes: defaultCoreSettings.maxUncommittedBytes,
  maxUncommittedEntries: defaultCoreSettings.maxUncommittedEntries,
  maxPendingReads: defaultCoreSettings.maxPendingReads,
  cacheBytesMax: 64 * 2 ** 20,
  commitPageBytes: 128 * 1024,
  readTimeoutMs: 3000,
  probeTimeoutMs: 200,
  logEntriesKept: 10_000,
  logEntriesMax: 200_000,
};

export function coreSettings(settings: RaftSettings): CoreSettings {
  const ticks = (ms: number): number => Math.max(1, Math.round(ms / settings.tickMs));
  const electionTicksMin = ticks(settings.electionTimeoutMsMin);
  return {
    electionTicksMin,
    electionTicksMax: Math.max(electionTicksMin + 1, ticks(settings.electionTimeoutMsMax)),
    heartbeatTicks: ticks(settings.heartbeatMs),
    diskHangTicks: ticks(settings.diskHangMs),
    promoteLagMax: settings.promoteLagMax,
    maxEntryBytes: settings.maxEntryBytes,
    maxAppendBytes: settings.maxAppendBytes,
    maxInflightAppends: settings.maxInflightAppends,
    maxInflightBytes: settings.maxInflightBytes,
    maxUncommittedBytes: settings.maxUncommittedBytes,
    maxUncommittedEntries: settings.maxUncommittedEntries,
    maxPendingReads: settings.maxPendingReads,
  };
}
