/** Limits of logs, of their copies and of their search; those of a node come with its settings. */

import type { ArchiveSettings } from './archive-format.ts';

export interface LogSettings {
  /** Kept of one stream of an attempt: half of it from the begin, the rest from the end. */
  readonly streamBytes: number;
  /** What an executor sends to copy its logs, at most. 0: nothing is copied. */
  readonly copyBytesPerSecond: number;
  /** What all attempts of a node write, at most: who writes faster is paced. 0: nobody is. */
  readonly writeBytesPerSecond: number;
  /** Files of attempts, and copies, go when nothing was written to them for so long. */
  readonly keepMs: number;
  /** All files of ended attempts, and all copies, take so much; the oldest go first. */
  readonly keepBytes: number;
  /** Where the logs of ended attempts go as well; absent: nowhere. */
  readonly archive?: ArchiveSettings;
}

const mib = 1024 * 1024;
const dayMs = 86_400_000;

export const logSettings: LogSettings = {
  streamBytes: 100 * mib,
  copyBytesPerSecond: 64 * mib,
  writeBytesPerSecond: 64 * mib,
  keepMs: 30 * dayMs,
  keepBytes: 50 * 1024 * mib,
};

/** Below this a limit on streams would not be worth its holes. */
export const streamBytesMin = mib;

export const copyLimits = {
  /**
   * In one message, which travels in a few frames: reading, sending and writing it takes some ten
   * turns of event loop and disk, and on a busy machine each of them is waited for. A quarter of
   * a second's worth where the rate is small.
   */
  batchBytes: mib,
  batchBytesMin: 64 * 1024,
  batchParts: 64,
  /** Messages without an answer. With `batchBytes` it bounds what lies on the bulk connection. */
  batchesInFlight: 4,
  /** An answer that takes longer says that one of the two nodes is busy. */
  slowMs: 100,
  /** At so many a second copying goes on beside whatever else there is, if so much is allowed. */
  busyBytesPerSecond: 2 * mib,
  /** A message without an answer is given up after this long, and its bytes are sent again. */
  ackMs: 1_000,
  /** The same, of a node that has let another one go without an answer. */
  ackMsMax: 2_000,
  /** Given up, and still of use if the answer comes after all. */
  givenUp: 16,
  /** Without any answer for so long the next node is tried. */
  silentMs: 5_000,
  /** Between two looks at a stream that has not grown. */
  lookMs: 200,
  /** Attempts that are looked at side by side: the disk has other work. */
  looksAtATime: 8,
  /** Pieces of one message that are written side by side. */
  writesAtATime: 8,
  /** Attempts that wait to be copied whole. What is more is found by the next sweep. */
  attempts: 20_000,
  /** Messages of one sender that wait for the disk. */
  batchesWaiting: 8,
} as const;
