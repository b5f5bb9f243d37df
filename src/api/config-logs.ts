/** What a node keeps of the logs of tasks, its own and the copies of others. */
import { z } from 'zod';
import { type ArchiveConfig, archiveKeys } from './config-archive.ts';
import { size, strict } from './schema-kit.ts';

const mib = 1024 * 1024;
const dayMs = 86_400_000;

export const logKeys = strict({
  /** Of one stream of an attempt: half from its begin, the rest from its end. */
  streamMax: size.refine((bytes) => bytes >= mib, { error: 'at least 1Mi' }).default(100 * mib),
  /** What the node sends in a second to copy its logs to another one; 0Mi: no copies. */
  copyRate: size.default(64 * mib),
  /** What all tasks of the node write to their logs in a second, at most; 0Mi: as they like. */
  writeRate: size.default(64 * mib),
  /** Days after the last write to any attempt of a run on this node. */
  keepDays: z.coerce.number().min(0.01).max(36_500).default(30),
  /** All logs and copies on this node; the oldest go first. */
  keepMax: size.default(50 * 1024 * mib),
  ...archiveKeys,
});

export interface LogConfig {
  readonly streamBytes: number;
  readonly copyBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  readonly keepMs: number;
  readonly keepBytes: number;
  readonly archive?: ArchiveConfig;
}

/** `archive` was read apart: its keys stand elsewhere. */
export const logConfigOf = (
  raw: z.output<typeof logKeys>,
  archive: ArchiveConfig | undefined,
): LogConfig => ({
  streamBytes: raw.streamMax,
  copyBytesPerSecond: raw.copyRate,
  writeBytesPerSecond: raw.writeRate,
  keepMs: raw.keepDays * dayMs,
  keepBytes: raw.keepMax,
  ...(archive && { archive }),
});
