/**
 * The keeper of the control groups: a shell that waits until the executor lets go of it, by closing
 * or by dying, and then kills what is left in the groups and removes them (`keeperScript`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { keeperScript } from './scripts.ts';

export class GroupKeeper {
  readonly #parents: readonly string[];
  #child: ChildProcess;
  #closed: (() => void) | undefined;

  /** `parents` are directories whose children are groups. */
  constructor(parents: readonly string[]) {
    this.#parents = parents;
    this.#child = this.#spawn();
  }

  /** Calls `done` when the groups are gone, or cannot be removed. */
  close(done: () => void): void {
    this.#closed = done;
    this.#child.stdin?.end();
  }

  /** A keeper that was killed is replaced. */
  #spawn(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', keeperScript, 'sh', ...this.#parents], {
      cwd: '/',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => {});
    child.on('error', () => {});
    child.on('close', () => {
      if (this.#closed === undefined) this.#child = this.#spawn();
      else this.#closed();
    });
    return child;
  }
}
