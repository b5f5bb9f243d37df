/**
 * One snapshot on its way to one node: the view that it is read from, and the newest pages, kept to
 * be sent again. It offers until it is asked, answers what it is asked, and gives up on silence.
 *
 * Owns: the export and its view; at most `windowPages` pages.
 * Does not own: what follows from its end.
 *
 * Invariants:
 *   O1  `ended` is called once, unless the session is cancelled; the view is closed by then.
 *   O2  Pages are made in order, each once: the digest is over all of them.
 */
import type { LogIndex, NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { LogStore } from '../raft/log-store.ts';
import type { Ledger } from '../storage/ledger.ts';
import { type ExportHead, LedgerExport } from '../storage/ledger-export.ts';
import type { LedgerPage } from '../storage/ledger-page.ts';
import {
  type SnapshotId,
  type SnapshotOffer,
  type ToSource,
  type ToTarget,
  windowPages,
} from './snapshot-messages.ts';

/** An offer is repeated after this much silence; so is the search for a usable view. */
const repeatMs = 1000;
/** Nobody is there, or nobody wants it. */
const unansweredMs = 10_000;
/** Whoever asked before has gone. */
const silentMs = 15_000;
/** No question of a session under way is as late as this. */
const anewMs = 2000;
/**
 * Before a failure is told, so that a node that refuses at once is not offered the next at once.
 */
const pauseMs = 1000;

export interface SessionOptions {
  readonly id: SnapshotId;
  readonly to: NodeId;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly ledger: Pick<Ledger, 'store' | 'soon'>;
  readonly positionAt: LogStore['positionAt'];
  /** See `LedgerPages`. */
  readonly pageBytes?: number | undefined;
  readonly say: (message: ToTarget) => void;
  /** The index that was installed; undefined when nothing was. */
  readonly ended: (index: LogIndex | undefined) => void;
}

export class SnapshotSession {
  readonly id: SnapshotId;
  readonly to: NodeId;
  readonly #options: SessionOptions;
  #rows: LedgerExport | undefined;
  #offered: SnapshotOffer | undefined;
  #kept: readonly LedgerPage[] = [];
  /** The number of the page that is made next, and up to which they are wanted. */
  #next = 0;
  #wanted = -1;
  #isMaking = false;
  #isComplete = false;
  #wasAsked = false;
  #heardAt: number;
  /** When something was asked that can be answered. */
  #usefulAt: number;
  #timer: Cancellable;
  #isOver = false;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.to = options.to;
    this.#options = options;
    this.#heardAt = options.clock.monotonicMs();
    this.#usefulAt = this.#heardAt;
    this.#timer = options.clock.after(repeatMs, () => this.#tick());
    this.#open();
  }

  /**
   * Where the snapshot ends: the log must keep what follows it. Undefined while it is not known.
   */
  get index(): LogIndex | undefined {
    return this.#offered?.base.index;
  }

  /** It answers nothing any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  hear(message: ToSource): void {
    this.#heardAt = this.#options.clock.monotonicMs();
    this.#wasAsked = true;
    if (message.kind === 'snapshot-request') this.#asked(message.page);
    else if (message.kind === 'snapshot-installed') this.#end(message.index);
    else if (message.kind === 'snapshot-refused') this.#end(undefined);
  }

  /** Ends it without a word to anybody. */
  cancel(): void {
    this.#isOver = true;
    this.#timer.cancel();
    this.#rows?.close();
    this.#rows = undefined;
    this.#offered = undefined;
    this.#kept = [];
  }

  #open(): void {
    const rows = new LedgerExport(this.#options);
    this.#rows = rows;
    rows.head((head) => {
      if (head.ok) this.#place(rows, head.value);
      else this.#fail(head.error);
    });
  }

  /** The place of the view's index must be in the log still; a fresh view's is, after a while. */
  #place(rows: LedgerExport, head: ExportHead): void {
    this.#options.positionAt(head.appliedIndex, (position) => {
      if (this.#isOver) return;
      if (!position.ok) {
        this.#fail(position.error);
      } else if (position.value === undefined) {
        rows.close();
        this.#rows = undefined;
      } else {
        const base = position.value;
        const { appliedAt, format } = head;
        this.#offered = { kind: 'snapshot-offer', id: this.id, base, appliedAt, format };
        this.#options.trace('info', 'snapshot.offered', { to: this.to, index: base.index });
        this.#options.say(this.#offered);
      }
    });
  }

  #tick(): void {
    const quietMs = this.#options.clock.monotonicMs() - this.#heardAt;
    if (quietMs >= (this.#wasAsked ? silentMs : unansweredMs)) {
      this.#end(undefined);
      return;
    }
    this.#timer = this.#options.clock.after(repeatMs, () => this.#tick());
    if (this.#rows === undefined) this.#open();
    else if (quietMs >= repeatMs && this.#offered !== undefined) this.#options.say(this.#offered);
  }

  #asked(page: number): void {
    const now = this.#options.clock.monotonicMs();
    const kept = this.#kept.find(({ number }) => number === page);
    if (page >= this.#next || kept !== undefined) this.#usefulAt = now;
    if (kept !== undefined) {
      this.#send(kept);
    } else if (page < this.#next) {
      // Either an old question that took its time, or somebody who has begun anew and will ask
      // again. The digest cannot begin anew, so then the session must.
      if (now - this.#usefulAt >= anewMs) this.#end(undefined);
    } else if (page < this.#next + windowPages) {
      this.#wanted = Math.max(this.#wanted, page);
      this.#make();
    }
  }

  #make(): void {
    if (this.#rows === undefined || this.#isMaking || this.#isComplete) return;
    if (this.#next > this.#wanted) return;
    this.#isMaking = true;
    this.#rows.next((made) => {
      this.#isMaking = false;
      if (!made.ok) {
        this.#fail(made.error);
        return;
      }
      this.#next++;
      this.#isComplete = made.value.digest !== null;
      this.#kept = [...this.#kept, made.value].slice(-windowPages);
      this.#send(made.value);
      this.#make();
    });
  }

  #send(page: LedgerPage): void {
    this.#options.say({ kind: 'snapshot-page', id: this.id, page });
  }

  /** The ledger has told of its failure already; here it is only the end of the session. */
  #fail(error: Error): void {
    this.#options.trace('warn', 'snapshot.unreadable', { to: this.to, message: error.message });
    this.#end(undefined);
  }

  #end(index: LogIndex | undefined): void {
    if (this.#isOver) return;
    this.#options.trace('info', 'snapshot.ended', { to: this.to, index: index ?? null });
    this.cancel();
    if (index !== undefined) this.#options.ended(index);
    else this.#timer = this.#options.clock.after(pauseMs, () => this.#options.ended(undefined));
  }
}
