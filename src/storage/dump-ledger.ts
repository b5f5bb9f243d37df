/** The ledger's part of a dump: what it says of itself, and every row, each with its own CRC. */
import type { Disk, DiskError, Store } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import { State } from '../model/state.ts';
import type { LedgerRows } from './dump-replay.ts';
import { ask, type DumpSink, eachRow } from './dump-sink.ts';
import { loadLiveRows } from './ledger-load.ts';
import { type LedgerMeta, readMeta } from './ledger-meta.ts';
import type { LedgerPlace } from './ledger-place.ts';
import { LedgerStore } from './ledger-store.ts';
import { unpackValue } from './pack.ts';

export interface LedgerDump {
  readonly disk: Disk;
  readonly sink: DumpSink;
  readonly place: LedgerPlace;
}

/** Proves the ledger's meta and loads its live rows; undefined when it cannot be. */
export async function loadLedger({
  disk,
  sink,
  place,
}: LedgerDump): Promise<LedgerRows | undefined> {
  return withLedger({ disk, sink, place }, async (raw) => {
    const store = new LedgerStore(raw, () => {});
    const meta = await ask<Result<LedgerMeta | undefined, DiskError>>((done) =>
      readMeta(store, done),
    );
    if (!meta.ok || meta.value === undefined) {
      sink.fault(place.store, meta.ok ? 'it has lost its applied index' : meta.error.message);
      return undefined;
    }
    const state = new State();
    const loaded = await ask<Result<void, DiskError>>((done) =>
      loadLiveRows(store, (fact) => state.apply(fact), done),
    );
    if (loaded.ok) return { appliedIndex: meta.value.appliedIndex, state };
    sink.fault(place.store, loaded.error.message);
    return undefined;
  });
}

/** Checks every row, and emits it if `show` says so; the value is how many there are. */
export async function dumpLedger(dump: LedgerDump, show: boolean): Promise<number> {
  const { sink, place } = dump;
  if (show) sink.line({ kind: 'ledger', ...place, base: place.base ?? null });
  const rows = await withLedger(dump, async (store) => {
    let count = 0;
    const end = await eachRow({ store, sink }, (key, value) => {
      count += 1;
      const unpacked = unpackValue<unknown>({ key, value });
      if (!unpacked.ok) sink.fault(key, unpacked.error.message);
      else if (show) sink.line({ kind: 'row', key, value: unpacked.value });
    });
    if (!end.ok) sink.fault(place.store, end.error.message);
    return count;
  });
  return rows ?? 0;
}

async function withLedger<T>(
  { disk, sink, place }: LedgerDump,
  use: (store: Store) => Promise<T>,
): Promise<T | undefined> {
  const opened = await ask<Result<Store, DiskError>>((done) =>
    disk.openStore(place.store, { create: false }, done),
  );
  if (!opened.ok) {
    sink.fault(place.store, opened.error.message);
    return undefined;
  }
  try {
    return await use(opened.value);
  } finally {
    await ask<void>((done) => opened.value.close(done));
  }
}
