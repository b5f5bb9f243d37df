/** A large ledger for the snapshot benchmark: ended runs of ten tasks, as production packs them. */
import { Problem } from '../cluster/problem.ts';
import { dagId, logIndex, versionId, wallMs } from '../src/base/brand.ts';
import { silentTrace } from '../src/base/trace.ts';
import { realClock } from '../src/node/real-ports.ts';
import { type Ledger, ledgerDefaults } from '../src/storage/ledger.ts';
import { metaOperations } from '../src/storage/ledger-batch.ts';
import { emptyMeta, nextMeta } from '../src/storage/ledger-meta.ts';
import { openLedger } from '../src/storage/ledger-open.ts';
import { firstPlace } from '../src/storage/ledger-place.ts';
import { openLevelDisk } from '../src/storage/level.ts';
import { type OwnerOf, openBenchStore, rowsOfRuns, writeBatch } from './ended-runs.ts';

const runsPerBatch = 200;

const ownerOf: OwnerOf = (number) => ({
  dagId: dagId(`nightly-${number % 40}`),
  versionId: versionId('c0ffee'.repeat(8)),
});

/** Writes runs until their keys and values have that many bytes; returns how many they have. */
export async function fillLedger(folder: string, bytesMin: number): Promise<number> {
  const store = await openBenchStore(folder, firstPlace.store, { create: true });
  let bytes = 0;
  for (let from = 0; bytes < bytesMin; from += runsPerBatch) {
    const batch = rowsOfRuns(ownerOf, { from, to: from + runsPerBatch });
    for (const operation of batch)
      if (operation.kind === 'put') bytes += operation.key.length + operation.value.length;
    await writeBatch(store, batch);
  }
  const meta = nextMeta(emptyMeta, { index: logIndex(1), at: wallMs(1), format: 1 });
  await writeBatch(store, [...metaOperations(meta)]);
  await new Promise<void>((resolve) => store.close(resolve));
  return bytes;
}

export function openBenchLedger(folder: string): Promise<Ledger> {
  return new Promise((resolve, reject) =>
    openLedger(
      {
        ...{ disk: openLevelDisk(folder), clock: realClock, create: false },
        ...{ store: firstPlace.store, settings: ledgerDefaults, trace: silentTrace },
        onFailure: (error) => {
          throw new Problem(error.message, 1);
        },
      },
      (opened) => (opened.ok ? resolve(opened.value) : reject(opened.error)),
    ),
  );
}
