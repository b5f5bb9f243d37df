/**
 * A log record: what one Raft entry carries. One turn of the leader's scheduler, as the groups of
 * facts that its decisions made, each with who asked for it.
 */
import type { WallMs } from '../base/brand.ts';
import { alikeMin, decode, encode, encodeCompact } from '../base/codec.ts';
import { TooNew } from '../base/too-new.ts';
import type { Fact } from './fact.ts';

/**
 * The newest version that this software knows; a node that meets a higher one stops (P90). A record
 * is written in the oldest version that can say it (`newness.ts`): 2 is that of 0.3.0, the full
 * language of workflows; 3 that of 0.4.0, placement; 4 that of 0.5.0, executors of every kind.
 */
export const recordVersionMax = 4;

export const recordVersions = [1, 2, 3, 4] as const;
export type RecordVersion = (typeof recordVersions)[number];

export const newerOf = (left: RecordVersion, right: RecordVersion): RecordVersion =>
  left > right ? left : right;

/** The version that a record, or a ledger by its format, says that it is of. */
export const versionSaid = (said: number): RecordVersion =>
  recordVersions.findLast((version) => version <= said) ?? 1;

/** What one decision changed. */
export interface Decision {
  /** The decision's name: `start-run`, `attempt-ended`… */
  readonly what: string;
  /**
   * Who asked: a principal's name, `node:n1` for an executor's report, `scheduler` for the clock.
   */
  readonly by: string;
  readonly facts: readonly Fact[];
}

export interface LogRecord {
  readonly version: number;
  /** The leader's wall clock, never lower than in an earlier record (W16). */
  readonly at: WallMs;
  readonly decisions: readonly Decision[];
  /**
   * Digest of the leader's state behind this record, at every multiple of `digestEvery`: whoever
   * applies the record must arrive at the same (W37). Absent in other records.
   */
  readonly digest?: string;
}

/** Records whose index is a multiple of this carry a digest. */
export const digestEvery = 1000;

export function encodeRecord(record: LogRecord): Uint8Array {
  const facts = record.decisions.reduce((sum, decision) => sum + decision.facts.length, 0);
  return facts < alikeMin ? encode(record) : encodeCompact(record);
}

/** Throws `TooNew` on a version that this software does not know. */
export function decodeRecord(payload: Uint8Array): LogRecord {
  const record = decode<LogRecord>(payload);
  if (record.version > recordVersionMax) {
    throw new TooNew(
      `log record of version ${record.version}; this software knows ${recordVersionMax}`,
    );
  }
  return record;
}
