/**
 * When the node pools with rules are looked at: each every few seconds, and at once when its rules
 * are new. One look at a time lies ahead of each pool, however often its row changes.
 *
 * Owns: since when something has been found waiting for each pool, look after look. A new leader
 * counts anew; so a pool grows for a long wait a little later, and never for none.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import type { Deadlines } from './deadlines.ts';

export class ScaleWatch {
  readonly #deadlines: Deadlines;
  readonly #ahead = new Set<string>();
  readonly #waitsSince = new Map<string, WallMs>();

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** The deadlines are gone: each pool is looked at. What was found waiting may wait still. */
  rebuild(pools: Iterable<{ readonly name: string }>): void {
    this.#ahead.clear();
    for (const { name } of pools) this.watch(name);
  }

  /** A pool has rules: it is looked at soon, if no look lies ahead. */
  watch(pool: string): void {
    if (!this.#ahead.has(pool)) this.again(pool, wallMs(0));
  }

  /** The look that lay ahead is taken; the next one comes at `at`. */
  again(pool: string, at: WallMs): void {
    this.#ahead.add(pool);
    this.#deadlines.add({ kind: 'scale', at, pool });
  }

  /** The pool has no rules any more. */
  forget(pool: string): void {
    this.#ahead.delete(pool);
    this.#waitsSince.delete(pool);
  }

  /** How long something has waited without a break, now that something does, or nothing. */
  waitedMs(pool: string, waits: boolean, now: WallMs): number {
    const since = waits ? (this.#waitsSince.get(pool) ?? now) : undefined;
    if (since === undefined) this.#waitsSince.delete(pool);
    else this.#waitsSince.set(pool, since);
    return since === undefined ? 0 : now - since;
  }
}
