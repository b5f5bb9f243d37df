/**
 * Artifacts, as the peer sees them: reads objects of the executors of the cluster for people, and
 * tells the executor of its own node what became of runs.
 */
import type { Wire } from '../actors/wire.ts';
import type { ArtifactConfig } from '../api/config-artifacts.ts';
import type { Reader } from '../api/service.ts';
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import { Pieces, SourceGone } from '../executor/artifacts/pieces.ts';
import { RemoteObjects, type RunName } from '../executor/artifacts/remote.ts';
import { isA } from '../executor/logs/is-a.ts';
import { openObjectStore } from '../executor/object-store.ts';
import type { ArtifactObject } from '../model/artifact.ts';
import type {
  ArtifactPiece,
  ArtifactRunFates,
  ArtifactRuns,
  RunFate,
} from '../model/artifact-protocol.ts';
import { inboxes } from '../model/protocol.ts';

/** Where the fates of runs are read. Nobody is told anything while the node is behind. */
export interface RunBook {
  readonly reader: Pick<Reader, 'run'>;
  readonly isReady: () => boolean;
}

/** Runs that one question may name. */
const runsMax = 1_000;

export class ArtifactReader {
  readonly #wire: Wire;
  readonly #pieces: Pieces;
  readonly #remote: RemoteObjects | undefined;
  readonly #inbox: Cancellable;
  #book: RunBook | undefined;

  constructor(wire: Wire, clock: Clock, remote: RemoteObjects | undefined) {
    this.#wire = wire;
    this.#remote = remote;
    this.#pieces = new Pieces(wire, clock);
    this.#inbox = wire.listen(inboxes.artifacts, (message, from) => {
      if (from.side !== 'executor') return;
      if (isA<ArtifactPiece>('artifact-piece', message)) {
        this.#pieces.answered(message, from.node);
      } else if (isA<ArtifactRuns>('artifact-runs', message)) void this.#tell(message, from.node);
    });
  }

  /** From now on there is a ledger. */
  knows(book: RunBook): void {
    this.#book = book;
  }

  stop(): void {
    this.#inbox.cancel();
  }

  /**
   * The bytes of an object, from whichever node has it; null when it is nowhere to be found. A
   * stream that breaks off ends with an error.
   */
  async open(
    run: RunName,
    { sha256, bytes, nodes }: ArtifactObject,
  ): Promise<AsyncIterable<Uint8Array> | null> {
    const object = { sha256, bytes };
    const except = new Set<NodeId>();
    while (except.size < sourcesMax) {
      const node = await this.#pieces.locate(object, { nodes, except });
      if (node === undefined) break;
      // The first piece comes when the node has looked through the whole object.
      const found = await begun(this.#pieces.of(node, object));
      if (found !== null) return found;
      except.add(node);
    }
    return this.#remote === undefined ? null : begun(this.#remote.of(run, object));
  }

  async #tell({ requestId, runs }: ArtifactRuns, to: NodeId): Promise<void> {
    const book = this.#book;
    if (to !== this.#wire.self.node || runs.length > runsMax || book?.isReady() !== true) return;
    const fates = await fatesOf(book.reader, runs).catch(() => undefined);
    // A ledger that cannot be read now, or is being closed: the executor asks again.
    if (fates === undefined) return;
    const answer: ArtifactRunFates = { kind: 'artifact-run-fates', requestId, fates };
    this.#wire.send(to, inboxes.artifacts, 'bulk', answer);
  }
}

/** Nodes that are asked for one object, at most. */
const sourcesMax = 8;

type Run = NonNullable<Awaited<ReturnType<Reader['run']>>['value']>['run'];

async function fatesOf(reader: RunBook['reader'], runs: ArtifactRuns['runs']) {
  const fates: RunFate[] = [];
  for (const { namespace, runId } of runs) {
    const { value } = await reader.run(namespace, runId);
    fates.push(fateOf(value?.run));
  }
  return fates;
}

function fateOf(run: Run | undefined): RunFate {
  if (run === undefined) return { status: 'unknown' };
  return 'endedAt' in run ? { status: 'ended', endedAt: run.endedAt } : { status: 'alive' };
}

/** Null where it does not begin. */
async function begun(
  source: AsyncGenerator<Uint8Array>,
): Promise<AsyncIterable<Uint8Array> | null> {
  try {
    const first = await source.next();
    return first.done === true ? null : following(first.value, source);
  } catch (error) {
    if (error instanceof SourceGone) return null;
    throw error;
  }
}

async function* following(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** The store beside the nodes, as the configuration describes it; undefined where there is none. */
export function remoteObjects({ remote }: Pick<ArtifactConfig, 'remote'>) {
  if (remote === undefined) return undefined;
  return new RemoteObjects({ prefix: remote.prefix, open: () => openObjectStore(remote) });
}
