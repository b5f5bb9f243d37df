/**
 * One Skein node that is to be broken: its processes, its disk, its link to NATS and its clock.
 *
 * It owns the processes and the folder of the node. It does not decide when something is broken.
 *
 * Invariants:
 *   N1  Of a node that ended, however it ended, it is known whether somebody had reckoned with it.
 *   N2  At most one process tree of a node lives at a time.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { executorAt } from '../../src/node/adoption-place.ts';
import { Child } from '../process.ts';
import { type Answer, askNode, type Question } from './ask-node.ts';
import { FaultyDisk } from './disk.ts';
import { descendants, residentBytes, signalAll } from './host-processes.ts';
import { type Link, openLink } from './link.ts';
import type { Tools } from './tools.ts';

export interface NodeSetting {
  readonly name: string;
  readonly port: number;
  /** The folder of the node; its data are in a folder inside. */
  readonly folder: string;
  /** The checkout whose build runs. */
  readonly skein: string;
  readonly expect: number;
  readonly secret: string;
  /** The port of its nats-server. */
  readonly natsPort: number;
  readonly tools: Tools;
}

export interface NodeEnd {
  readonly node: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly lastWords: string;
  readonly expected: boolean;
}

/** Enough for the load of a chaos run on any machine. */
const capacity = { cpu: 8, memory: '4Gi' };

export class ChaosNode {
  readonly name: string;
  readonly port: number;
  readonly dataDir: string;
  readonly link: Link;
  readonly disk: FaultyDisk;
  /** While somebody keeps it down, nobody else starts it. */
  heldDown = false;
  /** While its disk is broken it may end by itself. */
  mayEnd = false;
  residentBytesMax = 0;
  readonly ends: NodeEnd[] = [];
  readonly #setting: NodeSetting;
  #child: Child | undefined;
  #clockOffsetSeconds = 0;

  /** Use `makeNode`. */
  constructor(setting: NodeSetting, link: Link) {
    const { name, port, folder, tools } = setting;
    this.name = name;
    this.port = port;
    this.link = link;
    this.#setting = setting;
    this.dataDir = join(folder, 'data');
    mkdirSync(this.dataDir, { recursive: true });
    this.disk = new FaultyDisk({ folder: this.dataDir, beside: folder, shim: tools.diskShim });
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exit === undefined;
  }

  get peerPid(): number {
    return this.#child?.pid ?? 0;
  }

  /** 0 when there is none. It may be the child of an earlier peer. */
  get executorPid(): number {
    return executorAt(this.dataDir) ?? 0;
  }

  /** Starts it unless it lives (N2). A wrong clock stays wrong until the next start. */
  start({ clockOffsetSeconds = 0 } = {}): void {
    if (this.isAlive) return;
    const { name, port, folder, skein, expect, secret } = this.#setting;
    this.#clockOffsetSeconds = clockOffsetSeconds;
    const settings = {
      name,
      nats: `nats://127.0.0.1:${this.link.port}`,
      cluster: 'chaos',
      expect,
      data: this.dataDir,
      port,
      ...capacity,
    };
    const child = new Child({
      name,
      program: process.execPath,
      args: [
        join(skein, 'bin', 'skein'),
        'node',
        'start',
        ...Object.entries(settings).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
      ],
      env: { ...process.env, ...this.#preloads(), SKEIN_SECRET: secret, UV_USE_IO_URING: '0' },
      cwd: folder,
      logFile: join(folder, 'log'),
    });
    this.#child = child;
    child.exited.then(({ code, signal }) => {
      const expected = this.heldDown || this.mayEnd;
      const lastWords = child.lastWords();
      this.ends.push({ node: name, code, signal, lastWords, expected });
    });
  }

  ask(question: Question): Promise<Answer> {
    return askNode(this.port, question);
  }

  async isReady(): Promise<boolean> {
    const answer = await this.ask({ method: 'GET', path: '/readyz', timeoutMs: 1_000 });
    return answer.kind === 'ok';
  }

  signal(signal: NodeJS.Signals, whom: 'peer' | 'executor' | 'both'): void {
    const pids = [
      whom === 'executor' || !this.isAlive ? 0 : this.peerPid,
      whom === 'peer' ? 0 : this.executorPid,
    ];
    signalAll(
      pids.filter((pid) => pid > 0),
      signal,
    );
  }

  /** SIGKILL to the peer alone, or to its executor and all tasks too; waits until it is gone. */
  async kill(how: 'peer' | 'tree'): Promise<void> {
    this.heldDown = true;
    if (this.#child === undefined) return;
    const executor = how === 'tree' ? this.executorPid : 0;
    const roots = [...(this.isAlive ? [this.peerPid] : []), ...(executor > 0 ? [executor] : [])];
    const all = how === 'tree' ? [...roots, ...roots.flatMap(descendants)] : [];
    this.#child.kill('SIGKILL');
    signalAll(all, 'SIGKILL');
    await this.#child.exited;
    // It writes below the same folder: whoever empties that must be alone.
    while (executor > 0 && residentBytes(executor) > 0) await new Promise(setImmediate);
  }

  /** SIGKILL to everything, and every file keeps what was synced. Returns the bytes lost. */
  async losePower(): Promise<number> {
    await this.kill('tree');
    return this.disk.losePower();
  }

  /** Asks it to end, and waits for it. */
  async stop(): Promise<void> {
    this.heldDown = true;
    this.signal('SIGCONT', 'both');
    await this.#child?.stop();
    // One whose peer was killed waits for another one.
    signalAll(this.executorPid > 0 ? [this.executorPid] : [], 'SIGKILL');
  }

  /** Lets it run again. */
  release(): void {
    this.heldDown = false;
    this.start();
  }

  forgetEverything(): void {
    // One that waits for a peer would go on writing there.
    signalAll(this.executorPid > 0 ? [this.executorPid] : [], 'SIGKILL');
    rmSync(this.dataDir, { recursive: true, maxRetries: 10, retryDelay: 20 });
    mkdirSync(this.dataDir);
  }

  measure(): void {
    const pids = [this.peerPid, this.executorPid].filter((pid) => pid > 0);
    const bytes = pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
    this.residentBytesMax = Math.max(this.residentBytesMax, bytes);
  }

  #preloads(): Readonly<Record<string, string>> {
    const { environment } = this.disk;
    const { fakeClock } = this.#setting.tools;
    if (this.#clockOffsetSeconds === 0 || fakeClock === null) return environment;
    const sign = this.#clockOffsetSeconds < 0 ? '-' : '+';
    return {
      ...environment,
      LD_PRELOAD: `${environment.LD_PRELOAD} ${fakeClock}`,
      FAKETIME: `${sign}${Math.abs(this.#clockOffsetSeconds)}s`,
      // The library has had both names; leases and elections live by the monotonic clock.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
  }
}

export async function makeNode(setting: NodeSetting): Promise<ChaosNode> {
  return new ChaosNode(setting, await openLink(setting.natsPort));
}
