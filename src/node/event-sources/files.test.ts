import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentTrace } from '../../base/trace.ts';
import { type FileSeen, FileWatches } from './files.ts';

let folder: string;
let watches: FileWatches[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-files-'));
  watches = [];
});
afterEach(async () => {
  await Promise.all(watches.map((each) => each.close()));
  rmSync(folder, { recursive: true });
});

function watching(...patterns: readonly string[]): readonly FileSeen[] {
  const seen: FileSeen[] = [];
  const each = new FileWatches({ seen: (file) => seen.push(file), trace: silentTrace });
  watches.push(each);
  each.watch(new Set(patterns.map((pattern) => join(folder, pattern))));
  return seen;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it does not become so');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

const names = (seen: readonly FileSeen[]): readonly string[] =>
  seen.map(({ path }) => path.slice(folder.length + 1));

it('a file is told of once, when it has been written to its end', async () => {
  const seen = watching('*.csv');
  writeFileSync(join(folder, 'a.csv'), 'half');
  writeFileSync(join(folder, 'a.csv'), ' and half', { flag: 'a' });
  writeFileSync(join(folder, 'b.txt'), 'no');
  await until(() => seen.length > 0);
  expect(names(seen)).toEqual(['a.csv']);
  const { mtimeMs } = statSync(join(folder, 'a.csv'));
  expect(seen[0]?.key).toBe(`${join(folder, 'a.csv')}:13:${mtimeMs}`);
  expect(JSON.parse(seen[0]?.payload ?? '')).toMatchObject({ name: 'a.csv', size: 13 });
});

it('a file that is moved into place, and one that changes later, are told of', async () => {
  const seen = watching('in/done.flag');
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'part'), 'x');
  renameSync(join(folder, 'part'), join(folder, 'in/done.flag'));
  await until(() => seen.length === 1);
  writeFileSync(join(folder, 'in/done.flag'), 'more');
  await until(() => seen.length === 2);
  expect(new Set(seen.map(({ key }) => key)).size).toBe(2);
});

it('files that are there at the start are told of under the keys of before', async () => {
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  writeFileSync(join(folder, 'deep/er/a.csv'), 'x');
  const first = watching('**/*.csv');
  await until(() => first.length === 1);
  const second = watching('**/*.csv');
  await until(() => second.length === 1);
  expect(second[0]?.key).toBe(first[0]?.key);
});

it('a long path has a short key', async () => {
  const name = `${'x'.repeat(240)}.csv`;
  const seen = watching('*.csv');
  writeFileSync(join(folder, name), '');
  await until(() => seen.length === 1);
  expect(seen[0]?.key).toMatch(/^[0-9a-f]{64}$/);
});

it('a path that nobody names any more is not watched', async () => {
  const seen: FileSeen[] = [];
  const each = new FileWatches({ seen: (file) => seen.push(file), trace: silentTrace });
  watches.push(each);
  each.watch(new Set([join(folder, '*.csv'), join(folder, '*.txt')]));
  writeFileSync(join(folder, 'a.csv'), '');
  await until(() => seen.length === 1);
  each.watch(new Set([join(folder, '*.txt')]));
  writeFileSync(join(folder, 'b.csv'), '');
  writeFileSync(join(folder, 'c.txt'), '');
  await until(() => seen.length === 2);
  expect(names(seen)).toEqual(['a.csv', 'c.txt']);
});

it('a folder that goes and comes back is watched again', async () => {
  mkdirSync(join(folder, 'in'));
  const seen = watching('in/*.csv');
  writeFileSync(join(folder, 'in/a.csv'), '');
  await until(() => seen.length === 1);
  rmSync(join(folder, 'in'), { recursive: true });
  await until(() => {
    mkdirSync(join(folder, 'in'), { recursive: true });
    if (!existsSync(join(folder, 'in/b.csv'))) writeFileSync(join(folder, 'in/b.csv'), 'x');
    return seen.length > 1;
  });
  expect(names(seen).slice(0, 2)).toEqual(['in/a.csv', 'in/b.csv']);
});
