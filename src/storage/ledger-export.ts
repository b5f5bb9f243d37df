/**
 * The ledger as a snapshot, for the one who sends it: pages of a view that stands still while the
 * ledger goes on (P58: nothing is built, and no page takes long).
 *
 * Owns: the view, from the beginning to `close`. Does not own: the ledger.
 *
 * Rows, index and time are of one batch, because they are read from one view (L2 of the ledger).
 */
import { assert } from '../base/assert.ts';
import type { LogIndex, WallMs } from '../base/brand.ts';
import type { DiskError, StoreRow, StoreView } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DiskFailure } from './disk-failure.ts';
import type { Ledger } from './ledger.ts';
import { metaKey } from './ledger-keys.ts';
import type { LedgerMeta } from './ledger-meta.ts';
import { type LedgerPage, PagesDigest, pageChecksum } from './ledger-page.ts';
import { LedgerPages } from './ledger-pages.ts';
import { unpackValue } from './pack.ts';

type Done<T> = (result: Result<T, DiskError>) => void;

export interface ExportOptions {
  readonly ledger: Pick<Ledger, 'store' | 'soon'>;
  /** See `LedgerPages`. */
  readonly pageBytes?: number | undefined;
}

/** What the rows of the view are. */
export interface ExportHead {
  /** They are the state at this record. */
  readonly appliedIndex: LogIndex;
  /** When the leader made that record. */
  readonly appliedAt: WallMs;
  /** Of the values. */
  readonly format: number;
}

export class LedgerExport {
  readonly #view: StoreView;
  readonly #pages: LedgerPages;
  readonly #digest = new PagesDigest();
  #next = 0;
  #isComplete = false;
  #isClosed = false;

  /** Takes the view now. To be closed before the ledger is. */
  constructor({ ledger, pageBytes }: ExportOptions) {
    const view = ledger.store.view();
    const soon = (run: () => void): void => ledger.soon(run);
    this.#view = view;
    this.#pages = new LedgerPages({ view, soon, pageBytes });
  }

  /** Reads what the rows are. */
  head(done: Done<ExportHead>): void {
    this.#view.scan({ from: metaKey, to: `${metaKey}\u0000`, limit: 1 }, (found) => {
      if (!this.#isClosed) done(metaOf(found));
    });
  }

  /** The next page, one at a time, and none behind the last. */
  next(done: Done<LedgerPage>): void {
    assert(!this.#isComplete, 'there is no page behind the last');
    this.#pages.next((found) => {
      if (!found.ok) {
        done(found);
        return;
      }
      const { body, isLast } = found.value;
      this.#digest.add(body);
      this.#isComplete = isLast;
      const digest = isLast ? this.#digest.end() : null;
      done(ok({ number: this.#next++, body, crc: pageChecksum(body), digest }));
    });
  }

  /** Nothing is called back after this. */
  close(): void {
    this.#isClosed = true;
    this.#pages.stop();
    this.#view.close();
  }
}

function metaOf(found: Result<readonly StoreRow[], DiskError>): Result<LedgerMeta, DiskError> {
  if (!found.ok) return found;
  const row = found.value[0];
  if (row !== undefined) return unpackValue<LedgerMeta>(row);
  return fail(new DiskFailure('corrupt', 'the ledger has lost its applied index'));
}
