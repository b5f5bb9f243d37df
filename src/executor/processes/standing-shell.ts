/**
 * A shell that stands by for as long as its owner wants it: one that ends by itself is replaced by
 * another, and that one is told everything. Where no process can be started, for want of memory or
 * of process numbers, that is tried now and then, and not over and over.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** One that has lived shorter is followed by the next one after a pause. */
const shortLifeMs = 1_000;
const pauseMs = 100;

export interface StandingShellOptions {
  /** Of `/bin/sh`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What a new one hears first. */
  readonly opening?: () => readonly string[];
  /** `/bin/sh` unless a test says another. */
  readonly program?: string;
}

export class StandingShell {
  readonly #options: StandingShellOptions;
  #child: ChildProcess;
  #pause: NodeJS.Timeout | undefined;
  #closed: (() => void) | undefined;

  constructor(options: StandingShellOptions) {
    this.#options = options;
    this.#child = this.#spawn();
  }

  /** Reaches the one that stands by now; what must reach the next one too is in its opening. */
  tell(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Ends its input; `done` when it has ended. */
  close(done: () => void): void {
    this.#closed = done;
    // There is none just now, and what it would do at the end is still to be done.
    if (this.#pause !== undefined) this.#next();
    this.#child.stdin?.end();
  }

  #next(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#child = this.#spawn();
  }

  #spawn(): ChildProcess {
    const { program = '/bin/sh', args, env, opening } = this.#options;
    const startedMs = performance.now();
    const child = spawn(program, args, {
      ...{ cwd: '/', env, detached: true },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => {});
    child.on('error', () => {});
    child.on('close', () => {
      if (this.#closed !== undefined) this.#closed();
      else if (performance.now() - startedMs >= shortLifeMs) this.#next();
      else this.#pause = setTimeout(() => this.#next(), pauseMs).unref();
    });
    for (const text of opening?.() ?? []) child.stdin?.write(text);
    return child;
  }
}
