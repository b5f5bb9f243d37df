/**
 * Installs a snapshot: pages go into a store beside the ledger, which is then read back and proven
 * whole, and at last becomes the ledger by one small file (see `ledger-place.ts`).
 *
 * Owns: the staged store. Does not own: the ledger in use, or the decision to install.
 *
 * Invariants:
 *   G1  The stage has no meta row before it was read back and its digest was the sender's; a stage
 *       that is not proven is refused at open, whatever else goes wrong.
 *   G2  The stage is closed and opened again before it is read back. That moves all pages from
 *       LevelDB's journal, which may lose batches from its middle in silence, into tables; what is
 *       proven is what the next opening will find, and the journal holds the meta row alone.
 *   G3  The place is written when the stage is proven, closed and durable: it is the only switch.
 */
import { assert, present } from '../base/assert.ts';
import type { WallMs } from '../base/brand.ts';
import { Pace } from '../base/pace.ts';
import type {
  Clock,
  Disk,
  DiskError,
  Store,
  StoreOperation,
  StoreRow,
  StoreView,
} from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { LogBase } from '../raft/log-store.ts';
import { failureKind } from './disk-failure.ts';
import { metaOperations } from './ledger-batch.ts';
import { emptyMeta, nextMeta } from './ledger-meta.ts';
import { PagesDigest } from './ledger-page.ts';
import { LedgerPages, type PageBody } from './ledger-pages.ts';
import { type LedgerPlace, ledgerName, writeLedgerPlace } from './ledger-place.ts';
import { LedgerStore } from './ledger-store.ts';

/** The longest rest behind a page that is read back. */
const restMsMax = 100;

/** `damaged`: the stage is not what was sent; another attempt may succeed. `disk`: ours failed. */
export type ImportFault =
  | { readonly kind: 'damaged' }
  | { readonly kind: 'disk'; readonly error: DiskError };

export interface ImportOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** The number of the ledger in use. */
  readonly ledgerNumber: number;
  /** Where the snapshot ends. */
  readonly base: LogBase;
  /** When the leader made the record at `base`. */
  readonly appliedAt: WallMs;
  /** Of the values that come. */
  readonly format: number;
}

/** Removes what an earlier attempt has left, and makes an empty stage. */
export function beginImport(
  options: ImportOptions,
  done: (result: Result<LedgerImport, DiskError>) => void,
): void {
  const { disk, ledgerNumber } = options;
  const name = ledgerName(ledgerNumber + 1);
  disk.removeStore(name, (error) => {
    if (error !== undefined) {
      done(fail(error));
      return;
    }
    disk.openStore(name, { create: true }, (opened) =>
      done(opened.ok ? ok(new LedgerImport(options, name, opened.value)) : opened),
    );
  });
}

export class LedgerImport {
  readonly #options: ImportOptions;
  readonly #name: string;
  /** Undefined while it is closed. */
  #store: Store | undefined;
  #state: 'filling' | 'proving' | 'proven' | 'switching' = 'filling';
  /** Steps that have not ended; the store is removed between steps only. */
  #busy = 0;
  #view: StoreView | undefined;
  #clear: (() => void) | undefined;

  /** Use `beginImport`. */
  constructor(options: ImportOptions, name: string, store: Store) {
    this.#options = options;
    this.#name = name;
    this.#store = store;
  }

  /** Takes the next page; `done` when it is durable. The next one need not wait for that. */
  add(rows: readonly StoreRow[], done: (error: DiskError | undefined) => void): void {
    assert(this.#state === 'filling', 'G1: nothing is added to a stage that is being proven');
    this.#write(
      rows.map((row): StoreOperation => ({ kind: 'put', ...row })),
      done,
    );
  }

  /**
   * Reads the whole stage back; when its digest is the sender's, it becomes a ledger that can be
   * opened, and is closed. Called when all pages are durable.
   */
  prove(digest: string, done: (fault: ImportFault | undefined) => void): void {
    assert(this.#state === 'filling' && this.#busy === 0, 'G1: all pages are durable first');
    this.#state = 'proving';
    this.#reopen((reopened) => {
      if (reopened.ok) this.#compare(digest, done);
      else done({ kind: 'disk', error: reopened.error });
    });
  }

  /** The switch (G3). It is not abandoned any more. */
  install(done: (result: Result<LedgerPlace, DiskError>) => void): void {
    assert(this.#state === 'proven', 'G3: a stage is proven and closed before the switch');
    this.#state = 'switching';
    const { disk, ledgerNumber, base } = this.#options;
    const place: LedgerPlace = { store: this.#name, number: ledgerNumber + 1, base };
    writeLedgerPlace(disk, place, (error) => done(error === undefined ? ok(place) : fail(error)));
  }

  /** Removes the stage. No other callback comes after this. */
  abandon(done: (error: DiskError | undefined) => void): void {
    assert(this.#state !== 'switching', 'G3: a switch is not taken back');
    this.#clear = () => {
      this.#view?.close();
      const remove = (): void => this.#options.disk.removeStore(this.#name, done);
      if (this.#store === undefined) remove();
      else this.#store.close(remove);
    };
    if (this.#busy === 0) this.#clear();
  }

  /** G2. */
  #reopen(done: (result: Result<Store, DiskError>) => void): void {
    const { disk } = this.#options;
    this.#close(() =>
      this.#step<Result<Store, DiskError>>(
        (next) =>
          disk.openStore(this.#name, { create: false }, (opened) => {
            if (opened.ok) this.#store = opened.value;
            next(opened);
          }),
        done,
      ),
    );
  }

  #compare(digest: string, done: (fault: ImportFault | undefined) => void): void {
    const store = present(this.#store, 'G2: the stage is open again');
    const view = new LedgerStore(store, () => {}).view();
    const pace = new Pace(this.#options.clock, restMsMax);
    const soon = (run: () => void): void =>
      pace.rest(() => {
        pace.begin();
        run();
      });
    this.#view = view;
    this.#digest(new LedgerPages({ view, soon }), new PagesDigest(), (found) => {
      view.close();
      this.#view = undefined;
      if (found.ok && found.value === digest) this.#seal(done);
      else if (found.ok || failureKind(found.error) === 'corrupt') done({ kind: 'damaged' });
      else done({ kind: 'disk', error: found.error });
    });
  }

  #digest(
    pages: LedgerPages,
    digest: PagesDigest,
    done: (result: Result<string, DiskError>) => void,
  ): void {
    this.#step<Result<PageBody, DiskError>>(
      (next) => pages.next(next),
      (page) => {
        if (!page.ok) {
          done(page);
          return;
        }
        digest.add(page.value.body);
        if (page.value.isLast) done(ok(digest.end()));
        else this.#digest(pages, digest, done);
      },
    );
  }

  #seal(done: (fault: ImportFault | undefined) => void): void {
    const { base, appliedAt, format } = this.#options;
    const meta = nextMeta(emptyMeta, { index: base.index, at: appliedAt, format });
    this.#write([...metaOperations(meta)], (error) => {
      if (error !== undefined) {
        done({ kind: 'disk', error });
        return;
      }
      this.#close(() => {
        this.#state = 'proven';
        done(undefined);
      });
    });
  }

  #write(
    operations: readonly StoreOperation[],
    done: (error: DiskError | undefined) => void,
  ): void {
    const store = present(this.#store, 'G1: the stage is open while it is written');
    this.#step<DiskError | undefined>(
      (next) => store.write(operations, { sync: true }, next),
      done,
    );
  }

  #close(done: () => void): void {
    const store = present(this.#store, 'G2: the stage is closed once at a time');
    this.#step<undefined>((next) => {
      store.close(() => {
        this.#store = undefined;
        next(undefined);
      });
    }, done);
  }

  /** Goes on with `then` when the step has ended, unless the import was abandoned meanwhile. */
  #step<T>(start: (next: (value: T) => void) => void, then: (value: T) => void): void {
    this.#busy++;
    start((value) => {
      this.#busy--;
      if (this.#clear === undefined) then(value);
      else if (this.#busy === 0) this.#clear();
    });
  }
}
