/**
 * What every batch says of itself: the applied index, its own number, and a mark in a ring of
 * slots. LevelDB may lose batches from the middle of its journal and keep later ones (measured; see
 * `pack.ts`); then a slot holds an older number than it must, and the ledger is refused at open.
 */
import { type LogIndex, logIndex, type WallMs, wallMs } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import { recordVersionMax } from '../model/record.ts';
import { DiskFailure } from './disk-failure.ts';
import { markKey, metaKey, under } from './ledger-keys.ts';
import type { LedgerStore, ValueRow } from './ledger-store.ts';

/**
 * The newest format that this software knows; a higher one is refused at open. A ledger is of the
 * format of the newest record version that it has seen: so the way back to an older version is open
 * until something is in use that it does not know.
 */
export const ledgerFormatMax = recordVersionMax;

/**
 * More batches than LevelDB's journal holds before it becomes a table (4 MiB, batches of 1 KiB).
 */
const markSlots = 4096;

export interface LedgerMeta {
  readonly format: number;
  readonly appliedIndex: LogIndex;
  /** When the leader made the record of that index. */
  readonly appliedAt: WallMs;
  /** How many batches were written, this one included. */
  readonly batches: number;
}

export const emptyMeta: LedgerMeta = {
  format: 1,
  appliedIndex: logIndex(0),
  appliedAt: wallMs(0),
  batches: 0,
};

export const nextMeta = (
  meta: LedgerMeta,
  applied: { readonly index: LogIndex; readonly at: WallMs; readonly format: number },
): LedgerMeta => ({
  format: Math.max(meta.format, applied.format),
  appliedIndex: applied.index,
  appliedAt: applied.at,
  batches: meta.batches + 1,
});

/** The key under which the batch that `meta` belongs to leaves its number. */
export const markOf = (meta: LedgerMeta): string => markKey((meta.batches - 1) % markSlots);

/** Reads the meta value and proves by the marks that no batch of the newest ones is missing. */
export function readMeta(
  store: LedgerStore,
  done: (result: Result<LedgerMeta | undefined, DiskError>) => void,
): void {
  store.read<LedgerMeta>(metaKey, (found) => {
    if (!found.ok || found.value === undefined) {
      done(found);
      return;
    }
    const meta = found.value;
    if (meta.format > ledgerFormatMax) {
      done(store.fail(unknownFormat(meta.format)));
      return;
    }
    store.scan<number>({ ...under('mark'), limit: markSlots + 1 }, (marks) => {
      if (!marks.ok) done(marks);
      else if (complete(meta, marks.value)) done(ok(meta));
      else done(store.fail(corrupt('has lost batches that were synced')));
    });
  });
}

function complete(meta: LedgerMeta, marks: readonly ValueRow<number>[]): boolean {
  if (marks.length !== Math.min(meta.batches, markSlots)) return false;
  return marks.every(({ key, value }, slot) => {
    const newest = meta.batches - ((meta.batches - 1 - slot) % markSlots);
    return key === markKey(slot) && value === newest;
  });
}

/** Values of another format are whole: setting them aside would throw good data away. */
const unknownFormat = (format: number): DiskFailure =>
  new DiskFailure(
    'too-new',
    `the ledger is of format ${format}; this software knows ${ledgerFormatMax}`,
  );

const corrupt = (what: string): DiskFailure => new DiskFailure('corrupt', `the ledger ${what}`);
