/**
 * A rate in bytes per second, with a quarter of a second in advance. What is too large for the
 * moment is lent, and waited for afterwards.
 */
import type { MonotonicMs } from '../../base/brand.ts';

const burstSeconds = 0.25;

export class Throttle {
  #bytesPerSecond: number;
  #credit: number;
  #at: MonotonicMs | undefined;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#credit = bytesPerSecond * burstSeconds;
  }

  /** From now on. */
  setRate(bytesPerSecond: number, now: MonotonicMs): void {
    this.#refill(now);
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Milliseconds until something may be spent; 0: now. */
  waitMs(now: MonotonicMs): number {
    this.#refill(now);
    return this.#credit > 0 ? 0 : Math.ceil((1 - this.#credit) / (this.#bytesPerSecond / 1000));
  }

  spend(bytes: number, now: MonotonicMs): void {
    this.#refill(now);
    this.#credit -= bytes;
  }

  #refill(now: MonotonicMs): void {
    const earned = ((now - (this.#at ?? now)) * this.#bytesPerSecond) / 1000;
    this.#at = now;
    this.#credit = Math.min(this.#credit + earned, this.#bytesPerSecond * burstSeconds);
  }
}
