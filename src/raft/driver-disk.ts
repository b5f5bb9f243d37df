/**
 * Group commit: what the core wants on disk while a sync is under way gathers into the next batch,
 * in order, so that term, vote and entries of one step never come apart.
 *
 * Owns: the batch that gathers, the one that is being written. Does not own entries' meaning.
 * D1  At most one `write` of the store at a time.
 * D2  A batch equals its persists carried out one after the other.
 * D3  After an error nothing is written or answered any more.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex, type Term, term } from '../base/brand.ts';
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

export interface DriverDiskOptions {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly times: SyncTimes;
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

  constructor(options: DriverDiskOptions) {
    this.#options = options;
    const { found } = options.store;
    this.#lastIndex = found.lastIndex;
    this.#lastTerm = found.terms.at(-1)?.term ?? term(0);
  }

  /** Takes its place in the batch that gathers; `start` sends that off. */
  gather(persist: Persist): void {
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
    const batch = this.#gathered;
    if (this.#busy || this.#stopped || batch === undefined) return;
    this.#busy = true;
    this.#gathered = undefined;
    const begun = this.#options.clock.monotonicMs();
    this.#options.store.write(batch, (error) => {
      this.#options.times.record(this.#options.clock.monotonicMs() - begun);
      this.#done(batch, error);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #done(batch: Gathered, error: DiskError | undefined): void {
    this.#busy = false;
    if (this.#stopped) return;
    if (error !== undefined) {
      this.#stopped = true;
      this.#options.failed(error);
      return;
    }
    const last = batch.append.at(-1);
    assert(batch.truncateFrom === undefined || last !== undefined, 'a truncation makes room');
    this.#lastIndex = last?.index ?? this.#lastIndex;
    this.#lastTerm = last?.term ?? this.#lastTerm;
    // The next sync begins before the answer is worked on: the disk is the slower of the two.
    this.start();
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
