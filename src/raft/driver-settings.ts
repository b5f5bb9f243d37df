/** What an operator may tune, in milliseconds and bytes; `coreSettings` turns it into ticks. */
import { type CoreSettings, defaultCoreSettings } from './settings.ts';

export interface RaftSettings {
  readonly tickMs: number;
  /** Also the time within which a follower that heard its leader refuses to replace it. */
  readonly electionTimeoutMsMin: number;
  readonly electionTimeoutMsMax: number;
  readonly heartbeatMs: number;
  readonly maxEntryBytes: number;
  readonly maxAppendBytes: number;
  readonly maxInflightAppends: number;
  readonly maxInflightBytes: number;
  readonly maxUncommittedBytes: number;
  readonly maxUncommittedEntries: number;
  readonly maxPendingReads: number;
  /** Entries kept in memory for followers and listeners; what is not synced is kept in any case. */
  readonly cacheBytesMax: number;
  /** One call of `committed` carries at most this, or one entry. */
  readonly commitPageBytes: number;
  /** How long a read may look for a leader that confirms it. */
  readonly readTimeoutMs: number;
  /** How long a probe of a silent leader waits for "nobody". */
  readonly probeTimeoutMs: number;
}

export const defaultRaftSettings: RaftSettings = {
  tickMs: 50,
  electionTimeoutMsMin: 1000,
  electionTimeoutMsMax: 2000,
  heartbeatMs: 100,
  maxEntryBytes: defaultCoreSettings.maxEntryBytes,
  maxAppendBytes: defaultCoreSettings.maxAppendBytes,
  maxInflightAppends: defaultCoreSettings.maxInflightAppends,
  maxInflightBytes: defaultCoreSettings.maxInflightBytes,
  maxUncommittedBytes: defaultCoreSettings.maxUncommittedBytes,
  maxUncommittedEntries: defaultCoreSettings.maxUncommittedEntries,
  maxPendingReads: defaultCoreSettings.maxPendingReads,
  cacheBytesMax: 64 * 2 ** 20,
  commitPageBytes: 2 ** 20,
  readTimeoutMs: 3000,
  probeTimeoutMs: 200,
};

export function coreSettings(settings: RaftSettings): CoreSettings {
  const ticks = (ms: number): number => Math.max(1, Math.round(ms / settings.tickMs));
  const electionTicksMin = ticks(settings.electionTimeoutMsMin);
  return {
    electionTicksMin,
    electionTicksMax: Math.max(electionTicksMin + 1, ticks(settings.electionTimeoutMsMax)),
    heartbeatTicks: ticks(settings.heartbeatMs),
    maxEntryBytes: settings.maxEntryBytes,
    maxAppendBytes: settings.maxAppendBytes,
    maxInflightAppends: settings.maxInflightAppends,
    maxInflightBytes: settings.maxInflightBytes,
    maxUncommittedBytes: settings.maxUncommittedBytes,
    maxUncommittedEntries: settings.maxUncommittedEntries,
    maxPendingReads: settings.maxPendingReads,
  };
}
