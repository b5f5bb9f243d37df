import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../test/support/real-directory.ts';
import type { DiskError, Store, StoreOperation, StoreRow } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { Trace } from '../base/trace.ts';
import { openLevelDisk } from './level.ts';
import { type LiveTable, liveTables } from './manifest.ts';
import { unprovenFolder } from './table-check.ts';
import { type Place, placesIn, rootsIn } from './table-format.ts';
import { holdTables, type UnprovenTables } from './unproven-tables.ts';

const rows = 6_000;
const keyOf = (n: number): string => `row/${String(n).padStart(6, '0')}`;
const everything = { from: '', to: '~', limit: rows };

let root: string;
/** The store as it was made, and the copy that a test works on. */
let whole: string;
let folder: string;

/** Has LevelDB merge every table; `level` has this method in Node alone, and does not name it. */
async function mergeAll(level: object): Promise<void> {
  const merge: unknown = 'compactRange' in level ? level.compactRange : undefined;
  if (typeof merge !== 'function') throw new Error('this LevelDB does not merge when it is told');
  await merge.call(level, '', '~');
}

/** Several tables below level 0, of rows that LevelDB cannot pack: bits that flip go unseen. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'skein-unproven-'));
  whole = join(root, 'whole');
  folder = join(root, 'copy', 'store');
  const random = new SeededRandom(11);
  const value = (): Uint8Array =>
    new Uint8Array(Uint32Array.from({ length: 256 }, () => random.uint32()).buffer);
  const operations = Array.from(
    { length: rows },
    (_, n): StoreOperation => ({ kind: 'put', key: keyOf(n), value: value() }),
  );
  const opened = await ask<Result<Store, DiskError>>((done) =>
    openLevelDisk(root).openStore('whole', { create: true }, done),
  );
  if (!opened.ok) throw opened.error;
  await ask<unknown>((done) => opened.value.write(operations, { sync: true }, done));
  await ask<void>((done) => opened.value.close(done));
  const level = new Level<string, Uint8Array>(whole, { valueEncoding: 'view' });
  await mergeAll(level);
  await level.close();
});
afterAll(() => rm(root, { recursive: true }));

beforeEach(async () => {
  await rm(join(root, 'copy'), { recursive: true, force: true });
  await cp(whole, folder, { recursive: true });
});

interface Opening {
  readonly store: Store;
  readonly damage: readonly DiskError[];
  readonly traced: readonly string[];
}

/** As the ledger opens it. */
async function open(): Promise<Opening> {
  const damage: DiskError[] = [];
  const traced: string[] = [];
  const trace: Trace = (_level, name) => traced.push(name);
  const options = { create: false, damaged: (error: DiskError) => void damage.push(error) };
  const opened = await ask<Result<Store, DiskError>>((done) =>
    openLevelDisk(join(root, 'copy'), trace).openStore('store', options, done),
  );
  if (!opened.ok) throw opened.error;
  return { store: opened.value, damage, traced };
}

const get = (store: Store, key: string) =>
  ask<Result<Uint8Array | undefined, DiskError>>((done) => store.get(key, done));
const scan = (store: Store, from: string, limit: number) =>
  ask<Result<readonly StoreRow[], DiskError>>((done) =>
    store.scan({ ...everything, from, limit }, done),
  );
const close = (store: Store): Promise<void> => ask((done) => store.close(done));

const refused = { ok: false, error: { kind: 'corrupt' } };

async function tables(): Promise<readonly LiveTable[]> {
  const live = [...((await liveTables(folder)) ?? new Map<number, LiveTable>()).values()];
  return live.sort((a, b) => (a.firstKey < b.firstKey ? -1 : 1));
}

const fileOf = ({ number }: LiveTable): string => `${String(number).padStart(6, '0')}.ldb`;
const links = (): Promise<readonly string[]> =>
  readdir(join(folder, unprovenFolder)).catch(() => []);

async function flip(table: LiveTable, at: (bytes: Uint8Array) => number): Promise<void> {
  const path = join(folder, fileOf(table));
  const bytes = new Uint8Array(await readFile(path));
  bytes[at(bytes)]! ^= 1;
  await writeFile(path, bytes);
}

/** In a row in the middle of the table, of which the value alone is changed. */
const inRows = (bytes: Uint8Array): number => bytes.length >> 1;

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const hold = async (): Promise<UnprovenTables> => {
  const held = await holdTables(folder);
  if (held === undefined) throw new Error('nothing is left to be proven');
  return held;
};

const point = (key: string) => () => ({ from: key, to: key, isPoint: true });

describe('a store that is open before all of it is proven', () => {
  it('is proven soon, and leaves nothing behind', async () => {
    expect((await tables()).length).toBeGreaterThan(2);
    const { store, damage, traced } = await open();
    expect((await links()).length).toBe((await tables()).length);
    await until(() => traced.includes('disk.proven'));
    expect(damage).toEqual([]);
    expect(await readdir(folder)).not.toContain(unprovenFolder);
    await close(store);
  });

  it('has nothing to prove when it has no tables', async () => {
    await rm(folder, { recursive: true });
    const options = { create: true, damaged: () => {} };
    for (let life = 0; life < 2; life++) {
      const opened = await ask<Result<Store, DiskError>>((done) =>
        openLevelDisk(join(root, 'copy')).openStore('store', options, done),
      );
      expect(opened.ok).toBe(true);
      expect(await readdir(folder)).not.toContain(unprovenFolder);
      if (opened.ok) await close(opened.value);
    }
  });

  it('answers with what is whole, and never with what is not', async () => {
    const [first, , third] = await tables();
    await flip(third!, inRows);
    const { store } = await open();
    expect(await get(store, first!.firstKey)).toMatchObject({ ok: true });
    expect(await scan(store, first!.firstKey, 3)).toMatchObject({ ok: true });
    expect(await get(store, third!.firstKey)).toMatchObject(refused);
    expect(await scan(store, third!.firstKey, 1)).toMatchObject(refused);
    expect(await scan(store, '', rows)).toMatchObject(refused);
    const view = store.view();
    const seen = await ask((done) => view.scan(everything, done));
    expect(seen).toMatchObject(refused);
    view.close();
    await close(store);
  });

  it('a page that ends before a damaged table proves that too: a reader has met it', async () => {
    const [first, second] = await tables();
    await flip(second!, () => 20);
    const { store } = await open();
    expect(await get(store, first!.lastKey)).toMatchObject({ ok: true });
    expect(await scan(store, first!.lastKey, 1)).toMatchObject(refused);
    await close(store);
  });

  it('damage in a row that nobody asks for is told soon', async () => {
    const last = (await tables()).at(-1)!;
    await flip(last, inRows);
    const { store, damage } = await open();
    expect(await get(store, keyOf(0))).toMatchObject({ ok: true });
    await until(() => damage.length > 0);
    expect(damage).toMatchObject([{ kind: 'corrupt' }]);
    expect(damage[0]!.message).toContain(fileOf(last));
    await close(store);
  });

  const rootOf = (bytes: Uint8Array) => rootsIn(bytes)!;
  const blockAt = (bytes: Uint8Array, { offset, length }: Place): Uint8Array =>
    bytes.subarray(offset, offset + length);
  const kinds: Readonly<Record<string, (bytes: Uint8Array) => number>> = {
    rows: () => 0,
    'the filter': (bytes) => placesIn(blockAt(bytes, rootOf(bytes).meta))![0]!.offset,
    'the meta index': (bytes) => rootOf(bytes).meta.offset,
    'the index': (bytes) => rootOf(bytes).index.offset,
    'the footer': (bytes) => bytes.length - 48,
    'the magic number': (bytes) => bytes.length - 1,
  };
  it.each(Object.keys(kinds))(
    'a bit of %s: seen in the end, and when a key is asked for',
    async (kind) => {
      const table = (await tables())[1]!;
      await flip(table, kinds[kind]!);
      const held = await hold();
      await expect(held.proveRest(0)).rejects.toMatchObject({ kind: 'corrupt' });
      await held.stop();
      const asked = (await hold()).vouchedFor(Promise.resolve(), point(table.lastKey));
      await expect(asked).rejects.toMatchObject({ kind: 'corrupt' });
    },
  );

  it('a table that was cut, or is gone, is refused at once', async () => {
    const path = join(folder, fileOf((await tables())[1]!));
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    await expect(open()).rejects.toMatchObject({ kind: 'corrupt' });
    await rm(path);
    await expect(open()).rejects.toMatchObject({ kind: 'corrupt' });
  });
});

describe('tables that LevelDB merges before they are proven', () => {
  /** Merges every table, as LevelDB does by itself sooner or later. */
  async function merged(): Promise<Level<string, Uint8Array>> {
    const level = new Level<string, Uint8Array>(folder, { valueEncoding: 'view' });
    const value = new Uint8Array(1);
    await level.batch([
      { type: 'put', key: keyOf(0), value },
      { type: 'put', key: keyOf(rows), value },
    ]);
    await mergeAll(level);
    return level;
  }

  it('by their links damage is found all the same, before any answer', async () => {
    const [first, second] = await tables();
    await flip(second!, inRows);
    const held = await hold();
    const level = await merged();
    expect(await readdir(folder)).not.toContain(fileOf(second!));
    const asked = held.vouchedFor(level.get(first!.firstKey), point(first!.firstKey));
    await expect(asked).rejects.toMatchObject({ kind: 'corrupt' });
    await held.stop();
    await level.close();
  });

  it('an orderly end leaves those alone to the next life, which proves them first', async () => {
    const [first, second] = await tables();
    await flip(second!, inRows);
    const held = await hold();
    const level = await merged();
    await held.stop();
    await level.close();
    expect(await links()).toContain(fileOf(first!));
    await expect(holdTables(folder)).rejects.toMatchObject({ kind: 'corrupt' });
    await rm(join(folder, unprovenFolder, fileOf(second!)));
    await (await hold()).stop();
    expect(await links()).toEqual([]);
  });

  it('after a life that was cut short everything is proven first', async () => {
    await hold();
    expect(await holdTables(folder)).toBeUndefined();
    expect(await readdir(folder)).not.toContain(unprovenFolder);
    await hold();
    await flip((await tables())[1]!, inRows);
    await expect(holdTables(folder)).rejects.toMatchObject({ kind: 'corrupt' });
  });
});
