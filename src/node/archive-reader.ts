/** The archive of logs, as the configuration of the node describes it. */
import type { LogConfig } from '../api/config-logs.ts';
import type { Trace } from '../base/trace.ts';
import { ArchiveReader } from '../executor/logs/archive-reader.ts';
import { openObjectStore } from '../executor/object-store.ts';

/** Undefined where nothing is archived. */
export function archiveReader(
  { archive, streamBytes }: LogConfig,
  trace: Trace,
): ArchiveReader | undefined {
  if (archive === undefined) return undefined;
  const open = () => openObjectStore(archive);
  return new ArchiveReader({ prefix: archive.prefix, limitBytes: streamBytes, open, trace });
}
