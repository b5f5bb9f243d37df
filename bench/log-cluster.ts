/** Three nodes of a replicated log and a NATS server, for as long as something is measured. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Nats, provideNats } from '../cluster/nats.ts';
import { Problem, until } from '../cluster/problem.ts';
import { asLine, type LogNodeOptions, type LogOrder, logSaid, onLines } from './log-messages.ts';
import type { Measured } from './work.ts';

const names = ['l1', 'l2', 'l3'] as const;
const electMsMax = 30_000;

type NodeProcess = ChildProcessByStdio<Writable, Readable, null>;

export class LogCluster {
  readonly what: string;
  readonly #folder: string;
  readonly #nats: Nats;
  readonly #processes: readonly NodeProcess[];
  #leader: NodeProcess | undefined;
  #measured: ((measured: Measured) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(folder: string, nats: Nats) {
    this.#folder = folder;
    this.#nats = nats;
    this.what = nats.what;
    this.#processes = names.map((name) => this.#start(name));
    process.on('exit', this.#kill);
  }

  static async start(): Promise<LogCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'skein-bench-log-'));
    const cluster = new LogCluster(
      folder,
      await provideNats({ given: null, folder, prefer: 'server' }),
    );
    await until('a leader of the log', { withinMs: electMsMax, everyMs: 50 }, () => {
      const dead = cluster.#processes.find(({ exitCode }) => exitCode !== null);
      if (dead !== undefined) throw new Problem('a node of the log ended: see above', 1);
      return cluster.#leader;
    });
    return cluster;
  }

  /** Has the leader keep entries in flight for some seconds. */
  measure(order: LogOrder): Promise<Measured> {
    return new Promise((resolve, reject) => {
      this.#measured = resolve;
      this.#failed = reject;
      this.#leader?.stdin.write(asLine(order));
    });
  }

  async stop(): Promise<void> {
    process.removeListener('exit', this.#kill);
    const gone = this.#processes.map((child) =>
      child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined,
    );
    this.#failed = undefined;
    this.#kill();
    await Promise.all(gone);
    await this.#nats.child?.stop();
    rmSync(this.#folder, { recursive: true });
  }

  #start(name: string): NodeProcess {
    const dataDir = join(this.#folder, name);
    mkdirSync(dataDir);
    const cluster = 'bench-log';
    const options: LogNodeOptions = {
      ...{ name, voters: [...names], nats: this.#nats.url, dataDir, cluster },
    };
    const child = spawn(process.execPath, [program(), JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onLines(child.stdout, logSaid, (said) => {
      if (said.kind === 'measured') this.#measured?.(said);
      else if (said.role === 'leader') this.#leader = child;
      else if (this.#leader === child) this.#leader = undefined;
    });
    child.once('exit', () => this.#failed?.(new Problem(`node ${name} of the log ended`, 1)));
    return child;
  }

  readonly #kill = (): void => {
    for (const child of this.#processes) child.kill('SIGKILL');
  };
}

/** This file runs as it is and from `dist`. */
function program(): string {
  const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  return existsSync(beside('log-node.js')) ? beside('log-node.js') : beside('log-node.ts');
}
