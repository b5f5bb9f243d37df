/**
 * The ledger's store: packed values in, checked values out. The first error, of the disk or of a
 * checksum, is final: it is told once, and nothing is written after it (I15, P37).
 */
import type {
  DiskError,
  ScanRange,
  Store,
  StoreOperation,
  StoreRow,
  StoreView,
} from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { checkValue, unpackValue } from './pack.ts';

type Done<T> = (result: Result<T, DiskError>) => void;

export interface ValueRow<T> {
  readonly key: string;
  readonly value: T;
}

export class LedgerStore {
  readonly #store: Store;
  readonly #onFailure: (error: DiskError) => void;
  #failure: DiskError | undefined;

  constructor(store: Store, onFailure: (error: DiskError) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  get failure(): DiskError | undefined {
    return this.#failure;
  }

  read<T>(key: string, done: Done<T | undefined>): void {
    this.#store.get(key, (found) => {
      if (!found.ok) done(this.fail(found.error));
      else if (found.value === undefined) done(ok(undefined));
      else done(this.#checked(unpackValue<T>({ key, value: found.value })));
    });
  }

  /** All or nothing: one damaged value fails the scan. */
  scan<T>(range: ScanRange, done: Done<readonly ValueRow<T>[]>): void {
    this.#store.scan(range, (found) => {
      if (!found.ok) {
        done(this.fail(found.error));
        return;
      }
      const rows: ValueRow<T>[] = [];
      for (const row of found.value) {
        const unpacked = unpackValue<T>(row);
        if (!unpacked.ok) {
          done(this.fail(unpacked.error));
          return;
        }
        rows.push({ key: row.key, value: unpacked.value });
      }
      done(ok(rows));
    });
  }

  /** The rows as they are now, packed; each is checked, so that no damaged one is sent (P43). */
  view(): StoreView {
    const view = this.#store.view();
    return {
      scan: (range, done) => view.scan(range, (found) => done(this.#intact(found))),
      close: () => view.close(),
    };
  }

  /** Durable when `done` is called without an error. Not called again after a failure. */
  write(operations: readonly StoreOperation[], done: (error: DiskError | undefined) => void): void {
    this.#store.write(operations, { sync: true }, (error) => {
      if (error !== undefined) this.fail(error);
      done(error);
    });
  }

  close(done: () => void): void {
    this.#store.close(done);
  }

  /** Makes `error` the failure if it is the first, and gives it back as a refusal. */
  fail(error: DiskError): { readonly ok: false; readonly error: DiskError } {
    if (this.#failure === undefined) {
      this.#failure = error;
      this.#onFailure(error);
    }
    return fail(error);
  }

  #intact(found: Result<readonly StoreRow[], DiskError>): Result<readonly StoreRow[], DiskError> {
    if (!found.ok) return this.fail(found.error);
    for (const row of found.value) {
      const error = checkValue(row);
      if (error !== undefined) return this.fail(error);
    }
    return found;
  }

  #checked<T>(result: Result<T, DiskError>): Result<T, DiskError> {
    return result.ok ? result : this.fail(result.error);
  }
}
