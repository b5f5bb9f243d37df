/**
 * The artifacts of a node: what its attempts leave and are given, the copies of others, and what
 * is removed. Puts the parts together and gives each message to the one it is for.
 */
import type { Sender, Wire } from '../../actors/wire.ts';
import type { Cancellable, Clock } from '../../base/ports.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Trace } from '../../base/trace.ts';
import { type Artifact, sha256Pattern } from '../../model/artifact.ts';
import type {
  ArtifactKeep,
  ArtifactKept,
  ArtifactPiece,
  ArtifactRead,
  ArtifactRunFates,
  ArtifactRuns,
  RunFate,
} from '../../model/artifact-protocol.ts';
import {
  type AttemptId,
  type Dispatch,
  inboxes,
  type SchedulerToExecutor,
} from '../../model/protocol.ts';
import type { ArtifactFlaw, AttemptArtifacts } from '../attempt-artifacts.ts';
import { isA } from '../logs/is-a.ts';
import { storeFault } from '../object-store.ts';
import { bringInputs } from './bring.ts';
import { collectArtifacts } from './collect.ts';
import { Fetcher } from './fetcher.ts';
import { type ArtifactSettings, storeLimits } from './limits.ts';
import { Pieces } from './pieces.ts';
import type { RemoteObjects } from './remote.ts';
import { SecondCopies } from './second-copy.ts';
import { ArtifactStore, type StoredObject } from './store.ts';
import { ArtifactSweep } from './sweep.ts';

export interface ArtifactDeskOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly settings: ArtifactSettings;
  readonly trace: Trace;
  /** Copies go there, and not to another node. */
  readonly remote?: RemoteObjects;
}

/** Bytes and counts since the start. */
export interface ArtifactStatus {
  /** What the objects take. */
  readonly bytes: number;
  /** Taken in from other nodes. */
  readonly fetchedBytes: number;
  /** Objects that no run referred to any more. */
  readonly removed: number;
}

const fatesMs = 10_000;

export class ArtifactDesk implements AttemptArtifacts {
  readonly #options: ArtifactDeskOptions;
  readonly #store: ArtifactStore;
  readonly #pieces: Pieces;
  readonly #remote: RemoteObjects | undefined;
  readonly #fetcher: Fetcher;
  readonly #copies: SecondCopies;
  readonly #sweep: ArtifactSweep;
  readonly #inbox: Cancellable;
  readonly #asked = new Map<string, (fates: readonly RunFate[] | undefined) => void>();
  #questions = 0;
  #serving = 0;

  constructor(options: ArtifactDeskOptions) {
    const { wire, clock, trace, settings } = options;
    this.#options = options;
    this.#store = new ArtifactStore(options);
    this.#pieces = new Pieces(wire, clock);
    const remote = options.remote;
    this.#remote = remote;
    const parts = { store: this.#store, pieces: this.#pieces, remote, self: wire.self.node, trace };
    this.#fetcher = new Fetcher(parts);
    this.#copies = new SecondCopies({ wire, clock, store: this.#store, fetcher: this.#fetcher });
    this.#sweep = new ArtifactSweep({
      ...{ clock, store: this.#store, keepMs: settings.keepMs, trace },
      forgotten: async (run) => remote?.forget(run),
      fatesOf: (runs) => this.#fatesOf(runs),
    });
    void this.#store.count();
    this.#inbox = wire.listen(inboxes.artifacts, (message, from) => this.#hear(message, from));
  }

  stop(): void {
    this.#inbox.cancel();
    this.#fetcher.stop();
    this.#sweep.stop();
  }

  status(): ArtifactStatus {
    const { taken: fetchedBytes } = this.#fetcher;
    return { bytes: this.#store.bytes, fetchedBytes, removed: this.#sweep.removed };
  }

  /** Looks now for what no run refers to any more; it does so by itself from time to time. */
  sweep(): Promise<void> {
    return this.#sweep.sweep();
  }

  /** What the leader says in its answers to heartbeats: copies go where those of logs go. */
  heardLeader(message: SchedulerToExecutor): void {
    if (message.kind !== 'heartbeat-answer' || message.logPeers === undefined) return;
    if (message.incarnation !== this.#options.wire.self.incarnation) return;
    this.#copies.peersAre(message.term, message.logPeers);
  }

  bring(
    { id, inputs = [] }: Dispatch,
    place: Parameters<AttemptArtifacts['bring']>[1],
    done: (flaw: ArtifactFlaw | undefined) => void,
  ): Cancellable {
    return this.#begin(
      done,
      async (signal) => {
        const digests = inputs.map(({ sha256 }) => sha256);
        await this.#store.hold(id, digests);
        const parts = { store: this.#store, fetcher: this.#fetcher, run: id, inputs, signal };
        return bringInputs({ ...parts, ...place });
      },
      (message): ArtifactFlaw => ({ message, errorClass: 'artifact_unavailable' }),
    );
  }

  outputs(
    { id, upstreamObjects = {} }: Dispatch,
    done: (result: Result<Readonly<Record<string, string>>, ArtifactFlaw>) => void,
  ): Cancellable {
    const flaw = (message: string) =>
      fail({ message, errorClass: 'artifact_unavailable' } satisfies ArtifactFlaw);
    const work = async (): Promise<Result<Readonly<Record<string, string>>, ArtifactFlaw>> => {
      const texts: Record<string, string> = {};
      const wanted = Object.entries(upstreamObjects);
      await this.#store.hold(
        id,
        wanted.map(([, { sha256 }]) => sha256),
      );
      for (const [task, object] of wanted) {
        const fetched = await this.#fetcher.fetch(object, id);
        if (!fetched.ok) return flaw(`the output of task "${task}" ${fetched.error}`);
        const bytes = await this.#store.read(object.sha256, 0, object.bytes);
        texts[task] = new TextDecoder().decode(bytes).trim();
      }
      return ok(texts);
    };
    return this.#begin(done, work, flaw);
  }

  keep(
    dispatch: Dispatch,
    place: Parameters<AttemptArtifacts['keep']>[1],
    done: (result: Result<readonly Artifact[], ArtifactFlaw>) => void,
  ): Cancellable {
    return this.#begin(
      done,
      (signal) => this.#keep(dispatch, place, signal),
      (message) => fail({ message, errorClass: 'artifact_unavailable' }),
    );
  }

  async #keep(
    { id, artifacts = {} }: Dispatch,
    place: Parameters<AttemptArtifacts['keep']>[1],
    signal: AbortSignal,
  ): Promise<Result<readonly Artifact[], ArtifactFlaw>> {
    const { settings, wire } = this.#options;
    const store = this.#store;
    const stored = await collectArtifacts({ store, settings, ...place, artifacts, signal });
    if (!stored.ok) return stored;
    const objects = stored.value.map(({ sha256, bytes }) => ({ sha256, bytes }));
    await store.hold(
      id,
      objects.map(({ sha256 }) => sha256),
    );
    const isRemote = await this.#putRemote(id, objects, signal);
    const second = isRemote ? undefined : await this.#copies.make(id, objects, signal);
    const { node } = wire.self;
    const nodes = second === undefined ? [node] : [node, second];
    const where = { nodes, ...(isRemote && ({ remote: true } as const)) };
    return ok(stored.value.map((artifact) => ({ ...artifact, ...where })));
  }

  /** Whether all of them are in the store beside the nodes. */
  async #putRemote(
    id: AttemptId,
    objects: readonly StoredObject[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const remote = this.#remote;
    if (remote === undefined) return false;
    try {
      for (const object of objects) {
        const source = this.#store.bytesOf(object.sha256);
        await remote.put(id, object, { source, signal });
      }
      return true;
    } catch (error) {
      const fault = storeFault(error);
      this.#options.trace('warn', 'executor.artifact_not_stored', { error: fault });
      return false;
    }
  }

  /** Runs a piece of work that can be cancelled; what it throws is weather of the disk. */
  #begin<T>(
    done: (result: T) => void,
    work: (signal: AbortSignal) => Promise<T>,
    failed: (message: string) => T,
  ): Cancellable {
    const stop = new AbortController();
    const stopped = new Promise<T>((resolve) => {
      stop.signal.addEventListener('abort', () => resolve(failed('stopped')));
    });
    const result = work(stop.signal).catch((error: unknown) => failed(`artifacts: ${error}`));
    void Promise.race([result, stopped]).then(done);
    return { cancel: () => stop.abort() };
  }

  #hear(message: unknown, from: Sender): void {
    if (isA<ArtifactRead>('artifact-read', message)) void this.#serve(message, from);
    else if (isA<ArtifactRunFates>('artifact-run-fates', message)) {
      this.#asked.get(message.requestId)?.(message.fates);
    } else if (from.side !== 'executor') return;
    else if (isA<ArtifactPiece>('artifact-piece', message)) {
      this.#pieces.answered(message, from.node);
    } else if (isA<ArtifactKeep>('artifact-keep', message)) this.#copies.take(message, from.node);
    else if (isA<ArtifactKept>('artifact-kept', message)) this.#copies.heard(message, from.node);
  }

  async #serve({ requestId, sha256, bytes, offset, maxBytes }: ArtifactRead, from: Sender) {
    if (this.#serving >= storeLimits.requests || !isPlain({ sha256, offset, maxBytes })) return;
    this.#serving += 1;
    try {
      // Of no bytes: that it is there is enough for now.
      const object = { sha256, bytes };
      const isThere =
        maxBytes === 0
          ? (await this.#store.sizeOf(sha256)) === bytes
          : await this.#store.isWhole(object);
      const most = Math.min(maxBytes, storeLimits.pieceBytes);
      const part = isThere && most > 0 ? await this.#store.read(sha256, offset, most) : nothing;
      this.#options.wire.send(from.node, inboxes.artifacts, 'bulk', {
        ...{ kind: 'artifact-piece', requestId, bytes: part },
        status: isThere ? 'data' : 'none',
      } satisfies ArtifactPiece);
    } catch (error) {
      this.#options.trace('warn', 'executor.artifact_unreadable', { error: String(error) });
    } finally {
      this.#serving -= 1;
    }
  }

  #fatesOf(runs: ArtifactRuns['runs']): Promise<readonly RunFate[] | undefined> {
    const { wire, clock } = this.#options;
    const requestId = `${wire.self.incarnation}-${++this.#questions}`;
    return new Promise((resolve) => {
      const end = (fates: readonly RunFate[] | undefined): void => {
        this.#asked.delete(requestId);
        timer.cancel();
        resolve(fates);
      };
      const timer = clock.after(fatesMs, () => end(undefined));
      this.#asked.set(requestId, end);
      const message: ArtifactRuns = { kind: 'artifact-runs', requestId, runs };
      wire.send(wire.self.node, inboxes.artifacts, 'bulk', message);
    });
  }
}

const nothing = new Uint8Array();

const isPlain = (asked: Pick<ArtifactRead, 'sha256' | 'offset' | 'maxBytes'>): boolean =>
  sha256Pattern.test(asked.sha256) &&
  Number.isSafeInteger(asked.offset) &&
  Number.isSafeInteger(asked.maxBytes) &&
  asked.offset >= 0 &&
  asked.maxBytes >= 0;
