/**
 * Receives snapshots: chooses between offers, runs one install at a time, and says how it ended.
 * When a snapshot is installed the peer is closed and opened again on the new ledger; nothing is
 * exchanged under a running peer.
 *
 * Owns: the install, and the answer to the last session.
 * Does not own: the ledger in use, or the log.
 *
 * Invariants:
 *   R1  One install at a time; the next begins when the stage of the last is removed (P57).
 *   R2  Only a newer session takes the place of one under way, and none that has begun to switch.
 *   R3  After the switch, and after a storage error, nothing more is installed.
 */
import type { Sender, Wire } from '../actors/wire.ts';
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock, Disk, DiskError } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { ledgerFormatMax } from '../storage/ledger-meta.ts';
import type { LedgerPlace } from '../storage/ledger-place.ts';
import { type InstallEnd, SnapshotInstall } from './snapshot-install.ts';
import {
  compareIds,
  isToTarget,
  type SnapshotOffer,
  snapshotInboxes,
  type ToSource,
  type ToTarget,
} from './snapshot-messages.ts';

export interface SnapshotReceiverOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly trace: Trace;
  /** The number of the ledger in use, as `ledger-place` says. */
  readonly ledgerNumber: number;
  /**
   * Whether a snapshot that ends at `offer.base` is wanted from that node. Asked when it is
   * offered, and again right before the switch, because applied never goes back (P51).
   */
  readonly accepts: (offer: SnapshotOffer, from: NodeId) => boolean;
  /** The switch is durable: the peer must be opened again. Called once. */
  readonly installed: (place: LedgerPlace) => void;
  /** A storage error: the node stops. Called once. */
  readonly failed: (error: DiskError) => void;
}

interface Heard {
  readonly offer: SnapshotOffer;
  readonly from: NodeId;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'installing'; readonly install: SnapshotInstall }
  /** A stage is being removed; `next` begins after that. */
  | { readonly kind: 'clearing'; readonly next: Heard | undefined }
  /** Installed, failed or stopped. */
  | { readonly kind: 'ended' };

export class SnapshotReceiver {
  readonly #options: SnapshotReceiverOptions;
  readonly #listener: Cancellable;
  #state: State = { kind: 'idle' };
  /** What the newest session that has ended was told, in case it was lost. */
  #answer: ToSource | undefined;
  #whenStopped: (() => void) | undefined;

  constructor(options: SnapshotReceiverOptions) {
    this.#options = options;
    this.#listener = options.wire.listen(snapshotInboxes.target, (message, from) => {
      if (from.side === 'peer' && isToTarget(message)) this.#hear(message, from);
    });
  }

  get isInstalling(): boolean {
    return this.#state.kind === 'installing';
  }

  /** True: the switch has begun, and the log must not be cut before the peer is opened again. */
  get isSwitching(): boolean {
    return this.#state.kind === 'installing' && this.#state.install.isSwitching;
  }

  /**
   * Stops listening. `done` when the disk is at rest: a stage is removed, a switch has ended, so
   * that the place may be read again.
   */
  stop(done: () => void): void {
    this.#listener.cancel();
    this.#whenStopped = done;
    if (this.#state.kind === 'installing') {
      if (!this.#state.install.isSwitching) this.#clear(this.#state.install, undefined);
    } else if (this.#state.kind === 'clearing') {
      this.#state = { kind: 'clearing', next: undefined };
    } else {
      this.#options.clock.soon(() => this.#rest());
    }
  }

  #hear(message: ToTarget, from: Sender): void {
    if (message.kind === 'snapshot-offer') {
      this.#offered({ offer: message, from: from.node });
      return;
    }
    if (this.#state.kind !== 'installing') return;
    const { install } = this.#state;
    if (install.from !== from.node || compareIds(install.offer.id, message.id) !== 0) return;
    if (message.kind === 'snapshot-page') install.hear(message.page);
    else if (!install.isSwitching) this.#clear(install, undefined);
  }

  #offered(heard: Heard): void {
    const { id } = heard.offer;
    const past = this.#answer === undefined ? 1 : compareIds(id, this.#answer.id);
    if (past <= 0) {
      if (past === 0 && this.#answer !== undefined) this.#say(heard.from, this.#answer);
      return;
    }
    switch (this.#state.kind) {
      case 'idle':
        if (this.#isWanted(heard)) this.#begin(heard);
        return;
      case 'installing':
        this.#compared(this.#state.install, heard);
        return;
      case 'clearing': {
        const { next } = this.#state;
        const isNewer = next === undefined || compareIds(id, next.offer.id) > 0;
        if (isNewer) this.#state = { kind: 'clearing', next: heard };
        return;
      }
      case 'ended':
        return;
    }
  }

  /** R2. */
  #compared(install: SnapshotInstall, heard: Heard): void {
    const age = compareIds(heard.offer.id, install.offer.id);
    if (age === 0) install.poke();
    else if (age > 0 && !install.isSwitching && this.#isWanted(heard)) this.#clear(install, heard);
  }

  #isWanted({ offer, from }: Heard): boolean {
    if (offer.format <= ledgerFormatMax && this.#options.accepts(offer, from)) return true;
    this.#say(from, { kind: 'snapshot-refused', id: offer.id });
    return false;
  }

  #begin(heard: Heard): void {
    const { clock, disk, trace, ledgerNumber, accepts } = this.#options;
    const { offer, from } = heard;
    trace('info', 'snapshot.begun', { from, index: offer.base.index, term: offer.id.term });
    const install: SnapshotInstall = new SnapshotInstall({
      ...{ offer, from, clock, disk, ledgerNumber },
      say: (message) => this.#say(from, message),
      isWanted: () => accepts(offer, from),
      ended: (end) => this.#installEnded(install, end),
    });
    this.#state = { kind: 'installing', install };
  }

  #installEnded(install: SnapshotInstall, end: InstallEnd): void {
    const { offer, from } = install;
    switch (end.kind) {
      case 'installed':
        this.#state = { kind: 'ended' };
        this.#options.trace('info', 'snapshot.installed', { from, index: end.index });
        this.#conclude(from, { kind: 'snapshot-installed', id: offer.id, index: end.index });
        if (this.#whenStopped === undefined) this.#options.installed(end.place);
        else this.#rest();
        return;
      case 'refused':
        this.#options.trace('warn', 'snapshot.refused', { from, why: end.why });
        this.#conclude(from, { kind: 'snapshot-refused', id: offer.id });
        this.#clear(install, undefined);
        return;
      case 'disk':
        this.#failed(end.error);
        return;
    }
  }

  /** R1. */
  #clear(install: SnapshotInstall, next: Heard | undefined): void {
    this.#state = { kind: 'clearing', next };
    install.abandon((error) => {
      const following = this.#state.kind === 'clearing' ? this.#state.next : undefined;
      this.#state = { kind: 'idle' };
      if (error !== undefined) this.#failed(error);
      else if (this.#whenStopped !== undefined) this.#rest();
      else if (following !== undefined && this.#isWanted(following)) this.#begin(following);
    });
  }

  /** After a storage error nothing is sent (I15). */
  #failed(error: DiskError): void {
    this.#state = { kind: 'ended' };
    this.#listener.cancel();
    if (this.#whenStopped === undefined) this.#options.failed(error);
    else this.#rest();
  }

  #rest(): void {
    this.#state = { kind: 'ended' };
    this.#whenStopped?.();
  }

  #conclude(to: NodeId, answer: ToSource): void {
    this.#answer = answer;
    this.#say(to, answer);
  }

  #say(to: NodeId, message: ToSource): void {
    this.#options.wire.send(to, snapshotInboxes.source, 'control', message);
  }
}
