/**
 * The guard of a host without namespaces: a shell outside the helpers that is told the key of every
 * attempt and, when the executor is gone, kills what carries one (`guardScript`).
 *
 * G1 The guard knows a key before any helper is asked to start the attempt.
 */
import { guardScript } from './scripts.ts';
import { StandingShell } from './standing-shell.ts';
import { quote } from './words.ts';

export class Guard {
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #shell = new StandingShell({
    args: ['-s'],
    // Only a PATH for its own tools: the guard is no task, so it carries no marker.
    env: { PATH: '/usr/bin:/bin' },
    opening: () => [guardScript, ...[...this.#slots].map(([key, slot]) => holding(slot, key))],
  });

  hold(key: string): void {
    const slot = this.#free.pop() ?? this.#slots.size;
    this.#slots.set(key, slot);
    this.#shell.tell(holding(slot, key));
  }

  drop(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#free.push(slot);
    this.#shell.tell(`drop ${slot}\n`);
  }

  /** Lets the guard end and calls `done` when it has killed what is still held. */
  close(done: () => void): void {
    this.#shell.close(done);
  }
}

const holding = (slot: number, key: string): string => `hold ${slot} ${quote(key)}\n`;
