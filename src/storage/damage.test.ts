/**
 * One flipped bit, one cut or one deletion in a real directory, again and again: what a node reads
 * afterwards is exactly what was written, or the node is told. Undetected damage is a failure;
 * there is no share of it that would be fine.
 *
 * `SKEIN_DAMAGE_ROUNDS` and `SKEIN_DAMAGE_SEED` make a longer or another run.
 */
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clock, contentOf, makeDirectory } from '../../test/support/real-directory.ts';
import { below, SeededRandom } from '../base/random.ts';
import { dumpDirectory } from './dump.ts';

const rounds = Number(process.env.SKEIN_DAMAGE_ROUNDS ?? 60);
const seed = Number(process.env.SKEIN_DAMAGE_SEED ?? 1);

const random = new SeededRandom(seed);

interface Damage {
  readonly what: 'flip' | 'truncate' | 'delete';
  readonly file: string;
  readonly at: number;
}

/** Files that hold data. LOCK is empty, and LOG is what LevelDB tells people. */
async function dataFiles(path: string): Promise<readonly string[]> {
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && !/^(LOCK|LOG|LOG\.old)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

async function damage(path: string): Promise<Damage> {
  const files = await dataFiles(path);
  const file = files[below(random, files.length)]!;
  const bytes = await readFile(join(path, file));
  const pick = below(random, 10);
  const at = below(random, Math.max(1, bytes.length * 8));
  if (pick === 0 || bytes.length === 0) {
    await rm(join(path, file));
    return { what: 'delete', file, at: 0 };
  }
  if (pick === 1) {
    await truncate(join(path, file), at >> 3);
    return { what: 'truncate', file, at: at >> 3 };
  }
  bytes[at >> 3]! ^= 1 << (at & 7);
  await writeFile(join(path, file), bytes);
  return { what: 'flip', file, at };
}

describe('a damaged directory', () => {
  let root: string;
  const kinds = ['whole', 'compacted', 'reopened'] as const;
  const contents = new Map<string, string>();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'skein-damage-'));
    await makeDirectory(join(root, 'whole'), { records: 40 });
    await makeDirectory(join(root, 'compacted'), { records: 40, purgeTo: 25 });
    await cp(join(root, 'whole'), join(root, 'reopened'), { recursive: true });
    for (const kind of kinds) contents.set(kind, await examined(kind));
    // Reading a directory moved what its journals held into tables.
    await contentOf(join(root, 'reopened'));
  });
  afterAll(() => rm(root, { recursive: true }));

  async function examined(kind: string): Promise<string> {
    const copy = join(root, 'copy');
    await cp(join(root, kind), copy, { recursive: true });
    const content = await contentOf(copy);
    await rm(copy, { recursive: true });
    return content;
  }

  it(`${rounds} times: nothing else is ever read than what was written`, async () => {
    let refused = 0;
    const unseen: unknown[] = [];
    for (let round = 0; round < rounds; round++) {
      const kind = kinds[round % kinds.length]!;
      const copy = join(root, 'copy');
      await cp(join(root, kind), copy, { recursive: true });
      const done = await damage(copy);
      const content = await contentOf(copy).catch(() => undefined);
      if (content === undefined) refused += 1;
      else if (content !== contents.get(kind)) unseen.push({ seed, round, kind, ...done });
      await rm(copy, { recursive: true });
    }
    expect(unseen).toEqual([]);
    expect(refused).toBeGreaterThan(rounds / 4);
  }, 600_000);

  it('a dump that verifies says that it is damaged whenever a node is refused', async () => {
    for (let round = 0; round < rounds / 6; round++) {
      const kind = kinds[round % kinds.length]!;
      const copy = join(root, 'copy');
      await cp(join(root, kind), copy, { recursive: true });
      const done = await damage(copy);
      const faults = await dumpDirectory({
        directory: copy,
        clock,
        show: { log: false, ledger: false, facts: false },
        verify: true,
        emit: () => {},
        signal: new AbortController().signal,
      });
      const content = await contentOf(copy).catch(() => undefined);
      expect({ ...done, found: faults.ok && faults.value === 0 }).toEqual({
        ...done,
        found: content !== undefined,
      });
      await rm(copy, { recursive: true });
    }
  }, 600_000);
});
