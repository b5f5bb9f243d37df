import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { StandingShell } from './standing-shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-standing-'));
afterAll(() => rmSync(folder, { recursive: true }));
const patience = { timeout: 10_000 };
const heard = join(folder, 'heard');
const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];

test('a shell that was killed is followed by one that is told everything', async () => {
  const shell = new StandingShell({
    args: ['-s'],
    env: { PATH: '/usr/bin:/bin' },
    opening: () => [`echo $$ >> ${heard}\n`],
  });
  await expect.poll(() => linesOf(heard), patience).toHaveLength(1);
  execFileSync('kill', ['-KILL', linesOf(heard)[0]!]);
  await expect.poll(() => linesOf(heard), patience).toHaveLength(2);
  shell.tell(`echo told >> ${heard}\n`);
  await new Promise<void>((done) => shell.close(done));
  expect(linesOf(heard)).toHaveLength(3);
});

test('where none can be started, that is tried now and then', async () => {
  let tries = 0;
  const opening = (): readonly string[] => {
    tries += 1;
    return [];
  };
  const shell = new StandingShell({ program: '/nowhere/sh', args: [], env: {}, opening });
  await new Promise((done) => setTimeout(done, 500));
  expect(tries).toBeGreaterThan(1);
  expect(tries).toBeLessThan(8);
  await new Promise<void>((done) => shell.close(done));
});
