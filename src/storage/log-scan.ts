/**
 * Reads a whole log at open and proves it: every CRC, the chain from row to row, indexes without a
 * gap (I9), terms that never fall, and an end that is the one the newest mark names. What it keeps
 * is small, whatever the size of the log: the boundaries of the terms.
 */
import { logIndex } from '../base/brand.ts';
import type { DiskError, Store, StoreRow } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { TermRun } from '../raft/log-store.ts';
import { everyEntry, markKey } from './keyspace.ts';
import type { LogFault } from './log-fault.ts';
import { faultOf } from './log-fault.ts';
import { emptyMark, type LogMark } from './log-mark.ts';
import { decodeEntry, type LinkedEntry } from './log-rows.ts';
import { unseal } from './seal.ts';

/** Rows per page: one page is in memory at a time. */
const pageRows = 64;

export interface ScannedLog {
  readonly mark: LogMark;
  readonly terms: readonly TermRun[];
}

type Done = (result: Result<ScannedLog, LogFault>) => void;

export function scanLog(store: Store, done: Done): void {
  store.get(markKey, (found) => {
    if (!found.ok) {
      done(fail(faultOf(found.error, 'its mark')));
      return;
    }
    const mark = found.value === undefined ? emptyMark : unseal<LogMark>(found.value);
    if (mark === undefined) done(fail(corrupt('its mark', 'its CRC does not match its bytes')));
    else new Scan(store, mark, done).readPage(everyEntry.from);
  });
}

const corrupt = (where: string, what: string): LogFault => ({ kind: 'corrupt', where, what });

class Scan {
  readonly #store: Store;
  readonly #mark: LogMark;
  readonly #done: Done;
  readonly #terms: TermRun[] = [];
  #last: LinkedEntry | undefined;

  constructor(store: Store, mark: LogMark, done: Done) {
    this.#store = store;
    this.#mark = mark;
    this.#done = done;
  }

  readPage(from: string): void {
    const range = { from, to: everyEntry.to, limit: pageRows };
    this.#store.scan(range, (page) => this.#takePage(page));
  }

  #takePage(page: Result<readonly StoreRow[], DiskError>): void {
    if (!page.ok) {
      this.#done(fail(faultOf(page.error, 'its entries')));
      return;
    }
    for (const row of page.value) {
      const problem = this.#takeRow(row);
      if (problem !== undefined) {
        this.#done(fail(corrupt(row.key, problem)));
        return;
      }
    }
    const lastKey = page.value.at(-1)?.key;
    // The smallest key behind the last one is that key with the smallest character added.
    if (lastKey !== undefined && page.value.length === pageRows) this.readPage(`${lastKey}\0`);
    else this.#finish();
  }

  /** Takes one row, or says what is wrong with it. */
  #takeRow(row: StoreRow): string | undefined {
    const decoded = decodeEntry(row);
    if (!decoded.ok) return decoded.error;
    const { entry, previous } = decoded.value;
    const before = this.#last;
    const expected = (before?.entry.index ?? 0) + 1;
    if (entry.index !== expected) return `entry ${expected} should stand here`;
    if (previous !== (before?.chain ?? 0)) return 'it does not continue the entry before it';
    const termBefore = before?.entry.term ?? 0;
    if (entry.term < termBefore) return `its term ${entry.term} is below term ${termBefore}`;
    if (entry.term > termBefore) this.#terms.push({ first: entry.index, term: entry.term });
    this.#last = decoded.value;
    return undefined;
  }

  #finish(): void {
    const mark = this.#mark;
    const found = this.#last;
    const ends =
      (found?.entry.index ?? logIndex(0)) === mark.lastIndex &&
      (found?.entry.term ?? 0) === mark.lastTerm &&
      (found?.chain ?? 0) === mark.chain;
    if (ends) {
      this.#done(ok({ mark, terms: this.#terms }));
      return;
    }
    const what = `entry ${mark.lastIndex} should be the last, and not ${found?.entry.index ?? 0}`;
    this.#done(fail(corrupt('its end', what)));
  }
}
