/**
 * How the log of an attempt lies in the archive. Below
 * `PREFIX/NAMESPACE/RUN/TASK/INDEX/ATTEMPT-TOKEN`:
 *
 *     stdout/0000000000000000.gz  stderr/0000000000000000.gz   pieces, named by where they begin
 *     index.json                                               put last: what is listed is there
 *
 * Offsets are those of what the task wrote. What was left out of a stream is in no piece.
 */
import { isJsonList, isJsonObject, type Json, parseJson } from '../../model/json.ts';
import type { AttemptId } from '../../model/protocol.ts';
import type { ObjectStoreSettings } from '../object-store.ts';

export interface ArchiveSettings extends ObjectStoreSettings {
  /** In front of all keys; may be empty. */
  readonly prefix: string;
}

export const archiveLimits = {
  /** Of one piece, before it is packed. */
  pieceBytes: 4 * 1024 * 1024,
  /** Attempts that wait to be archived; what is more is found by the next sweep. */
  attempts: 20_000,
  /** At a time: each holds one piece in memory. */
  uploads: 4,
  /** Of one attempt, before it is left to the next sweep. */
  tries: 5,
  backOffMs: 1_000,
  backOffMsMax: 5 * 60_000,
} as const;

export type StreamName = 'stdout' | 'stderr';
export const streamNames = ['stdout', 'stderr'] as const satisfies readonly StreamName[];

export interface ArchivedPiece {
  readonly offset: number;
  readonly bytes: number;
}

export interface ArchivedStream {
  /** Of all that was written. */
  readonly sizeBytes: number;
  readonly pieces: readonly ArchivedPiece[];
}

export type ArchiveIndex = Readonly<Record<StreamName, ArchivedStream>>;

/** The place of an attempt, without a slash behind it. */
export function archivePlace(prefix: string, id: AttemptId, attempt: number): string {
  const { namespace, runId, taskId, mapIndex, token } = id;
  const below = `${namespace}/${runId}/${taskId}/${mapIndex}/${attempt}-${token}`;
  return prefix === '' ? below : `${prefix.replace(/\/+$/, '')}/${below}`;
}

export const indexKey = (place: string): string => `${place}/index.json`;

export const pieceKey = (place: string, stream: StreamName, offset: number): string =>
  `${place}/${stream}/${String(offset).padStart(16, '0')}.gz`;

/** Undefined: it is none of ours. */
export function readIndex(text: string): ArchiveIndex | undefined {
  const json = parseJson(text);
  if (!json.ok || !isJsonObject(json.value)) return undefined;
  const stdout = streamIn(json.value.stdout);
  const stderr = streamIn(json.value.stderr);
  return stdout && stderr && { stdout, stderr };
}

function streamIn(said: Json | undefined): ArchivedStream | undefined {
  if (said === undefined || !isJsonObject(said)) return undefined;
  const { sizeBytes, pieces = null } = said;
  if (typeof sizeBytes !== 'number' || !isJsonList(pieces)) return undefined;
  const known = pieces.flatMap((piece) => {
    if (!isJsonObject(piece)) return [];
    const { offset, bytes } = piece;
    return typeof offset === 'number' && typeof bytes === 'number' ? [{ offset, bytes }] : [];
  });
  return { sizeBytes, pieces: known };
}
