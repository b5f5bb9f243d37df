/** Opening the ledger: a store that is there, whole, and of our format; or a refusal. */
import type { Clock, Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { DiskFailure } from './disk-failure.ts';
import { Ledger, type LedgerSettings } from './ledger.ts';
import { metaKey } from './ledger-keys.ts';
import { emptyMeta, type LedgerMeta, readMeta } from './ledger-meta.ts';
import { firstPlace } from './ledger-place.ts';
import { LedgerStore } from './ledger-store.ts';
import { packValue } from './pack.ts';

export interface LedgerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** Which store is the ledger, as `ledger-place` says; the first one if left out. */
  readonly store?: string;
  /** False once the node has an identity: then a ledger that is not there was lost. */
  readonly create: boolean;
  readonly settings: LedgerSettings;
  readonly trace: Trace;
  /**
   * Called once, for whatever read or write failed first after `done`; the node stops (exit 70).
   */
  readonly onFailure: (error: DiskError) => void;
}

/** `done` gets a ledger at its durable applied index, or why there is none. */
export function openLedger(
  options: LedgerOptions,
  done: (result: Result<Ledger, DiskError>) => void,
): void {
  const name = options.store ?? firstPlace.store;
  let store: LedgerStore | undefined;
  // History may be long, and what it takes to begin is not: the rest of it is proven later.
  const damaged = (error: DiskError): void => void store?.fail(error);
  options.disk.openStore(name, { create: options.create, damaged }, (opened) => {
    if (!opened.ok) {
      done(opened);
      return;
    }
    let ledger: Ledger | undefined;
    const opening = new LedgerStore(opened.value, (error) => {
      if (ledger === undefined) return;
      ledger.stop(error);
      options.onFailure(error);
    });
    store = opening;
    findMeta(opening, options.create, (meta) => {
      if (meta.ok) {
        ledger = new Ledger({ ...options, store: opening, meta: meta.value });
        done(ok(ledger));
      } else {
        opening.close(() => done(meta));
      }
    });
  });
}

/** A new ledger says so on disk before anybody uses it. */
function findMeta(
  store: LedgerStore,
  create: boolean,
  done: (result: Result<LedgerMeta, DiskError>) => void,
): void {
  readMeta(store, (found) => {
    if (!found.ok) {
      done(found);
    } else if (found.value !== undefined) {
      done(ok(found.value));
    } else if (create) {
      startEmpty(store, done);
    } else {
      done(fail(new DiskFailure('missing', 'the ledger has lost its applied index')));
    }
  });
}

function startEmpty(
  store: LedgerStore,
  done: (result: Result<LedgerMeta, DiskError>) => void,
): void {
  // Rows without an applied index are the rest of a ledger, not the begin of one.
  store.scan<unknown>({ from: '', to: '~', limit: 1 }, (rows) => {
    if (!rows.ok) {
      done(rows);
    } else if (rows.value.length > 0) {
      done(fail(new DiskFailure('corrupt', 'the ledger has rows, but no applied index')));
    } else {
      const value = packValue(metaKey, emptyMeta);
      store.write([{ kind: 'put', key: metaKey, value }], (error) =>
        done(error === undefined ? ok(emptyMeta) : fail(error)),
      );
    }
  });
}
