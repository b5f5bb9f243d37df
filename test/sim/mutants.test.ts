/** The simulator finds mistakes: three mutants here, all of them by `mutants-main.ts`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mutants, tryMutant } from './mutants.ts';

/** Killed within a few seeds. */
const quick = [
  'leader counts itself before its own sync',
  'dispatches before the commit',
  'a schedule does not remember its fires',
];

const builtDir = mkdtempSync(join(tmpdir(), 'skein-built-'));

beforeAll(() => {
  const tsc = resolve('node_modules', '.bin', 'tsc');
  const flags = ['--noEmitOnError', 'false', '--incremental', 'false', '--declaration', 'false'];
  spawnSync(tsc, ['-p', '.', '--outDir', builtDir, ...flags]);
}, 60_000);

afterAll(() => {
  rmSync(builtDir, { recursive: true, force: true });
});

describe('mutants of the program', () => {
  it('each names a piece of text that the program has once', () => {
    const strange = mutants.filter(({ file, find }) => {
      return readFileSync(join(builtDir, 'src', file), 'utf8').split(find).length !== 2;
    });
    expect(strange.map(({ name }) => name)).toEqual([]);
  });

  for (const mutant of mutants.filter(({ name }) => quick.includes(name))) {
    it(`"${mutant.name}" does not survive the first seeds`, { timeout: 120_000 }, () => {
      expect(tryMutant({ ...mutant, seedsMax: 40 }, builtDir).killedBy).toBeDefined();
    });
  }
});
