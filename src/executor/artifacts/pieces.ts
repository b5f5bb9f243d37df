/**
 * Objects of other nodes, piece by piece. Used by executors, which fetch, and by peers, which pass
 * on to people.
 *
 * It owns the requests without an answer. It does not own an inbox: whoever has one hands the
 * answers over.
 */
import type { Destination, Wire } from '../../actors/wire.ts';
import type { NodeId } from '../../base/brand.ts';
import type { Cancellable, Clock } from '../../base/ports.ts';
import type { ArtifactPiece, ArtifactRead } from '../../model/artifact-protocol.ts';
import { inboxes } from '../../model/protocol.ts';
import { storeLimits } from './limits.ts';
import type { StoredObject } from './store.ts';

interface Open {
  /** Whether that was what is waited for. */
  readonly take: (piece: ArtifactPiece, from: NodeId) => boolean;
  readonly timer: Cancellable;
}

interface Asked {
  readonly offset: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** An object that its node has no more, or does not give: another one may. */
export class SourceGone extends Error {
  override readonly name = 'SourceGone';
}

export class Pieces {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #open = new Map<string, Open>();
  #asked = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  answered(piece: ArtifactPiece, from: NodeId): void {
    const open = this.#open.get(piece.requestId);
    if (open === undefined || !open.take(piece, from)) return;
    this.#open.delete(piece.requestId);
    open.timer.cancel();
  }

  /**
   * The first node that says it has the object: one of `nodes`, or, when none of them answers, any
   * other; never one of `except`.
   */
  async locate(
    object: StoredObject,
    { nodes, except }: { readonly nodes: readonly NodeId[]; readonly except: ReadonlySet<NodeId> },
  ): Promise<NodeId | undefined> {
    const likely = nodes.filter((node) => !except.has(node));
    const near = likely.length === 0 ? undefined : await this.#find(likely, object, except);
    return near ?? (await this.#find('all', object, except));
  }

  #find(
    to: readonly NodeId[] | 'all',
    object: StoredObject,
    except: ReadonlySet<NodeId>,
  ): Promise<NodeId | undefined> {
    const { answerMs: timeoutMs } = storeLimits;
    const asked = { offset: 0, maxBytes: 0, timeoutMs };
    let silent = to === 'all' ? Number.POSITIVE_INFINITY : to.length;
    return new Promise((resolve) => {
      this.#ask(to, object, asked, {
        take: ({ status }, from) => {
          const isThere = status === 'data' && !except.has(from);
          silent -= 1;
          if (isThere || silent === 0) resolve(isThere ? from : undefined);
          return isThere || silent === 0;
        },
        inVain: () => resolve(undefined),
      });
    });
  }

  /** Null where the node has it no more, or says nothing. */
  #read(node: NodeId, object: StoredObject, asked: Asked): Promise<Uint8Array | null> {
    return new Promise((resolve) => {
      this.#ask(node, object, asked, {
        take: ({ status, bytes }) => {
          resolve(status === 'data' ? bytes : null);
          return true;
        },
        inVain: () => resolve(null),
      });
    });
  }

  /** The whole object, in order. Throws `SourceGone`. */
  async *of(node: NodeId, object: StoredObject): AsyncGenerator<Uint8Array> {
    const { pieceBytes: maxBytes, piecesInFlight, firstAnswerMs, answerMs, tries } = storeLimits;
    // Before its first answer the node looks through the whole object.
    const patienceMs = firstAnswerMs + object.bytes / slowBytesPerMs;
    const first = await this.#read(node, object, { offset: 0, maxBytes, timeoutMs: patienceMs });
    if (first === null) throw new SourceGone(`node ${node} does not give it`);
    yield first;
    const waiting: Promise<Uint8Array | null>[] = [];
    const ask = async (offset: number): Promise<Uint8Array | null> => {
      for (let tried = 0; tried < tries; tried++) {
        const bytes = await this.#read(node, object, { offset, maxBytes, timeoutMs: answerMs });
        if (bytes !== null) return bytes;
      }
      return null;
    };
    let next = first.length;
    for (let given = first.length; given < object.bytes; ) {
      for (; next < object.bytes && waiting.length < piecesInFlight; next += maxBytes) {
        waiting.push(ask(next));
      }
      const piece = await waiting.shift();
      if (!piece || piece.length === 0) throw new SourceGone(`node ${node} gives no more of it`);
      given += piece.length;
      yield piece;
    }
  }

  #ask(
    to: Destination,
    { sha256, bytes }: StoredObject,
    { offset, maxBytes, timeoutMs }: Asked,
    { take, inVain }: { readonly take: Open['take']; readonly inVain: () => void },
  ): void {
    this.#asked += 1;
    const { incarnation, side } = this.#wire.self;
    const requestId = `${side}-${incarnation}-${this.#asked}`;
    const timer = this.#clock.after(timeoutMs, () => {
      this.#open.delete(requestId);
      inVain();
    });
    this.#open.set(requestId, { take, timer });
    this.#wire.send(to, inboxes.artifacts, 'bulk', {
      ...{ kind: 'artifact-read', requestId, sha256, bytes, offset, maxBytes },
    } satisfies ArtifactRead);
  }
}

/** Reading of an object that is looked through, on a slow disk. */
const slowBytesPerMs = 20_000;
