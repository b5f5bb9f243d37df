/**
 * Hands committed entries to the listener, from the cache or from the store.
 *
 * V1  Each index exactly once and in order, from the applied index on.
 * V2  At most a page at a time, and other work gets its turn between two pages.
 * V3  The next page comes only when the listener has asked for it, so nobody is flooded.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { Clock, DiskError } from '../base/ports.ts';
import type { LogCache } from './driver-cache.ts';
import type { Entry, LogStore } from './log-store.ts';

export interface DeliveryOptions {
  readonly appliedIndex: LogIndex;
  readonly cache: LogCache;
  readonly store: LogStore;
  readonly clock: Clock;
  readonly pageBytes: number;
  readonly committed: (entries: readonly Entry[], next: () => void) => void;
  readonly failed: (error: DiskError) => void;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  #delivered: LogIndex;
  #target: LogIndex;
  #busy = false;
  #asked: LogIndex | undefined = undefined;
  #stopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#delivered = options.appliedIndex;
    this.#target = options.appliedIndex;
  }

  get delivered(): LogIndex {
    return this.#delivered;
  }

  /** Everything up to `index` is committed. */
  advance(index: LogIndex): void {
    this.#target = logIndex(Math.max(this.#target, index));
    if (!this.#busy) this.#nextPage();
  }

  stop(): void {
    this.#stopped = true;
  }

  #nextPage(): void {
    this.#busy = this.#delivered < this.#target && !this.#stopped;
    if (!this.#busy) return;
    const { cache, store, pageBytes } = this.#options;
    const from = logIndex(this.#delivered + 1);
    const range = { from, to: this.#target, maxBytes: pageBytes };
    const cached = cache.range(range);
    if (cached !== undefined) {
      this.#deliver(cached);
      return;
    }
    store.read(range, (result) => {
      if (this.#stopped) return;
      if (result.ok) this.#deliver(result.value);
      else this.#options.failed(result.error);
    });
  }

  #deliver(entries: readonly Entry[]): void {
    const last = entries.at(-1)?.index;
    assert(entries[0]?.index === this.#delivered + 1, 'V1: delivery has no gap');
    assert(last === this.#delivered + entries.length, 'V1: delivery is in order');
    this.#delivered = last;
    const page = this.#delivered;
    this.#options.committed(entries, () => this.#next(page));
  }

  /** `page` is where the page ended that was taken; asking twice does nothing. */
  #next(page: LogIndex): void {
    if (!this.#busy || page !== this.#delivered || this.#asked === page) return;
    this.#asked = page;
    if (this.#delivered < this.#target) this.#options.clock.soon(() => this.#nextPage());
    else this.#busy = false;
  }
}
