import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeDataDir } from './data-dir.ts';

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true });
});

function root(): string {
  const path = mkdtempSync(join(tmpdir(), 'skein-data-dir-'));
  made.push(path);
  return path;
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('data-dir: a new one is closed to others, and those above it are not', async () => {
  const above = join(root(), 'srv');
  await makeDataDir(join(above, 'n1'), { taskUser: null });
  expect(modeOf(join(above, 'n1'))).toBe(0o700);
  expect(modeOf(above)).toBe(0o777 & ~process.umask());
});

test('data-dir: where tasks run as another user, they can get to theirs', async () => {
  const path = join(root(), 'n1');
  await makeDataDir(path, { taskUser: 'etl' });
  expect(modeOf(path)).toBe(0o755 & ~process.umask());
});

test('data-dir: one that is there stays as it is, and a file is none', async () => {
  const folder = root();
  const path = join(folder, 'n1');
  mkdirSync(path, { mode: 0o750 });
  await makeDataDir(path, { taskUser: null });
  expect(modeOf(path)).toBe(0o750 & ~process.umask());
  writeFileSync(join(folder, 'file'), '');
  await expect(makeDataDir(join(folder, 'file'), { taskUser: null })).rejects.toThrow('EEXIST');
});
