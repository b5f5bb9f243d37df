/**
 * Which store is the ledger. A snapshot is installed beside the ledger that is in use, in a store
 * of the next number; replacing this one small file makes it the ledger, as one step (P52). The
 * same file says where the log must begin behind it, so ledger and log cannot disagree, however
 * the process ends in between.
 *
 * Whatever a crash leaves has the number before or behind the one in use: at most one snapshot is
 * being installed, and the next one begins only when the leavings of the last are gone.
 */
import type { Disk, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { LogBase } from '../raft/log-store.ts';
import { DiskFailure } from './disk-failure.ts';
import { seal, unseal } from './seal.ts';

export const placeFile = 'ledger-place';
const placeFormat = 1;

export interface LedgerPlace {
  /** The store's name. */
  readonly store: string;
  /** How many snapshots this directory has installed. */
  readonly number: number;
  /** A log that ends before this place begins anew here. Undefined before the first snapshot. */
  readonly base: LogBase | undefined;
}

/** The ledger of a directory that has never installed a snapshot. */
export const firstPlace: LedgerPlace = { store: 'ledger', number: 0, base: undefined };

/** The name of the `number`-th ledger of a directory. */
export const ledgerName = (number: number): string =>
  number === 0 ? firstPlace.store : `ledger-${number}`;

export function readLedgerPlace(
  disk: Disk,
  done: (result: Result<LedgerPlace, DiskError>) => void,
): void {
  disk.readFile(placeFile, (file) => {
    if (!file.ok) done(file);
    else if (file.value === undefined) done(ok(firstPlace));
    else done(decodePlace(file.value));
  });
}

/** The switch: durable, and the place of every later opening, when `done` brings no error. */
export function writeLedgerPlace(
  disk: Disk,
  place: LedgerPlace,
  done: (error: DiskError | undefined) => void,
): void {
  disk.writeFile(
    placeFile,
    seal({ format: placeFormat, ...place, base: place.base ?? null }),
    done,
  );
}

function decodePlace(bytes: Uint8Array): Result<LedgerPlace, DiskError> {
  const stored = unseal<
    Omit<LedgerPlace, 'base'> & { readonly format: number; readonly base: LogBase | null }
  >(bytes);
  if (stored === undefined) return fail(corrupt('is not what was written'));
  if (stored.format !== placeFormat) {
    const what = `is of format ${stored.format}; this software knows ${placeFormat}`;
    return fail(new DiskFailure('too-new', `the file ${placeFile} ${what}`));
  }
  const { store, number, base } = stored;
  return ok({ store, number, base: base ?? undefined });
}

/**
 * Removes whatever a crash has left of other ledgers. Only when the one that the place names has
 * been opened and found whole: a place that was lost would name the wrong one.
 */
export function removeOtherLedgers(
  disk: Disk,
  { number }: LedgerPlace,
  done: (error: DiskError | undefined) => void,
): void {
  disk.removeStore(ledgerName(number + 1), (error) => {
    if (error !== undefined || number === 0) done(error);
    else disk.removeStore(ledgerName(number - 1), done);
  });
}

const corrupt = (what: string): DiskFailure =>
  new DiskFailure('corrupt', `the file ${placeFile} ${what}`);
