/** The door of an executor and a peer that seeks it, on real sockets and in one process. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../api/config.ts';
import { fail } from '../base/result.ts';
import { silentTrace } from '../base/trace.ts';
import type { Fit } from './adoption-custody.ts';
import { type Adopted, type Door, openDoor } from './adoption-door.ts';
import { Lines, lineOf } from './adoption-lines.ts';
import { executorAt, moveIn, socketPath } from './adoption-place.ts';
import { type Papers, papersOf, proofOfExecutor } from './adoption-proof.ts';
import { seekExecutor } from './adoption-seek.ts';
import { executorConfigOf } from './executor-config.ts';
import type { ExecutorConfig, Link } from './executor-link.ts';

const key = 'aa'.repeat(32);
const papers: Papers = { clusterName: 'main', node: 'n1', version: '1.0.0', digest: 'abc' };

/** Of a node with this configuration, as far as the operator says it. */
function configOf(change: Partial<ExecutorConfig>): ExecutorConfig {
  const flags = { name: 'n1', nats: 'nats://127.0.0.1:4222', expect: '3', data: '/data' };
  const read = readConfig({
    ...{ flags, env: { SKEIN_SECRET: 'a secret of the cluster' }, file: null },
    machine: {
      ...{ cpus: 4, memoryBytes: 2 ** 33, memoryBytesMax: 2 ** 33 },
      freeDiskBytes: () => undefined,
    },
    readFile: () => fail('no file'),
  });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const own = { life: 'life-1', address: 'http://a' };
  return { ...executorConfigOf(read.value, own), ...change };
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'skein-adoption-'));
  cleanUps.push(() => rmSync(made, { recursive: true }));
  return made;
}

const said = (fit: Fit): Adopted => ({
  ...{ kind: 'adopted', fit, pid: process.pid, incarnation: 'life-1' },
  ...{ containment: 'pid-namespace', limits: 'prlimit', controllers: [] },
});

interface Executor {
  readonly dataDir: string;
  readonly door: Door | undefined;
  readonly claims: Papers[];
  readonly links: Link[];
  /** What becomes of a claim. */
  answer: Adopted | undefined;
}

async function executor(): Promise<Executor> {
  const dataDir = folder();
  const claims: Papers[] = [];
  const links: Link[] = [];
  const own: { answer: Adopted | undefined } = { answer: said('same') };
  const door = await openDoor({
    ...{ dataDir, key, papers, trace: silentTrace },
    claimed: (claim) => {
      claims.push(claim);
      return own.answer;
    },
    entered: (link) => {
      links.push(link);
      cleanUps.push(() => link.close());
    },
  });
  return Object.assign(own, { dataDir, door, claims, links });
}

interface Asking {
  readonly dataDir: string;
  readonly with?: { readonly key?: string; readonly papers?: Papers };
  readonly gone?: () => void;
  readonly patience?: { readonly answerMs: number; readonly silentMs: number };
}

/** A peer that gives up as soon as it would have to wait. */
function seek({ dataDir, with: given = {}, gone, patience }: Asking) {
  let waits = false;
  return seekExecutor({
    ...{ dataDir, key, papers, trace: silentTrace, ...given, ...(patience && { patience }) },
    waits: () => {
      waits = true;
      gone?.();
    },
    givesUp: () => waits && gone === undefined,
  });
}

test('adoption: a peer with the key is let in, and both hear each other', async () => {
  const { dataDir, claims, links } = await executor();
  const found = await seek({ dataDir });
  if (found.kind !== 'adopted') throw new Error(found.kind);
  cleanUps.push(() => found.link.close());
  expect(found.said).toEqual(said('same'));
  expect(claims).toMatchObject([papers]);
  const heard: unknown[] = [];
  links[0]?.onMessage((message) => heard.push(message));
  found.link.send({ kind: 'bind', clusterId: 'c1' });
  await expect.poll(() => heard).toEqual([{ kind: 'bind', clusterId: 'c1' }]);
  let ended = false;
  links[0]?.onEnd(() => {
    ended = true;
  });
  found.link.close();
  await expect.poll(() => ended).toBe(true);
});

test('adoption: the socket and its folder are private', async () => {
  const { dataDir, door } = await executor();
  expect(statSync(join(dataDir, 'executor')).mode & 0o777).toBe(0o700);
  expect(statSync(socketPath(dataDir) ?? '').mode & 0o777).toBe(0o600);
  expect(door?.isFindable).toBe(true);
  rmSync(join(dataDir, 'executor'), { recursive: true });
  expect(door?.isFindable).toBe(false);
});

test.each([
  ['another key', { key: 'bb'.repeat(32) }],
  ['another node', { papers: { ...papers, node: 'n2' } }],
  ['another cluster', { papers: { ...papers, clusterName: 'other' } }],
])('adoption: a peer of %s is refused, and nobody is asked about it', async (_, given) => {
  const { dataDir, claims } = await executor();
  expect(await seek({ dataDir, with: given })).toMatchObject({ kind: 'stuck' });
  expect(claims).toEqual([]);
});

test('adoption: who is refused waits, and no other executor is begun meanwhile (A1)', async () => {
  const one = await executor();
  one.answer = undefined;
  const found = await seek({
    dataDir: one.dataDir,
    gone: () => {
      one.answer = said('retiring');
    },
  });
  expect(found).toMatchObject({ kind: 'adopted', said: { fit: 'retiring' } });
  if (found.kind === 'adopted') found.link.close();
  expect(one.claims.length).toBeGreaterThan(1);
});

test('adoption: an answer without the key is not believed', async () => {
  const dataDir = folder();
  const heard: unknown[] = [];
  const forge = async (socket: Socket): Promise<void> => {
    const lines = new Lines(socket);
    socket.write(lineOf({ kind: 'challenge', protocol: 1, nonce: 'n' }));
    heard.push(await lines.next(1_000));
    const proof = proofOfExecutor('cc'.repeat(32), ['n', 'n'], said('same'));
    socket.write(lineOf({ ...said('same'), proof }));
  };
  const server = createServer((socket) => void forge(socket));
  moveIn(dataDir);
  await new Promise<void>((resolve) => server.listen(socketPath(dataDir), resolve));
  cleanUps.push(() => server.close());
  expect(await seek({ dataDir })).toMatchObject({ kind: 'stuck' });
  // Whoever held the door has learnt nothing that it could use.
  expect(JSON.stringify(heard)).not.toContain(key);
});

test('adoption: without an executor, or with what a dead one left, there is nobody', async () => {
  const dataDir = folder();
  expect(await seek({ dataDir })).toEqual({ kind: 'nobody' });
  mkdirSync(join(dataDir, 'executor'));
  writeFileSync(join(dataDir, 'executor', 'socket'), '');
  // A process of this number lives, and was started at another time.
  writeFileSync(join(dataDir, 'executor', 'pid'), `${process.pid} 1\n`);
  expect(await seek({ dataDir })).toEqual({ kind: 'nobody' });
  expect(moveIn(dataDir).ok).toBe(true);
  expect(executorAt(dataDir)).toBe(process.pid);
});

/** Has moved in, holds the door, and says nothing. */
const deaf = `
  const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
  const folder = process.argv[1] + '/executor';
  mkdirSync(folder);
  const since = readFileSync('/proc/self/stat', 'latin1').replace(/^.*\\) /s, '').split(' ')[19];
  writeFileSync(folder + '/pid', process.pid + ' ' + since);
  require('node:net').createServer(() => {}).listen(folder + '/socket');
`;

test('adoption: an executor that stands still is killed before another is begun (A1)', async () => {
  const dataDir = folder();
  const child = spawn(process.execPath, ['-e', deaf, dataDir], { stdio: 'ignore' });
  cleanUps.push(() => child.kill('SIGKILL'));
  const signal = new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
  const isUp = (): boolean => existsSync(join(dataDir, 'executor', 'socket'));
  await expect.poll(isUp, { timeout: 20_000 }).toBe(true);
  expect(executorAt(dataDir)).toBe(child.pid);
  const patience = { answerMs: 50, silentMs: 100 };
  expect(await seek({ dataDir, gone: () => {}, patience })).toEqual({ kind: 'nobody' });
  expect(await signal).toBe('SIGKILL');
  expect(executorAt(dataDir)).toBeUndefined();
});

test('adoption: a path that is too long for a socket is no door', async () => {
  const dataDir = join(folder(), 'd'.repeat(100));
  mkdirSync(dataDir);
  const events: string[] = [];
  const door = await openDoor({
    ...{ dataDir, key, papers, claimed: () => undefined, entered: () => {} },
    trace: (_level, name) => events.push(name),
  });
  expect(door).toBeUndefined();
  expect(events).toEqual(['executor.not_adoptable']);
  // It is known all the same that somebody is there.
  expect(executorAt(dataDir)).toBe(process.pid);
});

test('adoption: papers tell a change of the configuration, and not which life it is', () => {
  const config = configOf({});
  const of = (given: ExecutorConfig): Papers => papersOf(given, '1.0.0');
  expect(of(configOf({ incarnation: 'life-2' }))).toEqual(of(config));
  const { labels, ...others } = config;
  expect(of({ labels, ...others })).toEqual(of(config));
  for (const change of [{ capacity: { slots: 5 } }, { address: 'http://b' }, { helpers: 9 }]) {
    expect(of(configOf(change)).digest).not.toBe(of(config).digest);
  }
  expect(of(config).digest).not.toContain('secret');
});
