/**
 * The guard of a host without namespaces: a shell outside the helpers that is told the key of every
 * attempt and, when the executor is gone, kills what carries one (`guardScript`).
 *
 * G1 The guard knows a key before any helper is asked to start the attempt.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { guardScript } from './scripts.ts';
import { quote } from './words.ts';

export class Guard {
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  #child: ChildProcess;
  #closed: (() => void) | undefined;

  constructor() {
    this.#child = this.#spawn();
  }

  hold(key: string): void {
    const slot = this.#free.pop() ?? this.#slots.size;
    this.#slots.set(key, slot);
    this.#child.stdin?.write(holding(slot, key));
  }

  drop(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#free.push(slot);
    this.#child.stdin?.write(`drop ${slot}\n`);
  }

  /** Lets the guard end and calls `done` when it has killed what is still held. */
  close(done: () => void): void {
    this.#closed = done;
    this.#child.stdin?.end();
  }

  /** A guard that was killed is replaced, and the new one is told everything. */
  #spawn(): ChildProcess {
    const child = spawn('/bin/sh', ['-s'], {
      cwd: '/',
      // Only a PATH for its own tools: the guard is no task, so it carries no marker.
      env: { PATH: '/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => {});
    child.on('error', () => {});
    child.on('close', () => {
      if (this.#closed === undefined) this.#child = this.#spawn();
      else this.#closed();
    });
    child.stdin?.write(guardScript);
    for (const [key, slot] of this.#slots) child.stdin?.write(holding(slot, key));
    return child;
  }
}

const holding = (slot: number, key: string): string => `hold ${slot} ${quote(key)}\n`;
