/**
 * A peer's part in snapshots: sends those that its followers need, and installs the one that its
 * leader sends.
 */
import type { Wire } from '../actors/wire.ts';
import type { LogIndex, NodeId, Term } from '../base/brand.ts';
import type { Clock, Disk, DiskError } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { RaftStatus } from '../raft/driver-options.ts';
import type { PeerStores } from './peer-stores.ts';
import type { SnapshotOffer } from './snapshot-messages.ts';
import { SnapshotReceiver } from './snapshot-receiver.ts';
import { SnapshotSender } from './snapshot-sender.ts';

export interface PeerSnapshotsOptions {
  readonly clock: Clock;
  readonly wire: Wire;
  readonly disk: Disk;
  readonly trace: Trace;
  readonly stores: PeerStores;
  readonly pageBytes: number;
  readonly status: () => RaftStatus;
  /** The switch is durable: everything opens anew on what the snapshot brought. */
  readonly installed: () => void;
  readonly failed: (error: DiskError) => void;
}

export class PeerSnapshots {
  readonly #options: PeerSnapshotsOptions;
  #sender: SnapshotSender | undefined;
  #receiver: SnapshotReceiver | undefined;
  readonly #sending = new Set<NodeId>();

  constructor(options: PeerSnapshotsOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, wire, disk, trace, stores, pageBytes, installed, failed } = this.#options;
    const { ledger, log, place } = stores;
    this.#sender = new SnapshotSender({
      ...{ clock, wire, trace, ledger, pageBytes },
      positionAt: (index, done) => log.positionAt(index, done),
    });
    this.#receiver = new SnapshotReceiver({
      ...{ clock, wire, disk, trace, installed, failed },
      ledgerNumber: place.number,
      accepts: (offer, from) => this.#accepts(offer, from),
    });
  }

  send(to: NodeId, term: Term, ended: (index: LogIndex | undefined) => void): void {
    this.#sending.add(to);
    this.#sender?.offer(to, term, (index) => {
      this.#sending.delete(to);
      ended(index);
    });
  }

  /** Leadership is lost: whoever leads next sends anew. */
  withdraw(): void {
    this.#sending.clear();
    this.#sender?.withdraw();
  }

  counts(): { readonly sending: number; readonly receiving: number } {
    return { sending: this.#sending.size, receiving: this.#receiver?.isInstalling ? 1 : 0 };
  }

  get isSwitching(): boolean {
    return this.#receiver?.isSwitching ?? false;
  }

  /** `done` when no view is open and the disk is at rest. */
  stop(done: () => void): void {
    this.#sender?.stop();
    if (this.#receiver === undefined) done();
    else this.#receiver.stop(done);
  }

  /** Only from the leader of our term, and only what goes beyond what is known here (P51, P53). */
  #accepts({ id, base }: SnapshotOffer, from: NodeId): boolean {
    const { leader, term, commitIndex } = this.#options.status();
    const known = Math.max(commitIndex, this.#options.stores.ledger.appliedIndex);
    return from === leader && id.term === term && base.index > known;
  }
}
