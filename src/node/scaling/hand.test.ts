import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Hand } from './hand.ts';

let folder: string;
let hand: Hand;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-hand-'));
  hand = new Hand();
});
afterEach(() => {
  hand.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(file(name), 'utf8');

async function run(program: string, args: readonly string[], env = {}): Promise<number | null> {
  const launched = await hand.start({
    ...{ program, args, env, cwd: folder, input: '/dev/null' },
    ...{ output: file('out'), errors: file('err') },
  });
  if (!launched.ok) throw new Error(launched.error);
  return launched.value.exited;
}

describe('the hand', () => {
  it('starts a program with exactly these words and this environment', async () => {
    const words = ["it's", '$HOME `id` "x" \\', 'two\nlines', '', '*'];
    const script = 'for (const w of process.argv.slice(1)) console.log(JSON.stringify(w))';
    expect(await run(process.execPath, ['-e', script, ...words])).toBe(0);
    expect(
      text('out')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(words);
    await run('/usr/bin/env', [], { A: "1 '2'", SKEIN_POOL: 'x' });
    const names = text('out')
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('_='));
    expect(names.sort()).toEqual(["A=1 '2'", 'SKEIN_POOL=x']);
  });

  it('says how each of several ended', async () => {
    const codes = [3, 0, 7].map((code) => run('/bin/sh', ['-c', `exit ${code}`]));
    expect(await Promise.all(codes)).toEqual([3, 0, 7]);
    expect(await run('/bin/sh', ['-c', 'kill -KILL $$'])).toBe(137);
    expect(await run('/no/such/program', [])).toBe(127);
    expect(text('err')).toContain('/no/such/program');
  });

  it('refuses what no program can be given', async () => {
    await expect(run('/bin/echo', ['a\0b'])).rejects.toThrow('no program can be given');
    expect(await run('/bin/true', [])).toBe(0);
  });

  it('that is closed starts nothing more, and what it has started goes on', async () => {
    const going = run('/bin/sh', ['-c', 'sleep 0.2; echo done; exit 5']);
    await run('/bin/true', []).catch(() => null);
    hand.close();
    await expect(run('/bin/true', [])).rejects.toThrow('has ended');
    expect(await going).toBe(5);
    hand = new Hand();
  });

  it('gives a program none of the descriptors that tasks could guess', async () => {
    expect(await run('/bin/sh', ['-c', 'ls /proc/$$/fd'])).toBe(0);
    const numbers = text('out').trim().split(/\s+/).map(Number);
    expect(numbers.filter((descriptor) => descriptor < 10)).toEqual([0, 1, 2]);
  });
});
