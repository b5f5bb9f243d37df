/**
 * Reads a whole log at open and proves it: every CRC, the chain from row to row, from the base on
 * and without a gap (I9), terms that never fall, and an end that is the one the newest mark names.
 * What it keeps is small, whatever the size of the log: the boundaries of the terms, and the
 * configurations.
 */
import { logIndex } from '../base/brand.ts';
import type { DiskError, Store, StoreRow } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { LogBase, TermRun } from '../raft/log-store.ts';
import { decodeMembers, type Members, type MembersAt } from '../raft/members.ts';
import { baseKey, everyEntry, markKey } from './keyspace.ts';
import { type KnownMembers, readBase } from './log-base.ts';
import type { LogFault } from './log-fault.ts';
import { faultOf } from './log-fault.ts';
import {
  emptyMark,
  endOf,
  type LogMark,
  type LogPlace,
  markFormat,
  markOf,
  type StoredMark,
  samePlace,
  unknownFormat,
} from './log-mark.ts';
import { decodeEntry, type LinkedEntry, placeOfEntry } from './log-rows.ts';
import { unseal } from './seal.ts';

/** Rows per page: one page is in memory at a time. */
const pageRows = 64;

export interface ScannedLog extends KnownMembers {
  readonly mark: LogMark;
  /** Of the entries behind the base. */
  readonly terms: readonly TermRun[];
}

type Done = (result: Result<ScannedLog, LogFault>) => void;

/** `first` is the cluster's first configuration: that of a log which begins at 0. */
export function scanLog(
  options: { readonly store: Store; readonly first: Members },
  done: Done,
): void {
  const { store, first } = options;
  readRow(store, { key: markKey, where: 'its mark' }, done, (markRow) => {
    const stored = markRow === undefined ? emptyMark : unseal<StoredMark>(markRow);
    if (stored === undefined) {
      done(fail(corrupt('its mark', 'its CRC does not match its bytes')));
      return;
    }
    const unknown = unknownFormat(stored);
    if (unknown !== undefined) {
      const what = `it is of format ${unknown}; this software knows ${markFormat}`;
      done(fail({ kind: 'too-new', where: 'its mark', what }));
      return;
    }
    const mark = markOf(stored);
    readRow(store, { key: baseKey, where: 'its base' }, done, (row) => {
      const base = readBase({ place: mark.base, row, first });
      if (base.ok) new Scan({ store, mark, base: base.value }, done).readPage(everyEntry.from);
      else done(fail(corrupt('its base', base.error)));
    });
  });
}

function readRow(
  store: Store,
  what: { readonly key: string; readonly where: string },
  done: Done,
  found: (row: Uint8Array | undefined) => void,
): void {
  store.get(what.key, (row) => {
    if (row.ok) found(row.value);
    else done(fail(faultOf(row.error, what.where)));
  });
}

const corrupt = (where: string, what: string): LogFault => ({ kind: 'corrupt', where, what });

class Scan {
  readonly #store: Store;
  readonly #mark: LogMark;
  readonly #base: LogBase;
  readonly #done: Done;
  readonly #terms: TermRun[] = [];
  readonly #members: MembersAt[] = [];
  /** The newest entry that was proven, or the base. */
  #last: LogPlace;

  constructor(
    log: { readonly store: Store; readonly mark: LogMark; readonly base: LogBase },
    done: Done,
  ) {
    this.#store = log.store;
    this.#mark = log.mark;
    this.#base = log.base;
    this.#last = log.base;
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
      const fault = this.#takeRow(row);
      if (fault !== undefined) {
        this.#done(fail(fault));
        return;
      }
    }
    const lastKey = page.value.at(-1)?.key;
    // The smallest key behind the last one is that key with the smallest character added.
    if (lastKey !== undefined && page.value.length === pageRows) this.readPage(`${lastKey}\0`);
    else this.#finish();
  }

  /** Takes one row, or says what is wrong with it. */
  #takeRow(row: StoreRow): LogFault | undefined {
    const decoded = decodeEntry(row);
    if (!decoded.ok) return corrupt(row.key, decoded.error);
    const { entry } = decoded.value;
    const { index, term } = entry;
    const problem = problemOf(decoded.value, this.#last);
    if (problem !== undefined) return corrupt(row.key, problem);
    if (this.#terms.at(-1)?.term !== term) this.#terms.push({ first: index, term });
    this.#last = placeOfEntry(decoded.value);
    try {
      const members = decodeMembers(entry.payload);
      if (members !== undefined) this.#members.push({ index, members });
      return undefined;
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      return { kind: 'too-new', where: row.key, what };
    }
  }

  #finish(): void {
    const end = endOf(this.#mark);
    if (samePlace(this.#last, end)) {
      const found = { terms: this.#terms, members: this.#members };
      this.#done(ok({ mark: this.#mark, base: this.#base, ...found }));
      return;
    }
    const what = `entry ${end.index} should be the last, and not ${this.#last.index}`;
    this.#done(fail(corrupt('its end', what)));
  }
}

/** Why an entry cannot stand behind `before`. */
function problemOf({ entry, previous }: LinkedEntry, before: LogPlace): string | undefined {
  const expected = logIndex(before.index + 1);
  if (entry.index !== expected) return `entry ${expected} should stand here`;
  if (previous !== before.chain) return 'it does not continue the entry before it';
  if (entry.term < before.term) return `its term ${entry.term} is below term ${before.term}`;
  return undefined;
}
