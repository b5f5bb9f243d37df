/**
 * The fences: the highest token seen of each task instance, below which nothing starts (W01, W40).
 *
 * It owns the tokens. It does not own attempts: the executor says which token it holds and when it
 * has let go of it.
 *
 * Invariants:
 *   F1  The token of a task instance only grows, as long as it is remembered.
 *   F2  A held token is never forgotten.
 *   F3  A token is forgotten only when no dispatch with it can pass the lease check any more.
 *
 * Why F3 makes forgetting safe: a token is let go of when its end was acked, that is, committed.
 * From then on no leader's state asks for that token, so every dispatch that still carries it was
 * sent before, with the number of a heartbeat that left before. Such a dispatch is good for at most
 * one lease after the letting go; later the lease check refuses it without our help.
 */
import { assert } from '../base/assert.ts';
import { type MonotonicMs, monotonicMs, type Token } from '../base/brand.ts';

/**
 * Fences kept at a time. With more to keep, a new task instance is refused, not an old one lost.
 */
const fencesMax = 100_000;

/** How long a lease may be while no leader has told. */
const leaseMsAssumed = 60_000;

interface ReleaseOptions {
  readonly token: Token;
  readonly now: MonotonicMs;
  readonly leaseMs: number | undefined;
}

interface Released {
  readonly token: Token;
  readonly forgetAt: MonotonicMs;
}

export class Fences {
  /** By task key. A key is in one of the two maps, or in none. */
  readonly #held = new Map<string, Token>();
  /** In the order of `forgetAt`, as long as leases have one length. */
  readonly #released = new Map<string, Released>();
  readonly #max: number;

  constructor(max: number = fencesMax) {
    this.#max = max;
  }

  get size(): number {
    return this.#held.size + this.#released.size;
  }

  /** The highest token seen of this task instance; undefined if none is remembered. */
  highest(key: string): Token | undefined {
    return this.#held.get(key) ?? this.#released.get(key)?.token;
  }

  /** Whether `key` is remembered, or there is room for it once what is due has been forgotten. */
  admits(key: string, now: MonotonicMs): boolean {
    this.#forget(now);
    return this.highest(key) !== undefined || this.size < this.#max;
  }

  /** Raises the fence to `token`, which is held from now on. */
  hold(key: string, token: Token): void {
    const highest = this.highest(key);
    assert(highest === undefined || token >= highest, 'F1: a fence never goes down');
    this.#released.delete(key);
    this.#held.set(key, token);
  }

  /** The end of `token` was acked. Dispatches with it die out within one lease. */
  release(key: string, options: ReleaseOptions): void {
    if (this.#held.get(key) !== options.token) return;
    this.#held.delete(key);
    const forgetAt = monotonicMs(options.now + (options.leaseMs ?? leaseMsAssumed));
    this.#released.set(key, { token: options.token, forgetAt });
  }

  #forget(now: MonotonicMs): void {
    for (const [key, { forgetAt }] of this.#released) {
      if (forgetAt > now) break;
      this.#released.delete(key);
    }
  }
}
