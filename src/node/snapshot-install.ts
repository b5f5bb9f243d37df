/**
 * One snapshot on its way into this node: pulls its pages in order, gives them to the import, and
 * at the end proves and installs it.
 *
 * Owns: the import and its stage; pages that came too early.
 * Does not own: the choice between offers, or what follows from the end.
 *
 * Invariants:
 *   T1  Pages reach the import in order, each once, whatever the network does to them (P57).
 *   T2  At most `windowPages` pages are asked for and not durable, so memory is bounded.
 *   T3  `ended` is called once, unless the install is abandoned; nothing is said after it.
 */
import type { LogIndex, NodeId } from '../base/brand.ts';
import { Pace } from '../base/pace.ts';
import type { Cancellable, Clock, Disk, DiskError, StoreRow } from '../base/ports.ts';
import { beginImport, type LedgerImport } from '../storage/ledger-import.ts';
import { type LedgerPage, rowsOfPage } from '../storage/ledger-page.ts';
import type { LedgerPlace } from '../storage/ledger-place.ts';
import { type SnapshotOffer, type ToSource, windowPages } from './snapshot-messages.ts';

/** What did not come by then is asked for again. */
const repeatMs = 1000;
/** The longest rest behind a window of pages. */
const restMsMax = 500;
/** A sender that says nothing for so long is gone, and has left no successor with an offer. */
const silentMs = 60_000;

export type InstallEnd =
  | { readonly kind: 'installed'; readonly place: LedgerPlace; readonly index: LogIndex }
  | { readonly kind: 'refused'; readonly why: 'damaged' | 'silence' | 'unwanted' }
  | { readonly kind: 'disk'; readonly error: DiskError };

export interface InstallOptions {
  readonly offer: SnapshotOffer;
  readonly from: NodeId;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly ledgerNumber: number;
  readonly say: (message: ToSource) => void;
  /** Asked right before the switch: the log may have gone on without the snapshot (P51). */
  readonly isWanted: () => boolean;
  readonly ended: (end: InstallEnd) => void;
}

interface Arrived {
  readonly rows: readonly StoreRow[];
  readonly digest: string | null;
}

export class SnapshotInstall {
  readonly offer: SnapshotOffer;
  readonly from: NodeId;
  readonly #options: InstallOptions;
  #import: LedgerImport | undefined;
  #state: 'opening' | 'pulling' | 'proving' | 'switching' | 'ended' = 'opening';
  /** Pages that were asked for, that were given to the import, that are durable. */
  #asked = 0;
  #taken = 0;
  #durable = 0;
  readonly #early = new Map<number, Arrived>();
  #digest: string | null = null;
  #heardAt: number;
  #movedAt: number;
  #timer: Cancellable;
  readonly #pace: Pace;
  #abandoned: ((error: DiskError | undefined) => void) | undefined;

  constructor(options: InstallOptions) {
    this.offer = options.offer;
    this.from = options.from;
    this.#options = options;
    this.#heardAt = options.clock.monotonicMs();
    this.#movedAt = this.#heardAt;
    this.#timer = options.clock.after(repeatMs, () => this.#tick());
    this.#pace = new Pace(options.clock, restMsMax);
    this.#open();
  }

  /** From here on it ends by itself and cannot be abandoned; the log must not be cut meanwhile. */
  get isSwitching(): boolean {
    return this.#state === 'switching';
  }

  /** The sender lives and has heard nothing for a while. */
  poke(): void {
    this.#heardAt = this.#now();
    this.#speak();
  }

  hear(page: LedgerPage): void {
    this.#heardAt = this.#now();
    const isExpected = page.number >= this.#taken && page.number < this.#asked;
    if (this.#state !== 'pulling' || !isExpected || this.#early.has(page.number)) return;
    const rows = rowsOfPage(page);
    // A damaged page counts as lost: it is asked for again.
    if (rows === undefined) return;
    this.#early.set(page.number, { rows, digest: page.digest });
    this.#take();
  }

  /** Removes what is there; no other callback comes. Not while it is switching. */
  abandon(done: (error: DiskError | undefined) => void): void {
    this.#state = 'ended';
    this.#timer.cancel();
    if (this.#import === undefined) this.#abandoned = done;
    else this.#import.abandon(done);
  }

  #open(): void {
    const { disk, clock, ledgerNumber, offer } = this.#options;
    const { base, appliedAt, format } = offer;
    beginImport({ disk, clock, ledgerNumber, base, appliedAt, format }, (begun) => {
      if (this.#abandoned !== undefined) {
        if (begun.ok) begun.value.abandon(this.#abandoned);
        else this.#abandoned(begun.error);
      } else if (begun.ok) {
        this.#import = begun.value;
        this.#state = 'pulling';
        this.#ask();
      } else {
        this.#end({ kind: 'disk', error: begun.error });
      }
    });
  }

  /** The next window; what it brings is durable before another one follows. */
  #ask(): void {
    if (this.#state !== 'pulling') return;
    this.#pace.begin();
    for (let left = windowPages; left > 0; left--) this.#request(this.#asked++);
  }

  #take(): void {
    for (;;) {
      const arrived = this.#early.get(this.#taken);
      if (arrived === undefined || this.#import === undefined) return;
      this.#early.delete(this.#taken++);
      this.#movedAt = this.#now();
      this.#digest = arrived.digest;
      this.#import.add(arrived.rows, (error) => {
        this.#durable++;
        if (error !== undefined) this.#end({ kind: 'disk', error });
        else if (this.#digest === null) this.#askNext();
        else if (this.#durable === this.#taken) this.#prove(this.#digest);
      });
    }
  }

  #askNext(): void {
    if (this.#durable === this.#asked) this.#pace.rest(() => this.#ask());
  }

  #prove(digest: string): void {
    this.#state = 'proving';
    this.#speak();
    this.#import?.prove(digest, (fault) => {
      if (fault === undefined) this.#switch();
      else if (fault.kind === 'disk') this.#end(fault);
      else this.#end({ kind: 'refused', why: 'damaged' });
    });
  }

  #switch(): void {
    if (!this.#options.isWanted()) {
      this.#end({ kind: 'refused', why: 'unwanted' });
      return;
    }
    this.#state = 'switching';
    this.#import?.install((place) => {
      const { index } = this.offer.base;
      if (place.ok) this.#end({ kind: 'installed', place: place.value, index });
      else this.#end({ kind: 'disk', error: place.error });
    });
  }

  #tick(): void {
    const now = this.#now();
    if (this.#state === 'pulling' && now - this.#heardAt >= silentMs) {
      this.#end({ kind: 'refused', why: 'silence' });
      return;
    }
    this.#timer = this.#options.clock.after(repeatMs, () => this.#tick());
    if (now - this.#movedAt >= repeatMs) this.#speak();
  }

  /** Asks again for what is missing, or says that it is busy with what has come. */
  #speak(): void {
    let missing = 0;
    for (let page = this.#taken; page < this.#asked && this.#digest === null; page++) {
      if (this.#early.has(page)) continue;
      this.#request(page);
      missing++;
    }
    if (missing === 0) this.#options.say({ kind: 'snapshot-working', id: this.offer.id });
  }

  #request(page: number): void {
    this.#options.say({ kind: 'snapshot-request', id: this.offer.id, page });
  }

  #end(end: InstallEnd): void {
    if (this.#state === 'ended') return;
    if (end.kind !== 'refused') this.#state = 'ended';
    this.#timer.cancel();
    this.#options.ended(end);
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }
}
