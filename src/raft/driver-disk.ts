/**
 * Group commit: what the core wants on disk while a sync is under way gathers into the next batch,
 * in order, so that term, vote and entries of one step never come apart.
 *
 * Owns: the batch that gathers, the one that is being written. Does not own entries' meaning.
 * D1  At most one `write` of the store at a time.
 * D2  A batch equals its persists carried out one after the other.
 * D3  After an error nothing is written or answered any more.
 * D4  Giving up old entries never holds anything up: each batch takes some of them along, and only
 *     when nothing else waits they get batches of their own.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex, type Term } from '../base/brand.ts';
import type { Clock, DiskError } from '../base/ports.ts';
import type { SyncTimes } from './driver-sync-times.ts';
import type { Entry, HardState, LogStore } from './log-store.ts';
import type { Persist, Persisted } from './types.ts';

interface Gathered {
  write: number;
  hardState: HardState | undefined;
  truncateFrom: LogIndex | undefined;
  append: Entry[];
}

const emptyBatch = { hardState: undefined, truncateFrom: undefined, append: [] } as const;

export interface DriverDiskOptions {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly times: SyncTimes;
  /** Hears of each write; `last` is the last entry that it carried. */
  readonly watch: { syncBegan(): void; syncEnded(last: LogIndex | undefined): void };
  readonly synced: (answer: Persisted) => void;
  readonly failed: (error: DiskError) => void;
}

export class DriverDisk {
  readonly #options: DriverDiskOptions;
  #gathered: Gathered | undefined = undefined;
  #busy = false;
  #stopped = false;
  #lastIndex: LogIndex;
  #lastTerm: Term;
  #purgeTo: LogIndex;

  constructor(options: DriverDiskOptions) {
    this.#options = options;
    const { found } = options.store;
    this.#lastIndex = found.lastIndex;
    this.#lastTerm = found.terms.at(-1)?.term ?? found.base.term;
    this.#purgeTo = found.base.index;
  }

  /** Takes its place in the batch that gathers; `start` sends that off. */
  gather(persist: Persist): void {
    this.#purgeTo = persist.purgeTo ?? this.#purgeTo;
    const batch = this.#gathered;
    if (batch === undefined) {
      const { write, hardState, truncateFrom, append } = persist;
      this.#gathered = { write, hardState, truncateFrom, append: [...append] };
      return;
    }
    assert(persist.write === batch.write + 1, 'D2: persists are gathered in order');
    batch.write = persist.write;
    batch.hardState = persist.hardState ?? batch.hardState;
    if (persist.truncateFrom !== undefined) truncate(batch, persist.truncateFrom);
    for (const entry of persist.append) batch.append.push(entry);
  }

  /** Writes what has gathered, unless a write is under way: then it follows by itself. */
  start(): void {
    const hasWork = this.#gathered !== undefined || this.#options.store.baseIndex < this.#purgeTo;
    if (hasWork) this.#write();
  }

  /** Asks the disk for a sign of life, unless a write under way is one. */
  touch(): void {
    if (this.#busy || this.#stopped) return;
    const { store } = this.#options;
    const ended = this.#began();
    store.touch((error) => {
      ended(undefined);
      this.#done(undefined, error);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #write(): void {
    if (this.#busy || this.#stopped) return;
    const { store } = this.#options;
    const purgeTo = store.baseIndex < this.#purgeTo ? this.#purgeTo : undefined;
    const batch = this.#gathered;
    this.#gathered = undefined;
    const ended = this.#began();
    store.write({ ...(batch ?? emptyBatch), purgeTo }, (error) => {
      ended(batch?.append.at(-1)?.index);
      this.#done(batch, error);
    });
  }

  /** A sync is under way; to be called when it has ended, with the last entry that it carried. */
  #began(): (last: LogIndex | undefined) => void {
    const { clock, times, watch } = this.#options;
    this.#busy = true;
    const begun = clock.monotonicMs();
    watch.syncBegan();
    return (last) => {
      times.record(clock.monotonicMs() - begun);
      watch.syncEnded(last);
    };
  }

  #done(batch: Gathered | undefined, error: DiskError | undefined): void {
    this.#busy = false;
    if (this.#stopped) return;
    if (error !== undefined) {
      this.#stopped = true;
      this.#options.failed(error);
      return;
    }
    const last = batch?.append.at(-1);
    assert(batch?.truncateFrom === undefined || last !== undefined, 'a truncation makes room');
    this.#lastIndex = last?.index ?? this.#lastIndex;
    this.#lastTerm = last?.term ?? this.#lastTerm;
    // The next sync begins before the answer is worked on: the disk is the slower of the two.
    this.start();
    if (batch === undefined) return;
    const { write } = batch;
    const { synced } = this.#options;
    synced({ kind: 'persisted', write, lastIndex: this.#lastIndex, lastTerm: this.#lastTerm });
  }
}

/** D2: what was gathered at `from` and behind it never reaches the disk. */
function truncate(batch: Gathered, from: LogIndex): void {
  const first = batch.append[0];
  if (first !== undefined && from > first.index) {
    batch.append.length = from - first.index;
  } else {
    batch.append = [];
    batch.truncateFrom = logIndex(Math.min(batch.truncateFrom ?? from, from));
  }
}
