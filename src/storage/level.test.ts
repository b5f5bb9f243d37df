import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logIndex, nodeId, term } from '../base/brand.ts';
import type { Clock, DiskError } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { Entry } from '../raft/log-store.ts';
import { noMembers } from '../raft/members.ts';
import { openLevelDisk } from './level.ts';
import type { LogFault } from './log-fault.ts';
import { type DurableLog, openLogStore } from './log-store.ts';

/** The log is tested for hours of virtual time elsewhere; here only its callbacks need a clock. */
const clock: Pick<Clock, 'after' | 'soon'> = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (run) => {
    setImmediate(run);
  },
};

const ask = <T>(start: (done: (value: T) => void) => void): Promise<T> =>
  new Promise((resolve) => start(resolve));

const openLog = (directory: string, create = false) =>
  ask<Result<DurableLog, LogFault>>((done) =>
    openLogStore(
      { disk: openLevelDisk(directory), clock: clock as Clock, create, members: noMembers },
      done,
    ),
  );

const close = (log: DurableLog): Promise<void> => ask((done) => log.close(done));

async function contentOf(log: DurableLog): Promise<string> {
  const { lastIndex, hardState } = log.found;
  const read = await ask<Result<readonly Entry[], DiskError>>((done) =>
    log.read({ from: logIndex(1), to: lastIndex, maxBytes: 1e6 }, done),
  );
  if (!read.ok) throw read.error;
  const texts = read.value.map(({ term, payload }) => `${term}:${Buffer.from(payload)}`);
  return JSON.stringify([hardState.term, hardState.vote, texts]);
}

/** Opens a directory that may be damaged, and says what came of it. */
async function verdict(directory: string, create = false): Promise<string> {
  const result = await openLog(directory, create);
  if (!result.ok) return result.error.kind;
  const content = await contentOf(result.value);
  await close(result.value);
  return content;
}

describe('level: damage on a real disk', () => {
  let root: string;
  let directory: string;
  let whole: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'skein-level-'));
    directory = join(root, 'data');
    const result = await openLog(directory, true);
    if (!result.ok) throw new Error(result.error.kind);
    const log = result.value;
    for (let i = 1; i <= 30; i++) {
      const error = await ask<DiskError | undefined>((done) =>
        log.write(
          {
            hardState: { term: term(i), vote: nodeId('n1') },
            truncateFrom: undefined,
            purgeTo: undefined,
            append: [{ index: logIndex(i), term: term(i), payload: Buffer.from(`entry ${i}`) }],
          },
          done,
        ),
      );
      if (error !== undefined) throw error;
    }
    await close(log);
    whole = await contentOfReopened();
  });
  afterEach(() => rm(root, { recursive: true }));

  /** The first opening after the writes moves them from LevelDB's journal into a table. */
  async function contentOfReopened(): Promise<string> {
    const copy = join(root, 'copy');
    await cp(directory, copy, { recursive: true });
    const content = await verdict(copy);
    await rm(copy, { recursive: true });
    return content;
  }

  const journalOf = async (place: string): Promise<string> => {
    const names = await readdir(join(place, 'log'));
    return join(place, 'log', names.find((name) => name.endsWith('.log')) ?? 'none');
  };

  it('what was written is there when the directory is opened again', () => {
    expect(whole).toContain('30:entry 30');
    expect(whole).toContain('n1');
  });

  it('a missing CURRENT file is refused with and without create, and the tables stay', async () => {
    await rm(join(directory, 'log', 'CURRENT'));
    const before = await readdir(join(directory, 'log'));
    expect(await verdict(directory)).toBe('corrupt');
    expect(await verdict(directory, true)).toBe('corrupt');
    expect(await readdir(join(directory, 'log'))).toEqual(before);
  });

  it('a missing store is refused, and not made', async () => {
    await rm(join(directory, 'log'), { recursive: true });
    expect(await verdict(directory)).toBe('corrupt');
    expect(await readdir(directory)).not.toContain('log');
    expect(await verdict(directory, true)).toBe('rolled-back');
  });

  it('a journal that lost its end, by any number of bytes, is refused as rolled back', async () => {
    const { length } = await readFile(await journalOf(directory));
    for (const kept of [0, 1, length >> 2, length >> 1, length - 100, length - 1]) {
      const copy = join(root, 'cut');
      await cp(directory, copy, { recursive: true });
      await truncate(await journalOf(copy), kept);
      expect(await verdict(copy)).toBe('rolled-back');
      await rm(copy, { recursive: true });
    }
  });

  it('a head that is missing, cut or overwritten is refused', async () => {
    for (const content of [undefined, Buffer.alloc(100), Buffer.alloc(8192, 7)]) {
      if (content === undefined) await rm(join(directory, 'head'));
      else await writeFile(join(directory, 'head'), content);
      expect(await verdict(directory)).toBe('corrupt');
    }
  });

  it('200 flipped bits in journal and table: each is refused, or changed nothing', async () => {
    const random = new SeededRandom(20);
    const table = join(root, 'table');
    await cp(directory, table, { recursive: true });
    await verdict(table);
    let refused = 0;
    for (let flip = 0; flip < 200; flip++) {
      const copy = join(root, 'flip');
      await cp(flip % 2 === 0 ? directory : table, copy, { recursive: true });
      await flipBit(copy, random);
      const found = await verdict(copy);
      if (found !== whole) {
        expect(['corrupt', 'rolled-back', 'io']).toContain(found);
        refused += 1;
      }
      await rm(copy, { recursive: true });
    }
    expect(refused).toBeGreaterThan(100);
  }, 60_000);

  async function flipBit(place: string, random: SeededRandom): Promise<void> {
    const names = await readdir(join(place, 'log'));
    const data = names.filter((name) => /\.(log|ldb)$/.test(name));
    const files = await Promise.all(
      data.map(async (name) => ({ name, bytes: await readFile(join(place, 'log', name)) })),
    );
    const largest = files.reduce((a, b) => (b.bytes.length > a.bytes.length ? b : a));
    const at = random.uint32() % largest.bytes.length;
    largest.bytes[at]! ^= 1 << (random.uint32() % 8);
    await writeFile(join(place, 'log', largest.name), largest.bytes);
  }
});
