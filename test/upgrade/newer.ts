/** What a newer version could leave in a data directory: each a change of one thing. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { logIndex } from '../../src/base/brand.ts';
import { encode } from '../../src/base/codec.ts';
import type { DiskError, Store, StoreOperation } from '../../src/base/ports.ts';
import type { Result } from '../../src/base/result.ts';
import { checkedLine, readCheckedLine } from '../../src/storage/checked-line.ts';
import { identityFile } from '../../src/storage/identity.ts';
import { entryKey, markKey } from '../../src/storage/keyspace.ts';
import { metaKey } from '../../src/storage/ledger-keys.ts';
import { placeFile } from '../../src/storage/ledger-place.ts';
import { openLevelDisk } from '../../src/storage/level.ts';
import { markOf, type StoredMark } from '../../src/storage/log-mark.ts';
import { encodeEntry } from '../../src/storage/log-rows.ts';
import { packValue, unpackValue } from '../../src/storage/pack.ts';
import { seal, unseal } from '../../src/storage/seal.ts';

/** A version that nobody has written yet. */
const newest = 99;

/** By name: changes a directory that no process uses. */
export const newerThings: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  'an identity': async (folder) => {
    const path = join(folder, identityFile);
    const known = readCheckedLine<object>(await readFile(path));
    await writeFile(path, checkedLine({ ...known, format: newest }));
  },
  'a place of the ledger': (folder) =>
    writeFile(join(folder, placeFile), seal({ format: newest, store: 'ledger', number: 0 })),
  'a ledger': (folder) =>
    change(folder, 'ledger', async (store) => {
      const row = { key: metaKey, value: await found(store, metaKey) };
      const meta = unpackValue<object>(row);
      const value = packValue(metaKey, { ...(meta.ok && meta.value), format: newest });
      return [{ kind: 'put', key: metaKey, value }];
    }),
  'a mark of the log': (folder) =>
    change(folder, 'log', async (store) => {
      const mark = unseal<StoredMark>(await found(store, markKey));
      return [{ kind: 'put', key: markKey, value: seal({ format: newest, mark }) }];
    }),
  'a configuration': (folder) =>
    appendEntry(folder, Buffer.concat([Buffer.of(0xc1), encode({ version: newest })])),
  'a record': (folder) => appendEntry(folder, encode({ version: newest, decisions: 'unknown' })),
};

/** As if a newer leader had sent one more entry. */
const appendEntry = (folder: string, payload: Uint8Array): Promise<void> =>
  change(folder, 'log', async (store) => {
    const stored = unseal<StoredMark>(await found(store, markKey));
    if (stored === undefined) throw new Error('the log has a mark');
    const mark = markOf(stored);
    const index = logIndex(mark.lastIndex + 1);
    const { row, chain } = encodeEntry({ index, term: mark.term, payload }, mark.chain);
    const end = { lastIndex: index, lastTerm: mark.term, chain };
    const next = { ...mark, ...end, generation: mark.generation + 1 };
    return [
      { kind: 'put', key: entryKey(index), value: row },
      { kind: 'put', key: markKey, value: seal(next) },
    ];
  });

async function change(
  folder: string,
  name: string,
  plan: (store: Store) => Promise<readonly StoreOperation[]>,
): Promise<void> {
  const opened = await new Promise<Result<Store, DiskError>>((done) =>
    openLevelDisk(folder).openStore(name, { create: false }, done),
  );
  if (!opened.ok) throw opened.error;
  const store = opened.value;
  const operations = await plan(store);
  const error = await new Promise<DiskError | undefined>((done) =>
    store.write(operations, { sync: true }, done),
  );
  await new Promise<void>((done) => store.close(done));
  if (error !== undefined) throw error;
}

async function found(store: Store, key: string): Promise<Uint8Array> {
  const row = await new Promise<Result<Uint8Array | undefined, DiskError>>((done) =>
    store.get(key, done),
  );
  if (!row.ok || row.value === undefined) throw new Error(`${key} is there`);
  return row.value;
}
