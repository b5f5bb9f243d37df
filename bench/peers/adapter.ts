/** A peer's adapter: a process of its own that is given work and says what it took. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkout } from '../../cluster/places.ts';
import { Problem } from '../../cluster/problem.ts';
import { onLines } from '../log-messages.ts';
import type { Measured, Work } from '../work.ts';

const figure = z.number().nullable();
const said = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({
    id: z.number(),
    measured: z.object({ perSecond: figure, p50Ms: figure, p99Ms: figure }),
  }),
  z.object({ id: z.number(), failed: z.string() }),
]);

/** No work takes longer; it was made smaller if it had to be. */
const workMsMax = 180_000;
const readyMsMax = 60_000;

interface Waiting {
  readonly resolve: (measured: Measured) => void;
  readonly reject: (error: Error) => void;
}

export class Adapter {
  readonly #name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #logFile: string;
  #waiting: Waiting | undefined;
  #orders = 0;

  private constructor(name: string, process: ChildProcessWithoutNullStreams, logFile: string) {
    this.#name = name;
    this.#process = process;
    this.#logFile = logFile;
  }

  /** Resolves when it is connected to the peer's servers. */
  static async start(
    peer: string,
    settings: Readonly<Record<string, unknown>>,
    logFile: string,
  ): Promise<Adapter> {
    const program = join(checkout, 'bench/peers/adapters', `${peer}.mjs`);
    const child = spawn(process.execPath, [program, JSON.stringify(settings)]);
    child.stderr.pipe(createWriteStream(logFile));
    const adapter = new Adapter(peer, child, logFile);
    process.once('exit', () => child.kill('SIGKILL'));
    await adapter.#ready();
    return adapter;
  }

  does(work: Work): Promise<Measured> {
    this.#orders += 1;
    const line = JSON.stringify({ id: this.#orders, work });
    return this.#within(workMsMax, 'an answer', (waiting) => {
      this.#waiting = waiting;
      this.#process.stdin.write(`${line}\n`);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(timer);
  }

  #ready(): Promise<unknown> {
    return this.#within(readyMsMax, 'its adapter', (waiting) => {
      this.#waiting = waiting;
      this.#process.once('exit', (code) => this.#fail(`ended with code ${code}`));
      onLines(this.#process.stdout, said, (message) => {
        if ('failed' in message) this.#fail(message.failed);
        else if ('measured' in message) this.#waiting?.resolve(message.measured);
        else this.#waiting?.resolve({ perSecond: null, p50Ms: null, p99Ms: null });
      });
    });
  }

  #fail(why: string): void {
    this.#waiting?.reject(this.#problem(why));
  }

  /** With the last words of its log, where most reasons are. */
  #problem(why: string): Problem {
    const tail = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
    return new Problem(`${this.#name}: ${why}\n${tail}`, 1);
  }

  #within(withinMs: number, what: string, begin: (waiting: Waiting) => void): Promise<Measured> {
    return new Promise((resolve, reject) => {
      const late = `waited in vain for ${what} (${withinMs / 1000} s)`;
      const timer = setTimeout(() => reject(this.#problem(late)), withinMs);
      const settled = (): void => clearTimeout(timer);
      begin({
        resolve: (measured) => {
          settled();
          resolve(measured);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
    });
  }
}
