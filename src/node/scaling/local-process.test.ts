/** With real processes that only wait, and a membership in memory. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { type NodeId, nodeId, wallMs } from '../../base/brand.ts';
import { silentTrace } from '../../base/trace.ts';
import type { GoalNode, PoolGoal } from './goal.ts';
import { Hand } from './hand.ts';
import { LocalNodes } from './local-process.ts';
import type { NodeCommand } from './node-command.ts';
import { PoolFiles } from './pool-files.ts';

const waits = 'trap "kill $!; exit 0" TERM; echo up; sleep 60 & wait';

let folder: string;
let hand: Hand;
let clock: VirtualClock;
let files: PoolFiles;
let members: Set<NodeId>;
let heard: readonly NodeId[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-pools-'));
  hand = new Hand();
  clock = new VirtualClock();
  files = new PoolFiles(join(folder, 'node-pools'));
  members = new Set();
  heard = [];
});
afterEach(async () => {
  await source().endAll();
  await until(async () => (await livingNames()).length === 0);
  hand.close();
  rmSync(folder, { recursive: true });
});

function source(script = waits): LocalNodes {
  const command: NodeCommand = ({ name, dataDir }) => ({
    ...{ program: '/bin/sh', args: ['-c', script, name, '--data', dataDir], env: { A: '1' } },
  });
  const membership = {
    has: (name: NodeId) => members.has(name),
    heard: () => heard,
    remove: async (name: NodeId) => members.delete(name),
  };
  return new LocalNodes({
    ...{ files, hand, command, members: membership, clock, trace: silentTrace },
  });
}

/** `burst-1 alive` and so on. */
const goal = (wanted: number, nodes: readonly string[] = [], remove: readonly string[] = []) =>
  ({
    ...{ pool: 'burst', provider: { kind: 'local-process' }, wanted, decidedAt: wallMs(0) },
    nodes: nodes.map((text) => {
      const [name = '', state] = text.split(' ');
      return { name: nodeId(name), state: state as GoalNode['state'], running: 0 };
    }),
    remove: remove.map(nodeId),
  }) satisfies PoolGoal;

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function livingNames(): Promise<readonly string[]> {
  const names = await files.names();
  const pids = await Promise.all(names.map((name) => files.livingPid(name)));
  return names.filter((_, place) => pids[place] !== undefined);
}

/** A process is known by its words as soon as it has become its program. */
async function comeUp(...names: readonly string[]): Promise<void> {
  await until(async () => (await livingNames()).join() === names.join());
}

const pidOf = async (name: string): Promise<number> => (await files.livingPid(name)) ?? 0;

async function kill(name: string): Promise<void> {
  process.kill(await pidOf(name), 'SIGKILL');
  await until(async () => (await files.livingPid(name)) === undefined);
}

describe('nodes as processes', () => {
  it('are started under the smallest names that are free', async () => {
    members.add(nodeId('burst-2'));
    const { outcome, isDone } = await source().pursue(goal(3, ['burst-1 lost', 'n1 alive']));
    await comeUp('burst-3', 'burst-4');
    expect({ outcome, isDone }).toEqual({
      ...{ outcome: '1 of 3 nodes are up; 2 on their way', isDone: false },
    });
  });

  it('are not started twice while they are on their way, whoever looks', async () => {
    const nodes = source();
    await nodes.pursue(goal(2));
    await nodes.pursue(goal(2));
    await comeUp('burst-1', 'burst-2');
    const again = source();
    await again.pursue(goal(2));
    expect(await livingNames()).toEqual(['burst-1', 'burst-2']);
    const up = goal(2, ['burst-1 alive', 'burst-2 alive']);
    expect(await again.pursue(up)).toMatchObject({ isDone: true, outcome: '2 of 2 nodes are up' });
    expect(await livingNames()).toEqual(['burst-1', 'burst-2']);
  });

  it('that have joined and were not heard as executors yet are waited for', async () => {
    heard = [nodeId('burst-7'), nodeId('n2')];
    await source().pursue(goal(1));
    expect(await livingNames()).toEqual([]);
    await source().pursue(goal(2));
    await comeUp('burst-1');
  });

  it('are started again with their data when their process has died', async () => {
    const nodes = source();
    await nodes.pursue(goal(1));
    await comeUp('burst-1');
    const note = join(files.dataDir('burst-1'), 'note');
    writeFileSync(note, 'mine');
    await kill('burst-1');
    members.add(nodeId('burst-1'));
    // Not at once: what ends as soon as it starts is not started in a loop.
    await nodes.pursue(goal(1, ['burst-1 alive']));
    expect(await livingNames()).toEqual([]);
    clock.advance(10_000);
    await nodes.pursue(goal(1, ['burst-1 alive']));
    await comeUp('burst-1');
    expect(readFileSync(note, 'utf8')).toBe('mine');
  });

  it('say why they do not come up, and begin anew when they were removed', async () => {
    const nodes = source('echo "skein: REMOVED: by somebody"; exit 71');
    await nodes.pursue(goal(1));
    await until(async () => !existsSync(files.dataDir('burst-1')));
    const { outcome } = await nodes.pursue(goal(1));
    expect(outcome).toContain('burst-1: ended with exit code 71 skein: REMOVED: by somebody');
  });
});

describe('a released node', () => {
  it('is ended, leaves the cluster, and its data goes with it', async () => {
    const nodes = source();
    await nodes.pursue(goal(2));
    await comeUp('burst-1', 'burst-2');
    members.add(nodeId('burst-1')).add(nodeId('burst-2'));
    const released = (state: string) => goal(1, [`burst-1 ${state}`, 'burst-2 alive'], ['burst-1']);
    expect((await nodes.pursue(released('draining'))).gone).toEqual([]);
    await until(async () => (await files.livingPid('burst-1')) === undefined);
    expect(members.has(nodeId('burst-1'))).toBe(true);
    expect((await nodes.pursue(released('draining'))).gone).toEqual([]);
    expect(members.has(nodeId('burst-1'))).toBe(false);
    expect(existsSync(files.dataDir('burst-1'))).toBe(false);
    expect(await nodes.pursue(released('lost'))).toMatchObject({
      ...{ gone: ['burst-1'], outcome: '1 of 1 nodes are up; burst-1 on the way out' },
    });
    expect(await livingNames()).toEqual(['burst-2']);
  });

  it('that does not end is killed', async () => {
    const nodes = source('trap "" TERM; echo deaf; while :; do sleep 0.1; done');
    await nodes.pursue(goal(1));
    const log = files.logFile('burst-1');
    const deaf = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    await until(async () => deaf() === 'deaf\n');
    const released = goal(0, ['burst-1 draining'], ['burst-1']);
    await nodes.pursue(released);
    clock.advance(20_000);
    await nodes.pursue(released);
    expect(await livingNames()).toEqual(['burst-1']);
    clock.advance(20_000);
    await nodes.pursue(released);
    await until(async () => (await livingNames()).length === 0);
  });

  it('of another leader is sent away by its membership', async () => {
    members.add(nodeId('burst-1'));
    const away = goal(0, ['burst-1 draining'], ['burst-1']);
    expect((await source().pursue(away)).gone).toEqual([]);
    expect(members.size).toBe(0);
  });
});

describe('what is kept', () => {
  it('of nodes that nobody knows any more is cleared away', async () => {
    await source().pursue(goal(1));
    await comeUp('burst-1');
    await kill('burst-1');
    await source().pursue(goal(0, ['burst-1 lost']));
    expect(existsSync(files.dataDir('burst-1'))).toBe(true);
    await source().pursue(goal(0));
    expect(existsSync(files.dataDir('burst-1'))).toBe(false);
  });

  it('is not taken for a process when the number is that of another one', async () => {
    await files.prepare('burst-1');
    await files.notePid('burst-1', process.pid);
    expect(await files.livingPid('burst-1')).toBeUndefined();
  });
});
