/**
 * Reads a ledger's rows page by page: everything but what a store says of itself (`meta` and the
 * marks), which is different on every node.
 *
 * Owns: where it stands, and rows that were read and did not fit into the last page.
 * Does not own: the view.
 */
import { assert } from '../base/assert.ts';
import type { DiskError, StoreRow, StoreView } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import { metaKey, under } from './ledger-keys.ts';
import { encodeRows, pageBytesMax, rowBytes } from './ledger-page.ts';

/** Everything but `mark/…` and `meta`, which stand beside each other. */
const ranges: readonly { readonly from: string; readonly to: string }[] = [
  { from: '', to: under('mark').from },
  { from: under('mark').to, to: metaKey },
  { from: `${metaKey}\u0000`, to: '~' },
];

/** Rows of one scan: as many as should fill a page, to judge by the last scan. */
const rowsPerScan = { first: 16, max: 256 } as const;

export interface PageBody {
  readonly body: Uint8Array;
  readonly isLast: boolean;
}

export interface PagesOptions {
  readonly view: Pick<StoreView, 'scan'>;
  /** The clock's: between two pages others have their turn. */
  readonly soon: (run: () => void) => void;
  /** Smaller pages than `pageBytesMax`, for tests and simulations of small ledgers. */
  readonly pageBytes?: number | undefined;
}

type Done<T> = (result: Result<T, DiskError>) => void;

export class LedgerPages {
  readonly #view: Pick<StoreView, 'scan'>;
  readonly #soon: (run: () => void) => void;
  readonly #pageBytes: number;
  /** Rows that were read and given to nobody, and where reading goes on behind them. */
  #ahead: readonly StoreRow[] = [];
  #range = 0;
  #from = '';
  #rowsPerScan: number = rowsPerScan.first;
  #isReading = false;
  #stopped = false;

  constructor(options: PagesOptions) {
    this.#view = options.view;
    this.#soon = options.soon;
    this.#pageBytes = options.pageBytes ?? pageBytesMax;
  }

  /** The next page; a ledger without rows has one, which is empty. One at a time. */
  next(done: Done<PageBody>): void {
    assert(!this.#isReading, 'pages are read one after the other');
    this.#isReading = true;
    this.#soon(() => {
      if (this.#stopped) return;
      this.#gather([], 0, (page) => {
        this.#isReading = false;
        done(page);
      });
    });
  }

  /** The view may be closed: it is read no more, and a page that is being read never comes. */
  stop(): void {
    this.#stopped = true;
  }

  #gather(rows: StoreRow[], bytes: number, done: Done<PageBody>): void {
    let total = bytes;
    for (const [at, row] of this.#ahead.entries()) {
      total += rowBytes(row);
      if (total > this.#pageBytes && rows.length > 0) {
        this.#ahead = this.#ahead.slice(at);
        done(ok({ body: encodeRows(rows), isLast: false }));
        return;
      }
      rows.push(row);
    }
    this.#ahead = [];
    if (this.#range === ranges.length) {
      done(ok({ body: encodeRows(rows), isLast: true }));
      return;
    }
    this.#scan((failure) => {
      if (failure === undefined) this.#gather(rows, total, done);
      else done(failure);
    });
  }

  #scan(done: (failure: { readonly ok: false; readonly error: DiskError } | undefined) => void) {
    const range = ranges[this.#range];
    assert(range !== undefined, 'nothing is read behind the last range');
    const limit = this.#rowsPerScan;
    this.#view.scan({ from: this.#from, to: range.to, limit }, (found) => {
      if (this.#stopped) return;
      if (!found.ok) {
        done(found);
        return;
      }
      this.#advance(found.value, limit);
      done(undefined);
    });
  }

  #advance(rows: readonly StoreRow[], limit: number): void {
    this.#ahead = rows;
    const last = rows.at(-1);
    if (last !== undefined) {
      this.#from = `${last.key}\u0000`;
      const bytes = rows.reduce((sum, row) => sum + rowBytes(row), 0);
      const fitting = Math.floor((this.#pageBytes * rows.length) / bytes);
      this.#rowsPerScan = Math.max(1, Math.min(fitting, rowsPerScan.max));
    }
    if (rows.length < limit) {
      this.#range++;
      this.#from = ranges[this.#range]?.from ?? '';
    }
  }
}
