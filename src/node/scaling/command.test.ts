import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeId, wallMs } from '../../base/brand.ts';
import { CommandNodes } from './command.ts';
import type { PoolGoal, Pursued } from './goal.ts';
import { Hand } from './hand.ts';

let folder: string;
let hand: Hand;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-command-'));
  hand = new Hand();
});
afterEach(() => {
  hand.close();
  rmSync(folder, { recursive: true });
});

const goal = (script: string): PoolGoal => ({
  pool: 'burst',
  provider: { kind: 'command', program: '/bin/sh', args: ['-c', script, 'sh', folder] },
  wanted: 1,
  nodes: [
    { name: nodeId('a'), state: 'alive', running: 2 },
    { name: nodeId('b'), state: 'lost', running: 0 },
    { name: nodeId('c'), state: 'draining', running: 0 },
  ],
  remove: [nodeId('b'), nodeId('c')],
  decidedAt: wallMs(0),
});

const pursue = (asked: PoolGoal, timeoutMs = 10_000): Promise<Pursued> =>
  new CommandNodes({ folder, hand, timeoutMs }).pursue(asked);

describe('a command', () => {
  it('is told the goal, and what is gone is what has fallen silent', async () => {
    const { outcome, gone, isDone } = await pursue(goal('cat > "$1/told"; echo fine >&2'));
    expect({ outcome, gone, isDone }).toEqual({
      ...{ outcome: 'exit 0: fine', gone: ['b'], isDone: false },
    });
    const { pool, wanted, nodes, remove } = goal('');
    const told = JSON.parse(readFileSync(join(folder, 'told'), 'utf8'));
    expect(told).toEqual({ pool, wanted, nodes, remove });
  });

  it('is done when as many nodes are alive as are wanted and none is to go', async () => {
    expect((await pursue({ ...goal('exit 0'), remove: [] })).isDone).toBe(true);
    expect((await pursue({ ...goal('exit 0'), remove: [], wanted: 2 })).isDone).toBe(false);
  });

  it('that fails says so in its own words', async () => {
    const { outcome, isDone, gone } = await pursue(goal('echo no more machines >&2; exit 4'));
    expect({ outcome, isDone, gone }).toEqual({
      ...{ outcome: 'exit 4: no more machines', isDone: false, gone: [] },
    });
  });

  it('that does not end is ended', async () => {
    expect((await pursue(goal('exec sleep 60'), 100)).outcome).toContain('did not end within');
  });

  it('finds programs, and nothing else of the environment of its node', async () => {
    process.env.SKEIN_SECRET_TEST = 'hidden';
    await pursue(goal('env > "$1/env"'));
    const names = readFileSync(join(folder, 'env'), 'utf8').match(/^\w+(?==)/gm) ?? [];
    expect(names).toContain('PATH');
    expect(names).not.toContain('SKEIN_SECRET_TEST');
    expect(names).not.toContain('HOME');
    delete process.env.SKEIN_SECRET_TEST;
  });

  it('is an absolute path, and a folder that cannot be written is an outcome', async () => {
    const relative = { kind: 'command', program: 'sh', args: [] } as const;
    expect((await pursue({ ...goal(''), provider: relative })).outcome).toContain('absolute');
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const source = new CommandNodes({ folder: join(file, 'below'), hand });
    expect((await source.pursue(goal('exit 0'))).outcome).toContain('ENOTDIR');
  });
});
