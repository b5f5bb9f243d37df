/** Reads a piece of the log for a follower that is behind, checking every row once more (P43). */
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { DiskError, Store, StoreRow } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Entry } from '../raft/log-store.ts';
import { DiskFailure } from './disk-failure.ts';
import { entryKey, entryRange } from './keyspace.ts';
import { decodeEntry, type LinkedEntry } from './log-rows.ts';

export interface ReadRange {
  /** Inclusive. */
  readonly from: LogIndex;
  /** Inclusive. */
  readonly to: LogIndex;
  /** Of payload; one entry is read whatever its size. */
  readonly maxBytes: number;
}

export interface ReadRequest {
  readonly store: Store;
  /** Lies within the log. */
  readonly range: ReadRange;
  /** Whether a truncation or a purge, under way or ended since the read began, took that entry. */
  readonly overtaken: (index: LogIndex) => boolean;
}

/** Rows per page: what is read beyond `maxBytes` is less than this. */
const pageRows = 64;

type Done = (result: Result<readonly Entry[], DiskError>) => void;

/**
 * A truncation or a purge that overtakes the read ends it early, as `maxBytes` does: the answer is
 * then what was read before, which may be nothing. Without one, whatever is wrong is damage.
 */
export function readEntries(request: ReadRequest, done: Done): void {
  new Reading(request, done).readPage();
}

class Reading {
  readonly #request: ReadRequest;
  readonly #done: Done;
  readonly #entries: Entry[] = [];
  #last: LinkedEntry | undefined;
  #bytes = 0;

  constructor(request: ReadRequest, done: Done) {
    this.#request = request;
    this.#done = done;
  }

  readPage(): void {
    const { store, range } = this.#request;
    const page = { ...entryRange(this.#next(), range.to), limit: pageRows };
    store.scan(page, (rows) => {
      if (rows.ok) this.#takePage(rows.value);
      else this.#done(rows);
    });
  }

  #takePage(rows: readonly StoreRow[]): void {
    for (const row of rows) {
      const linked = this.#follow(row);
      if (!linked.ok) {
        this.#endBroken(row.key, linked.error);
        return;
      }
      if (!this.#take(linked.value)) {
        this.#done(ok(this.#entries));
        return;
      }
    }
    if (this.#next() > this.#request.range.to) this.#done(ok(this.#entries));
    else if (rows.length === pageRows) this.readPage();
    else this.#endBroken(entryKey(this.#next()), 'it is missing');
  }

  /** The row as the entry that comes next. */
  #follow(row: StoreRow): Result<LinkedEntry, string> {
    const decoded = decodeEntry(row);
    if (!decoded.ok) return decoded;
    const { entry, previous } = decoded.value;
    if (entry.index !== this.#next()) return fail(`entry ${this.#next()} should stand here`);
    const follows = this.#last === undefined || previous === this.#last.chain;
    return follows ? decoded : fail('it does not continue the entry before it');
  }

  /** False when the entry is one too many. */
  #take(linked: LinkedEntry): boolean {
    const bytes = this.#bytes + linked.entry.payload.length;
    if (this.#entries.length > 0 && bytes > this.#request.range.maxBytes) return false;
    this.#entries.push(linked.entry);
    this.#last = linked;
    this.#bytes = bytes;
    return true;
  }

  #endBroken(key: string, what: string): void {
    if (this.#request.overtaken(this.#next())) this.#done(ok(this.#entries));
    else this.#done(fail(new DiskFailure('corrupt', `log: ${key} is damaged: ${what}`)));
  }

  #next(): LogIndex {
    return logIndex(this.#request.range.from + this.#entries.length);
  }
}
