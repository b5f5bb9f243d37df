/**
 * The ledger: committed rows on disk, on every node; what people read (law 7). It is written
 * behind, in groups: what is committed while a batch is on its way gathers in the next window, and
 * a row that changed three times in a window is written once. After a restart the state comes back
 * from the live rows at the applied index, and the Raft log replays the rest.
 *
 * Owns: the store `ledger`, the window that is being written and the one that gathers.
 * Does not own: the state, the Raft log, or the decision to stop a node whose disk failed.
 *
 * Invariants:
 *   L1  Records come in order of index, each with everything that applying it did.
 *   L2  A batch holds whole records and the index of the last one: rows and applied index are one
 *       synced write (P35), so the rows on disk are always the state at the applied index (I4).
 *   L3  At most one batch is on its way; batches end in order.
 *   L4  What waits in memory is bounded: whoever commits heeds `isBehind`.
 *   L5  After a failure nothing is written, and nothing becomes durable (I15).
 */
import { assert } from '../base/assert.ts';
import type { LogIndex, WallMs } from '../base/brand.ts';
import type { Cancellable, Clock, DiskError, StoreOperation } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import type { Fact } from '../model/fact.ts';
import { operationsOf, type Step } from './ledger-batch.ts';
import { findGround, type Ground } from './ledger-ground.ts';
import { loadLiveRows } from './ledger-load.ts';
import { type LedgerMeta, nextMeta } from './ledger-meta.ts';
import type { LedgerStore } from './ledger-store.ts';
import { type LedgerCommit, LedgerWindow } from './ledger-window.ts';

export interface LedgerSettings {
  /** How long a record may wait for company before its window is written. */
  readonly windowMs: number;
  /** A window of this many rows and events is written without waiting any longer. */
  readonly rowsPerWindow: number;
  /** With this many rows and events in memory the ledger `isBehind`. */
  readonly rowsBehind: number;
  /** More than this is a broken promise of whoever commits (L4). */
  readonly rowsMax: number;
  /** Rows that are encoded at a stretch; at about 5 µs each, this is what a heartbeat may wait. */
  readonly rowsPerSlice: number;
}

export const ledgerDefaults: LedgerSettings = {
  windowMs: 1_000,
  rowsPerWindow: 16_384,
  rowsBehind: 50_000,
  rowsMax: 1_000_000,
  rowsPerSlice: 512,
};

/** Rows that encoding a piece of a large value costs as much as. */
const rowsPerPiece = 256;
/** A value of this size is a piece: many rows, or few large ones. */
const chunkBytesMin = 32 * 1024;

type Done = (error: DiskError | undefined) => void;

interface Waiter {
  readonly index: LogIndex;
  readonly done: Done;
}

export class Ledger {
  /** For readers, who look into `windows` before they look here. */
  readonly store: LedgerStore;
  readonly #clock: Clock;
  readonly #settings: LedgerSettings;
  readonly #trace: Trace;
  #meta: LedgerMeta;
  #handedOver: LogIndex;
  #gathering = new LedgerWindow();
  #writing: LedgerWindow | undefined;
  /** The gathering window is written as soon as no other is on its way. */
  #due = false;
  #timer: Cancellable | undefined;
  #waiters: Waiter[] = [];
  #roomWaiters: (() => void)[] = [];
  /** By run key: events on disk of runs that are live and were written to in this life. */
  readonly #historyLengths = new Map<string, number>();
  #closing = false;

  /** Use `openLedger`. */
  constructor(given: {
    readonly store: LedgerStore;
    readonly meta: LedgerMeta;
    readonly clock: Clock;
    readonly settings: LedgerSettings;
    readonly trace: Trace;
  }) {
    this.store = given.store;
    this.#meta = given.meta;
    this.#handedOver = given.meta.appliedIndex;
    this.#clock = given.clock;
    this.#settings = given.settings;
    this.#trace = given.trace;
  }

  /** Durable: a restart begins behind this record. */
  get appliedIndex(): LogIndex {
    return this.#meta.appliedIndex;
  }

  /** When the leader made the record at `appliedIndex`; 0 for an empty ledger. */
  get appliedAt(): WallMs {
    return this.#meta.appliedAt;
  }

  /** Of what is on disk; see `ledger-meta.ts`. */
  get format(): number {
    return this.#meta.format;
  }

  /** The last record handed over: what readers see. */
  get readableIndex(): LogIndex {
    return this.#handedOver;
  }

  /** Batches written since the ledger was made. */
  get batches(): number {
    return this.#meta.batches;
  }

  /** What is not on disk yet, oldest first. */
  windows(): readonly LedgerWindow[] {
    return this.#writing === undefined ? [this.#gathering] : [this.#writing, this.#gathering];
  }

  /**
   * Gives every live row on disk to `each`, in an order that `State.apply` accepts. Before the
   * first `commit` only.
   */
  load(
    each: (fact: Fact) => void,
    done: (result: Result<{ readonly appliedIndex: LogIndex }, DiskError>) => void,
  ): void {
    const { appliedIndex } = this.#meta;
    assert(this.#handedOver === appliedIndex, 'L2: live rows are loaded before the first commit');
    loadLiveRows(this.store, each, (loaded) =>
      done(loaded.ok ? { ok: true, value: { appliedIndex } } : loaded),
    );
  }

  /** Takes a committed record over. Readers see it at once; the disk has it later. */
  commit(commit: LedgerCommit): void {
    assert(!this.#closing, 'L1: nothing is committed to a closed ledger');
    assert(commit.index > this.#handedOver, 'L1: records come in order of index');
    this.#handedOver = commit.index;
    if (this.store.failure !== undefined) return;
    this.#gathering.add(commit);
    assert(this.#rows() <= this.#settings.rowsMax, 'L4: whoever commits heeds isBehind');
    this.#pump();
  }

  /** True: commit no more until `whenRoom` calls. */
  isBehind(): boolean {
    return this.#rows() >= this.#settings.rowsBehind;
  }

  /** Calls `run` once, as soon as the ledger is not behind. After a failure it never does. */
  whenRoom(run: () => void): void {
    if (this.isBehind()) this.#roomWaiters.push(run);
    else this.#clock.soon(run);
  }

  /** Calls `done` when everything handed over so far is durable, or never will be. */
  flush(done: Done): void {
    const { failure } = this.store;
    if (failure !== undefined || this.#handedOver === this.#meta.appliedIndex) {
      this.#clock.soon(() => done(failure));
      return;
    }
    this.#waiters.push({ index: this.#handedOver, done });
    this.#due = true;
    this.#pump();
  }

  /** Writes what is left, if it can, and closes the store. Reads that are under way end first. */
  close(done: () => void): void {
    this.#closing = true;
    this.flush(() => this.store.close(done));
  }

  /** For queries that need no disk: no answer comes before the question has returned. */
  soon(run: () => void): void {
    this.#clock.soon(run);
  }

  /** For `openLedger`: the store failed; `LedgerStore` sees to it that this comes once. */
  stop(error: DiskError): void {
    this.#trace('error', 'ledger.failed', { message: error.message });
    this.#timer?.cancel();
    this.#roomWaiters = [];
    const waiters = this.#waiters.splice(0);
    this.#clock.soon(() => {
      for (const waiter of waiters) waiter.done(error);
    });
  }

  #rows(): number {
    return this.#gathering.size + (this.#writing?.size ?? 0);
  }

  #pump(): void {
    if (this.#gathering.index === 0 || this.store.failure !== undefined) return;
    if (this.#due || this.#gathering.size >= this.#settings.rowsPerWindow) {
      if (this.#writing === undefined) this.#write();
    } else {
      this.#timer ??= this.#clock.after(this.#settings.windowMs, () => {
        this.#timer = undefined;
        this.#due = true;
        this.#pump();
      });
    }
  }

  #write(): void {
    const window = this.#gathering;
    this.#writing = window;
    this.#gathering = new LedgerWindow();
    this.#due = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    const startedAt = this.#clock.monotonicMs();
    findGround({ store: this.store, window, known: this.#historyLengths }, (ground) => {
      // A failed read has stopped the ledger already (L5).
      if (!ground.ok || this.store.failure !== undefined) return;
      const meta = nextMeta(this.#meta, window);
      const operations = operationsOf(window, ground.value, meta);
      this.#encode(operations, [], (batch) =>
        this.store.write(batch, (error) => {
          if (error !== undefined) return;
          const tookMs = this.#clock.monotonicMs() - startedAt;
          this.#trace('debug', 'ledger.written', { operations: batch.length, tookMs });
          this.#finish(meta, window, ground.value);
        }),
      );
    });
  }

  /** Encodes slice by slice, so that a large window holds nobody up. */
  #encode(
    operations: Iterator<Step, void>,
    batch: StoreOperation[],
    done: (batch: readonly StoreOperation[]) => void,
  ): void {
    // A piece of a large value, or of a run's history, counts as the rows that are in it.
    for (let rows = 0; rows < this.#settings.rowsPerSlice; ) {
      const next = operations.next();
      if (next.done) {
        done(batch);
        return;
      }
      if (next.value === undefined) rows += rowsPerPiece;
      else {
        batch.push(next.value);
        const isChunk = next.value.kind === 'put' && next.value.value.length > chunkBytesMin;
        rows += isChunk ? rowsPerPiece : 1;
      }
    }
    this.#clock.soon(() => {
      if (this.store.failure === undefined) this.#encode(operations, batch, done);
    });
  }

  #finish(meta: LedgerMeta, window: LedgerWindow, ground: Ground): void {
    assert(this.#writing === window, 'L3: batches end in order');
    if (this.store.failure !== undefined) return;
    this.#writing = undefined;
    this.#meta = meta;
    this.#learnHistoryLengths(window, ground);
    const settled = this.#waiters.filter(({ index }) => index <= meta.appliedIndex);
    this.#waiters = this.#waiters.filter(({ index }) => index > meta.appliedIndex);
    if (this.#waiters.length > 0) this.#due = true;
    this.#pump();
    for (const { done } of settled) done(undefined);
    if (this.isBehind()) return;
    for (const run of this.#roomWaiters.splice(0)) run();
  }

  /** Ended runs are not remembered: a rerun looks its history up. */
  #learnHistoryLengths(window: LedgerWindow, ground: Ground): void {
    for (const run of window.forgotten) this.#historyLengths.delete(run);
    for (const [run, events] of window.events) {
      if (window.verdicts.get(run)?.kind === 'ended') this.#historyLengths.delete(run);
      else this.#historyLengths.set(run, (ground.historyLengths.get(run) ?? 0) + events.length);
    }
  }
}
