/**
 * Copies of artifacts in an S3-compatible store, instead of those on a second node. An object lies
 * there in parts, below its run: `PREFIX/~artifacts/NAMESPACE/RUN/SHA256/00000`, so that all that
 * belongs to a run goes at once, whoever removes it, and no more than a part is ever in memory.
 *
 * Invariants:
 *   O1  Parts are put in their order: when the last one is there, all of them are.
 *   O2  What comes back is checked by its reader, as what comes from a node is.
 */
import type { AttemptId } from '../../model/protocol.ts';
import type { ObjectStore } from '../object-store.ts';
import { SourceGone } from './pieces.ts';
import type { StoredObject } from './store.ts';

export type RunName = Pick<AttemptId, 'namespace' | 'runId'>;

export const remoteLimits = {
  /** Two of them are in memory for each object on its way. */
  partBytes: 4 * 1024 * 1024,
  /** Keys that are listed, and removed, at a time. */
  keysAtATime: 500,
} as const;

export class RemoteObjects {
  readonly #prefix: string;
  readonly #connect: () => Promise<ObjectStore>;
  #store: Promise<ObjectStore> | undefined;

  constructor(options: { readonly prefix: string; readonly open: () => Promise<ObjectStore> }) {
    const { prefix, open } = options;
    this.#prefix = `${prefix === '' ? '' : `${prefix}/`}~artifacts`;
    this.#connect = open;
  }

  /** Rejects where the store does not take it. */
  async put(
    run: RunName,
    object: StoredObject,
    {
      source,
      signal,
    }: { readonly source: AsyncIterable<Uint8Array>; readonly signal: AbortSignal },
  ): Promise<void> {
    const store = await this.#open();
    const parts = partsOf(object);
    const place = this.#placeOf(run, object);
    const there = await store.list(place, parts);
    // Another task of the run has left the same.
    if (there.length === parts) return;
    let at = 0;
    for await (const part of inParts(source)) {
      if (signal.aborted) throw new Error('stopped');
      await store.put(keyOf(place, at), part);
      at += 1;
    }
  }

  /** The bytes, in order. Throws `SourceGone` where they are not all there. */
  async *of(run: RunName, object: StoredObject): AsyncGenerator<Uint8Array> {
    const store = await this.#open();
    const place = this.#placeOf(run, object);
    for (let at = 0; at < partsOf(object); at++) {
      const part = await store.get(keyOf(place, at)).catch(() => undefined);
      if (part === undefined) throw new SourceGone('the store does not give it');
      yield part;
    }
  }

  /** Removes all that belongs to a run; what is gone already is fine. */
  async forget(run: RunName): Promise<void> {
    const store = await this.#open();
    const place = `${this.#prefix}/${run.namespace}/${run.runId}/`;
    for (;;) {
      const keys = await store.list(place, remoteLimits.keysAtATime);
      for (const key of keys) await store.remove(key);
      if (keys.length < remoteLimits.keysAtATime) return;
    }
  }

  #placeOf({ namespace, runId }: RunName, { sha256 }: StoredObject): string {
    return `${this.#prefix}/${namespace}/${runId}/${sha256}/`;
  }

  /** A client that could not be loaded is tried again with the next call. */
  async #open(): Promise<ObjectStore> {
    this.#store ??= this.#connect();
    try {
      return await this.#store;
    } catch (error) {
      this.#store = undefined;
      throw error;
    }
  }
}

const keyOf = (place: string, at: number): string => `${place}${String(at).padStart(5, '0')}`;

/** An empty object has one part, or nobody could tell whether it is there. */
const partsOf = ({ bytes }: StoredObject): number =>
  Math.max(1, Math.ceil(bytes / remoteLimits.partBytes));

/** The same bytes in parts of full size, the last one excepted. */
async function* inParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { partBytes } = remoteLimits;
  let part = new Uint8Array(partBytes);
  let filled = 0;
  let given = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      const some = piece.subarray(at, at + partBytes - filled);
      part.set(some, filled);
      filled += some.length;
      at += some.length;
      if (filled < partBytes) continue;
      yield part;
      given += 1;
      part = new Uint8Array(partBytes);
      filled = 0;
    }
  }
  if (filled > 0 || given === 0) yield part.subarray(0, filled);
}
