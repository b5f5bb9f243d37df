/**
 * One child process that writes to a file and is never left behind.
 *
 * It owns the process and the descriptor of its log. It does not own what the process does with its
 * data, nor whether it is to be started again.
 *
 * Invariants:
 *   C1  When this process exits, however it does short of SIGKILL, no child of it is alive.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface ChildOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Standard output and error are appended to it. */
  readonly logFile: string;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** After a request to end, this much time is left for it, in milliseconds. */
const stopMsMax = 25_000;

const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export class Child {
  readonly name: string;
  readonly exited: Promise<ChildExit>;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  #exit: ChildExit | undefined;

  constructor(options: ChildOptions) {
    const { program, args, env, cwd, logFile } = options;
    this.name = options.name;
    this.#logFile = logFile;
    const log = openSync(logFile, 'a');
    // A group of its own: Ctrl-C reaches this process alone, which then ends the others in order.
    const stdio = ['ignore', log, log] as const;
    this.#child = spawn(program, [...args], { cwd, env, stdio: [...stdio], detached: true });
    closeSync(log);
    living.add(this.#child);
    this.exited = new Promise((resolve) => {
      const settle = (exit: ChildExit): void => {
        living.delete(this.#child);
        this.#exit ??= exit;
        resolve(this.#exit);
      };
      this.#child.once('exit', (code, signal) => settle({ code, signal }));
      this.#child.once('error', () => settle({ code: 127, signal: null }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** How it ended; undefined while it lives. */
  get exit(): ChildExit | undefined {
    return this.#exit;
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, and ends it when it does not. */
  async stop(): Promise<void> {
    if (this.#exit !== undefined) return;
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), stopMsMax);
    await this.exited;
    clearTimeout(timer);
  }

  /** The last line that it wrote for people, without the JSON lines of its log. */
  lastWords(): string {
    const lines = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n');
    return lines.findLast((line) => line !== '' && !line.startsWith('{')) ?? '';
  }
}
