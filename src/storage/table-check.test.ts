import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../test/support/real-directory.ts';
import type { DiskError, Store, StoreOperation } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { crc32c } from './crc32c.ts';
import { openLevelDisk } from './level.ts';
import { liveTables } from './manifest.ts';
import { unsnappy } from './snappy.ts';
import { checkTables, tableProblem } from './table-check.ts';

describe('tables of LevelDB', () => {
  let root: string;
  let folder: string;
  const tables: { readonly name: string; readonly bytes: Uint8Array }[] = [];

  const open = async (): Promise<Store> => {
    const store = await ask<Result<Store, DiskError>>((done) =>
      openLevelDisk(root).openStore('store', { create: true }, done),
    );
    if (!store.ok) throw store.error;
    return store.value;
  };

  /** Rows that pack well and rows that do not, replaced and deleted, and moved into tables. */
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'skein-tables-'));
    folder = join(root, 'store');
    const random = new SeededRandom(3);
    for (let life = 0; life < 3; life++) {
      const store = await open();
      const operations = Array.from({ length: 400 }, (_, n): StoreOperation => {
        const key = `row/${String((n * (life + 1)) % 300).padStart(6, '0')}`;
        if (n % 7 === life) return { kind: 'delete', key };
        const value = Uint8Array.from({ length: 100 }, () => (n % 2 ? random.uint32() : n));
        return { kind: 'put', key, value };
      });
      await ask<unknown>((done) => store.write(operations, { sync: true }, done));
      await ask<void>((done) => store.close(done));
    }
    await ask<void>(async (done) => (await open()).close(done));
    for (const name of await readdir(folder)) {
      if (name.endsWith('.ldb')) tables.push({ name, bytes: await readFile(join(folder, name)) });
    }
  });
  afterAll(() => rm(root, { recursive: true }));

  it('are whole as LevelDB writes them', async () => {
    expect(tables.length).toBeGreaterThan(0);
    for (const { bytes } of tables) expect(tableProblem(bytes)).toBeUndefined();
    await checkTables(folder);
  });

  it('a table that a crash has left half written is no damage', async () => {
    const live = await liveTables(folder);
    expect([...(live ?? new Map()).keys()].sort()).toEqual(
      tables.map(({ name }) => Number.parseInt(name, 10)).sort(),
    );
    const orphan = join(folder, '999999.ldb');
    await writeFile(orphan, tables[0]!.bytes.subarray(0, 100));
    await checkTables(folder);
    await rm(orphan);
    const name = join(folder, tables[0]!.name);
    await writeFile(name, tables[0]!.bytes.subarray(0, 100));
    await expect(checkTables(folder)).rejects.toMatchObject({ kind: 'corrupt' });
    await writeFile(name, tables[0]!.bytes);
  });

  it('no bit flips unseen, but in the padding of the footer', () => {
    const random = new SeededRandom(5);
    for (const { bytes } of tables) {
      const copy = new Uint8Array(bytes);
      for (let round = 0; round < 1500; round++) {
        const at = random.uint32() % (8 * (bytes.length - 48));
        copy[at >> 3]! ^= 1 << (at & 7);
        expect(tableProblem(copy)).toBeDefined();
        copy[at >> 3]! ^= 1 << (at & 7);
      }
      expect(tableProblem(copy)).toBeUndefined();
    }
  });

  it('a table that was cut anywhere is seen', () => {
    for (const { bytes } of tables) {
      for (let length = 0; length < bytes.length; length += 37) {
        expect(tableProblem(bytes.subarray(0, length))).toBeDefined();
      }
    }
  });

  it('a folder with a damaged one is refused by its name', async () => {
    const { name, bytes } = tables[0]!;
    const damaged = new Uint8Array(bytes);
    damaged[50]! ^= 4;
    await writeFile(join(folder, name), damaged);
    await expect(checkTables(folder)).rejects.toMatchObject({ kind: 'corrupt' });
    await writeFile(join(folder, name), bytes);
  });
});

describe('crc32c', () => {
  it('gives the values of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, n) => n))).toBe(0x46dd794e);
    expect(crc32c(new Uint8Array())).toBe(0);
  });
});

describe('snappy', () => {
  it('takes literals and copies apart, those that overlap themselves too', () => {
    expect(unsnappy(Uint8Array.of(0))).toEqual(new Uint8Array());
    const literal = Uint8Array.of(3, 2 << 2, 1, 2, 3);
    expect(unsnappy(literal)).toEqual(Uint8Array.of(1, 2, 3));
    const repeated = Uint8Array.of(9, 0 << 2, 7, (4 << 2) | 1, 1);
    expect(unsnappy(repeated)).toEqual(new Uint8Array(9).fill(7));
    const far = Uint8Array.of(6, 2 << 2, 1, 2, 3, (2 << 2) | 2, 3, 0);
    expect(unsnappy(far)).toEqual(Uint8Array.of(1, 2, 3, 1, 2, 3));
  });

  it('bytes that are no such thing are refused', () => {
    for (const bytes of [[], [5], [3, 2 << 2, 1], [4, 0, 7, (0 << 2) | 1, 9], [1, 1 << 2, 7, 7]]) {
      expect(unsnappy(Uint8Array.from(bytes))).toBeUndefined();
    }
  });
});
