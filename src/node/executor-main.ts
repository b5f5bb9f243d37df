/**
 * The executor process: started by a peer before that opens its databases, so that no task can
 * inherit a descriptor of the Raft log (`docs/protocol/descriptors.md`). Its peer may be followed
 * by another one, which adopts it (`docs/protocol/adoption.md`); without any it ends, and its tasks
 * end with it.
 */

import type { Trace } from '../base/trace.ts';
import { Custody } from './adoption-custody.ts';
import { type Adopted, type Door, openDoor } from './adoption-door.ts';
import { type Papers, papersOf } from './adoption-proof.ts';
import { channelLink, type ExecutorConfig, isToExecutor, type Link } from './executor-link.ts';
import {
  type Prepared,
  prepareParts,
  type RunningParts,
  runParts,
  waysOf,
} from './executor-parts.ts';
import { makeLogger } from './logging.ts';
import { realClock } from './real-ports.ts';
import { softwareVersion } from './software-version.ts';
import { YoungSpace } from './young-space.ts';

let link: Link = channelLink(process);
let trace: Trace | undefined;
let door: Door | undefined;
let custody: Custody | undefined;
let preparing: Promise<Prepared | undefined> | undefined;
let prepared: Prepared | undefined;
let running: RunningParts | undefined;
let ending = false;
const youngSpace = new YoungSpace();

function failed(why: string): void {
  link.send({ kind: 'failed', why });
  end(1);
}

async function prepare(config: ExecutorConfig): Promise<Prepared | undefined> {
  trace = makeLogger({ level: config.logLevel, node: config.node, side: 'executor' }).trace;
  const papers = papersOf(config, softwareVersion);
  // Before anything is started: who looks for an executor of this node finds this one (A1).
  door = await openDoor({
    ...{ dataDir: config.dataDir, key: config.key, papers, trace },
    claimed: (claim) => claimed(config, claim),
    entered,
  });
  const parts = await prepareParts(config, trace);
  if (!parts.ok) {
    failed(parts.error);
    return undefined;
  }
  prepared = parts.value;
  if (door !== undefined) {
    custody = new Custody({
      ...{ clock: realClock, papers, leaseMs: config.leaseMs },
      offer: (offer) => running?.executor.offer(offer),
      isIdle,
      isFindable: () => door?.isFindable ?? false,
      end: (how, why) => {
        trace?.('info', `executor.${how}`, { why });
        if (how === 'retired') end(0);
        else last(0);
      },
    });
  }
  link.send({ kind: 'ready', ...waysOf(prepared) });
  return prepared;
}

const isIdle = (): boolean => {
  const status = running?.executor.status();
  return status === undefined || (status.attempts === 0 && status.reportsWaiting === 0);
};

function run(parts: Prepared, cluster: string): void {
  running = runParts(parts, cluster, failed);
  // What was said before there was anybody to hear it.
  custody?.offerAgain();
  const { executor } = running;
  const tell = (): void => {
    const heartbeats = executor.heartbeats();
    link.send({ kind: 'logs', logs: executor.logStatus(), heartbeats });
    youngSpace.look();
  };
  setInterval(tell, figuresMs).unref();
}

/** How old the figures of logs and heartbeats may be that the peer shows. */
const figuresMs = 2_000;

function claimed(config: ExecutorConfig, claim: Papers): Adopted | undefined {
  if (prepared === undefined || custody === undefined || ending) return undefined;
  const fit = custody.claimed(claim);
  if (fit === 'busy') return undefined;
  const { incarnation } = config;
  return { kind: 'adopted', fit, pid: process.pid, incarnation, ...waysOf(prepared) };
}

function entered(by: Link): void {
  link = by;
  by.onMessage(take);
  by.onEnd(lost);
  // It may have gone while it was let in.
  if (!by.isOpen) lost();
}

/** The peer is gone, however it went. Where no other can come, nothing of this node may run on. */
function lost(): void {
  if (link.isOpen) return;
  if (custody === undefined || ending) last(0);
  custody.lost();
  trace?.('warn', 'executor.without_peer', { attempts: running?.executor.status()?.attempts ?? 0 });
}

/** Ends tasks, helpers and the process; the second call does not wait. */
function end(code: number): void {
  if (ending || running === undefined) last(code);
  ending = true;
  running.stop(() => {
    link.send({ kind: 'stopped' });
    last(code);
  });
  setTimeout(() => last(code), stopPatienceMs).unref();
}

/** Tasks get their grace and are then killed; nothing may keep the process longer. */
const stopPatienceMs = 15_000;

/** The kernel ends the helpers, and everything below them. */
function last(code: number): never {
  process.exit(code);
}

function take(message: unknown): void {
  if (!isToExecutor(message)) return;
  switch (message.kind) {
    case 'configure':
      preparing = prepare(message.config);
      preparing.catch((error: unknown) => failed(String(error)));
      return;
    case 'bind': {
      const { clusterId } = message;
      // A peer that opened anew says it again, and so does one that adopts: the executor goes on.
      void preparing?.then((parts) => {
        if (parts !== undefined && running === undefined) run(parts, clusterId);
      });
      return;
    }
    case 'failpoint':
      running?.hooks?.arm(message.order);
      return;
    case 'hand-over':
      custody?.handsOver();
      link.send({ kind: 'waits', does: custody !== undefined });
      return;
    case 'stop':
      end(0);
      return;
  }
}

link.onMessage(take);
link.onEnd(lost);
// A terminal's Ctrl-C reaches every process of the group; the peer says when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// Whoever read what we write may be gone; that is no reason to end tasks.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
