/**
 * Who is to be looked at next: those whose pause is over first, then those of which more is known
 * already, in turns. Each pause has a line of its own, so that every line is in order.
 */
import { type MonotonicMs, monotonicMs } from '../../base/brand.ts';

interface Place<T> {
  readonly item: T;
  readonly dueAt: MonotonicMs;
}

export class LookQueue<T> {
  /** By pause in milliseconds; the line of 0 is that of those who wait for nothing but a turn. */
  readonly #lines = new Map<number, Map<T, Place<T>>>();
  readonly #placed = new Map<T, number>();

  /** Those who wait for nothing but a turn. */
  get ready(): number {
    return this.#lines.get(0)?.size ?? 0;
  }

  /** To be looked at in `pauseMs`; whoever stands in a line already changes over. */
  put(item: T, pauseMs: number, now: MonotonicMs): void {
    this.remove(item);
    let line = this.#lines.get(pauseMs);
    if (line === undefined) {
      line = new Map();
      this.#lines.set(pauseMs, line);
    }
    line.set(item, { item, dueAt: monotonicMs(now + pauseMs) });
    this.#placed.set(item, pauseMs);
  }

  has(item: T): boolean {
    return this.#placed.has(item);
  }

  remove(item: T): void {
    const pauseMs = this.#placed.get(item);
    if (pauseMs === undefined) return;
    this.#placed.delete(item);
    this.#lines.get(pauseMs)?.delete(item);
  }

  /** Takes out the next one that is due. */
  take(now: MonotonicMs): T | undefined {
    let found: Place<T> | undefined;
    for (const [pauseMs, line] of this.#lines) {
      const [first] = line.values();
      if (first === undefined || first.dueAt > now) continue;
      if (found === undefined || pauseMs > 0) found = first;
    }
    if (found !== undefined) this.remove(found.item);
    return found?.item;
  }

  /** Milliseconds until somebody is due; undefined when nobody waits. */
  nextMs(now: MonotonicMs): number | undefined {
    let next: number | undefined;
    for (const line of this.#lines.values()) {
      const [first] = line.values();
      if (first === undefined) continue;
      const left = Math.max(0, first.dueAt - now);
      if (next === undefined || left < next) next = left;
    }
    return next;
  }
}
