/**
 * Brings objects of other nodes, or of a store beside them, into the store of this one. Who asks
 * for an object that is already on its way waits for the same.
 */
import type { NodeId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Trace } from '../../base/trace.ts';
import { type Pieces, SourceGone } from './pieces.ts';
import type { RemoteObjects, RunName } from './remote.ts';
import type { ArtifactStore, StoredObject } from './store.ts';

export interface WantedObject extends StoredObject {
  /** Where it is likely to be. */
  readonly nodes: readonly NodeId[];
}

/** Nodes that are asked for one object, at most. */
const sourcesMax = 8;

export class Fetcher {
  readonly #store: ArtifactStore;
  readonly #pieces: Pieces;
  readonly #remote: RemoteObjects | undefined;
  readonly #self: NodeId;
  readonly #trace: Trace;
  readonly #coming = new Map<string, Promise<Result<void, string>>>();
  readonly #stop = new AbortController();
  #taken = 0;

  constructor(parts: {
    readonly store: ArtifactStore;
    readonly pieces: Pieces;
    readonly remote: RemoteObjects | undefined;
    readonly self: NodeId;
    readonly trace: Trace;
  }) {
    this.#store = parts.store;
    this.#pieces = parts.pieces;
    this.#remote = parts.remote;
    this.#self = parts.self;
    this.#trace = parts.trace;
  }

  /** Bytes that have come from other nodes since the start. */
  get taken(): number {
    return this.#taken;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The object is in the store and whole; the error is a sentence. Never rejects. */
  async fetch(wanted: WantedObject, run: RunName): Promise<Result<void, string>> {
    if (await this.#store.isWhole(wanted)) return ok(undefined);
    const { sha256 } = wanted;
    const known = this.#coming.get(sha256);
    if (known !== undefined) return known;
    const coming = this.#bring(wanted, run)
      .catch((error: unknown) => fail(`could not be taken in: ${String(error)}`))
      .finally(() => this.#coming.delete(sha256));
    this.#coming.set(sha256, coming);
    return coming;
  }

  async #bring(wanted: WantedObject, run: RunName): Promise<Result<void, string>> {
    const { nodes, sha256, bytes } = wanted;
    const object = { sha256, bytes };
    const except = new Set([this.#self]);
    while (except.size <= sourcesMax && !this.#stop.signal.aborted) {
      const node = await this.#pieces.locate(object, { nodes, except });
      if (node === undefined) break;
      const taken = await this.#take(object, { from: node, source: this.#pieces.of(node, object) });
      if (taken === 'taken') return ok(undefined);
      if (taken !== 'another') return fail(taken.problem);
      except.add(node);
    }
    const remote = this.#remote?.of(run, object);
    const taken = remote && (await this.#take(object, { from: 'the store', source: remote }));
    if (taken === 'taken') return ok(undefined);
    if (taken !== undefined && taken !== 'another') return fail(taken.problem);
    const where = nodes.length === 0 ? '' : ` (it was on ${nodes.join(', ')})`;
    return fail(`is on no node that can be reached${where}`);
  }

  async #take(
    object: StoredObject,
    { from, source }: { readonly from: string; readonly source: AsyncIterable<Uint8Array> },
  ): Promise<'taken' | 'another' | { readonly problem: string }> {
    let seen = 0;
    try {
      const kept = await this.#store.keep(source, {
        bytesMax: object.bytes,
        expected: object,
        signal: this.#stop.signal,
        progress: (bytes) => {
          this.#taken += bytes - seen;
          seen = bytes;
        },
      });
      if (kept.ok) return 'taken';
      this.#trace('warn', 'executor.artifact_not_fetched', { from, error: kept.error });
      // A store without room has none for another copy either.
      return kept.error.startsWith('does not fit') ? { problem: kept.error } : 'another';
    } catch (error) {
      if (!(error instanceof SourceGone)) throw error;
      this.#trace('info', 'executor.artifact_source_gone', { from, error: error.message });
      return 'another';
    }
  }
}
