/**
 * A snapshot of a large ledger, from one process to another over a real NATS server and real
 * LevelDB: how long it takes, and how long either event loop is held meanwhile (P58). The ledger is
 * made of ended runs, packed as they are in production, of ten tasks each.
 *
 * Not measured: a leader that commits at the same time, and two machines (here three processes
 * share one machine's cores and disk).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { provideNats } from '../cluster/nats.ts';
import { Problem } from '../cluster/problem.ts';
import { logIndex, nodeId, term } from '../src/base/brand.ts';
import { ok } from '../src/base/result.ts';
import { silentTrace } from '../src/base/trace.ts';
import { realClock } from '../src/node/real-ports.ts';
import { SnapshotSender } from '../src/node/snapshot-sender.ts';
import { noMembers } from '../src/raft/members.ts';
import { print, printFigures } from './figures.ts';
import { fillLedger, openBenchLedger } from './snapshot-ledger.ts';
import { benchWire, LoopDelay, type LoopFigures, type TargetReport } from './snapshot-target.ts';

const megabyte = 2 ** 20;
const defaultMegabytes = 200;
const patienceMs = 600_000;

/** `--gb N` makes the ledger larger than it is for a quick run. */
export async function snapshotBench(args: readonly string[]): Promise<number> {
  const megabytes = megabytesIn(args);
  const folder = mkdtempSync(join(tmpdir(), 'skein-snapshot-'));
  const nats = await provideNats({ given: null, folder, prefer: 'server' });
  const target = fork(new URL('snapshot-target.js', import.meta.url), [
    nats.url,
    join(folder, 'target'),
  ]);
  try {
    const source = join(folder, 'source');
    const bytes = await fillLedger(source, megabytes * megabyte);
    await send({ url: nats.url, source, target, bytes, what: nats.what });
    return 0;
  } finally {
    target.kill();
    await nats.child?.stop();
    rmSync(folder, { recursive: true });
  }
}

function megabytesIn(args: readonly string[]): number {
  if (args.length === 0) return defaultMegabytes;
  const gigabytes = args[0] === '--gb' ? Number(args[1]) : Number.NaN;
  if (!(gigabytes > 0)) throw new Problem(`"${args.join(' ')}" is not --gb and a size above 0`);
  return gigabytes * 1024;
}

interface Stage {
  readonly url: string;
  readonly source: string;
  readonly target: ChildProcess;
  readonly bytes: number;
  readonly what: string;
}

async function send({ url, source, target, bytes, what }: Stage): Promise<void> {
  const ledger = await openBenchLedger(source);
  const { wire, close } = await benchWire('source', url);
  const sender = new SnapshotSender({
    ...{ wire, ledger, clock: realClock, trace: silentTrace },
    positionAt: (index, done) =>
      realClock.soon(() => done(ok({ index, term: term(1), chain: 1, members: noMembers }))),
  });
  const reported = new Promise<TargetReport>((resolve) =>
    target.once('message', (report: TargetReport) => resolve(report)),
  );
  const loop = new LoopDelay();
  const beganMs = performance.now();
  const index = await new Promise<number | undefined>((resolve, reject) => {
    const late = new Problem('the snapshot did not arrive in time', 1);
    setTimeout(() => reject(late), patienceMs).unref();
    sender.offer(nodeId('target'), term(1), resolve);
  });
  const tookMs = performance.now() - beganMs;
  const sourceLoop = loop.end();
  sender.stop();
  if (index !== logIndex(1)) throw new Problem('the snapshot was not installed', 1);
  const { loop: targetLoop, pulledMs } = await reported;
  await new Promise<void>((resolve) => ledger.close(resolve));
  await close();
  const rate = (ms: number): string => `${(bytes / megabyte / (ms / 1000)).toFixed(0)} MB/s`;
  print(`a ledger of ${(bytes / megabyte).toFixed(0)} MB, over ${what}`);
  printFigures({
    'pages sent, received and durable': `${seconds(pulledMs)} s, ${rate(pulledMs)}`,
    'with proof and switch': `${seconds(tookMs)} s, ${rate(tookMs)}`,
    'event loop of the sender': delays(sourceLoop),
    'event loop of the receiver': delays(targetLoop),
    'processor time of the sender': `${seconds(sourceLoop.processor)} s`,
    'processor time of the receiver': `${seconds(targetLoop.processor)} s`,
  });
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const delays = ({ p50, p99, max }: LoopFigures): string =>
  `held for ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99), ${max.toFixed(1)} ms (max)`;
