/** Reads logs from the archive, a piece at a time, as they would be read from a node. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Trace } from '../../base/trace.ts';
import type { AttemptId, LeftOut } from '../../model/protocol.ts';
import { type ObjectStore, storeFault } from '../object-store.ts';
import {
  type ArchiveIndex,
  archiveLimits,
  archivePlace,
  indexKey,
  pieceKey,
  readIndex,
  type StreamName,
} from './archive-format.ts';

export interface ArchivedChunk {
  readonly bytes: Uint8Array;
  readonly end: boolean;
  readonly leftOut?: LeftOut;
}

interface Asked {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly stream: StreamName;
  readonly offset: number;
}

/** Who reads a log reads piece after piece: the last ones stay for a while. */
const kept = { indexes: 64, pieces: 4 } as const;
const chunkBytes = 256 * 1024;

const unpack = promisify(gunzip);

export class ArchiveReader {
  readonly #open: () => Promise<ObjectStore>;
  readonly #prefix: string;
  /** Kept of a stream; said where something was left out. */
  readonly #limitBytes: number;
  readonly #indexes = new Map<string, ArchiveIndex>();
  readonly #pieces = new Map<string, Uint8Array>();
  #store: Promise<ObjectStore> | undefined;

  readonly #trace: Trace;

  constructor(options: {
    readonly prefix: string;
    readonly limitBytes: number;
    readonly open: () => Promise<ObjectStore>;
    readonly trace: Trace;
  }) {
    this.#trace = options.trace;
    this.#open = options.open;
    this.#prefix = options.prefix;
    this.#limitBytes = options.limitBytes;
  }

  /** Null: it is not there, or the store does not answer, and the trace says why. */
  async read(asked: Asked): Promise<ArchivedChunk | null> {
    try {
      return await this.#read(asked);
    } catch (error) {
      this.#trace('warn', 'node.log_archive_unreadable', { error: storeFault(error) });
      // The next one who asks opens it anew.
      this.#store = undefined;
      return null;
    }
  }

  async #read({ id, attempt, stream, offset }: Asked): Promise<ArchivedChunk | null> {
    const place = archivePlace(this.#prefix, id, attempt);
    const index = this.#indexes.get(place) ?? (await this.#index(place));
    if (index === undefined) return null;
    const { sizeBytes, pieces } = index[stream];
    if (offset >= sizeBytes) return { bytes: new Uint8Array(), end: true };
    const piece = pieces.find((it) => offset < it.offset + it.bytes);
    const from = piece?.offset ?? sizeBytes;
    if (offset < from) {
      const leftOut = { bytes: from - offset, limitBytes: this.#limitBytes };
      return { bytes: new Uint8Array(), end: piece === undefined, leftOut };
    }
    const key = pieceKey(place, stream, from);
    const whole = this.#pieces.get(key) ?? (await this.#piece(key));
    if (whole === undefined) return null;
    const bytes = whole.subarray(offset - from, offset - from + chunkBytes);
    return { bytes, end: offset + bytes.length >= sizeBytes };
  }

  async #index(place: string): Promise<ArchiveIndex | undefined> {
    const found = await (await this.#opened()).get(indexKey(place));
    const index = found && readIndex(new TextDecoder().decode(found));
    if (index !== undefined) keep(this.#indexes, { key: place, value: index, max: kept.indexes });
    return index;
  }

  async #piece(key: string): Promise<Uint8Array | undefined> {
    const found = await (await this.#opened()).get(key);
    if (found === undefined) return undefined;
    const value = await unpack(found, { maxOutputLength: archiveLimits.pieceBytes });
    keep(this.#pieces, { key, value, max: kept.pieces });
    return value;
  }

  #opened(): Promise<ObjectStore> {
    this.#store ??= this.#open();
    return this.#store;
  }
}

function keep<T>(
  map: Map<string, T>,
  { key, value, max }: { readonly key: string; readonly value: T; readonly max: number },
): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
