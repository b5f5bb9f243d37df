/**
 * Second copies: asks another node to fetch what an attempt has left, and does the same for others.
 * The other node fetches as a consumer would, so there is one way for bytes to travel.
 */
import type { Wire } from '../../actors/wire.ts';
import type { NodeId, Term } from '../../base/brand.ts';
import type { Clock } from '../../base/ports.ts';
import { sha256Pattern } from '../../model/artifact.ts';
import type { ArtifactKeep, ArtifactKept } from '../../model/artifact-protocol.ts';
import { type AttemptId, inboxes } from '../../model/protocol.ts';
import { instanceDirectory } from '../workspace.ts';
import type { Fetcher } from './fetcher.ts';
import { storeLimits } from './limits.ts';
import type { ArtifactStore, StoredObject } from './store.ts';

interface Parts {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly store: ArtifactStore;
  readonly fetcher: Fetcher;
}

/** Nodes that are asked to keep a copy before there is none. */
const targetsMax = 3;
/** Attempts of others whose copies are remembered. */
const rememberedMax = 10_000;

export class SecondCopies {
  readonly #parts: Parts;
  #term: Term | undefined;
  #peers: readonly NodeId[] = [];
  /** By token, who waits for a word of a node. */
  readonly #asked = new Map<number, (answer: ArtifactKept, from: NodeId) => void>();
  /** By token, how far the copy of another node's attempt is. */
  readonly #kept = new Map<number, ArtifactKept['status']>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The leader of `term` says where copies go, the best place first. */
  peersAre(term: Term, peers: readonly NodeId[]): void {
    if (this.#term !== undefined && term < this.#term) return;
    this.#term = term;
    this.#peers = peers;
  }

  /** Another executor asks for a copy here: what cannot be a name on a disk is not answered. */
  take({ id, objects }: ArtifactKeep, from: NodeId): void {
    const isPlain = objects.every(({ sha256 }) => sha256Pattern.test(sha256));
    if (!isPlain || !Number.isSafeInteger(id.token) || !instanceDirectory('', id).ok) return;
    if (!this.#kept.has(id.token)) void this.#keep(id, objects, from);
    this.#tell(id, from);
  }

  #tell({ token }: AttemptId, to: NodeId): void {
    const status = this.#kept.get(token) ?? 'coming';
    // Who asks again, later, may have better luck.
    if (status === 'refused') this.#kept.delete(token);
    const { wire, fetcher } = this.#parts;
    const message: ArtifactKept = { kind: 'artifact-kept', token, status, taken: fetcher.taken };
    wire.send(to, inboxes.artifacts, 'bulk', message);
  }

  async #keep(id: AttemptId, objects: readonly StoredObject[], from: NodeId): Promise<void> {
    this.#kept.set(id.token, 'coming');
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > rememberedMax && oldest !== undefined) this.#kept.delete(oldest);
    let status: ArtifactKept['status'] = 'kept';
    try {
      const digests = objects.map(({ sha256 }) => sha256);
      await this.#parts.store.hold(id, digests);
      for (const { sha256, bytes } of objects) {
        const fetched = await this.#parts.fetcher.fetch({ sha256, bytes, nodes: [from] }, id);
        if (!fetched.ok) status = 'refused';
        if (!fetched.ok) break;
      }
    } catch {
      status = 'refused';
    }
    this.#kept.set(id.token, status);
    this.#tell(id, from);
  }

  heard(answer: ArtifactKept, from: NodeId): void {
    this.#asked.get(answer.token)?.(answer, from);
  }

  /** The node that has a copy of all; undefined when there is none in time. */
  async make(
    id: AttemptId,
    objects: readonly StoredObject[],
    signal: AbortSignal,
  ): Promise<NodeId | undefined> {
    for (const node of this.#peers.slice(0, targetsMax)) {
      if (signal.aborted) return undefined;
      const status = await this.#askUntilKept(node, { kind: 'artifact-keep', id, objects }, signal);
      if (status === 'kept') return node;
    }
    return undefined;
  }

  #askUntilKept(
    node: NodeId,
    message: ArtifactKeep,
    signal: AbortSignal,
  ): Promise<ArtifactKept['status']> {
    const { wire, clock } = this.#parts;
    const { token } = message.id;
    return new Promise((resolve) => {
      let heardAt = clock.monotonicMs();
      let movedAt = heardAt;
      let taken = -1;
      const end = (status: ArtifactKept['status']): void => {
        this.#asked.delete(token);
        timer.cancel();
        signal.removeEventListener('abort', stopped);
        resolve(status);
      };
      const stopped = (): void => end('refused');
      const ask = (): void => {
        const now = clock.monotonicMs();
        const isSilent = now - heardAt >= storeLimits.silentMs;
        if (isSilent || now - movedAt >= storeLimits.stalledMs) {
          end('refused');
          return;
        }
        wire.send(node, inboxes.artifacts, 'bulk', message);
        timer = clock.after(storeLimits.lookMs, ask);
      };
      let timer = clock.after(0, ask);
      signal.addEventListener('abort', stopped);
      this.#asked.set(token, (answer, from) => {
        if (from !== node) return;
        heardAt = clock.monotonicMs();
        if (answer.taken !== taken) movedAt = heardAt;
        taken = answer.taken;
        if (answer.status !== 'coming') end(answer.status);
      });
    });
  }
}
