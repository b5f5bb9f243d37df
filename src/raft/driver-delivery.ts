/**
 * Hands committed entries to the listener, from the cache or from the store.
 *
 * V1  Each index exactly once and in order, from the applied index on.
 * V2  At most a page at a time, and other work gets its turn between two pages.
 * V3  The next page comes only when the listener has asked for it, so nobody is flooded.
 *
 * A follower that is far behind has seconds of work to do: it keeps a pace (`pace.ts`), so that the
 * leader's edges do not pay for it.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import { Pace } from '../base/pace.ts';
import type { Clock, DiskError } from '../base/ports.ts';
import type { LogCache } from './driver-cache.ts';
import type { Entry, LogStore } from './log-store.ts';

/** More entries than this are a backlog, not the usual lag. */
const backlogMin = 1000;
/** Pages of a backlog are smaller, so that the work between two rests is short. */
const backlogPageBytes = 128 * 1024;
/** The longest rest. */
const restMsMax = 200;

export interface DeliveryOptions {
  readonly appliedIndex: LogIndex;
  readonly cache: LogCache;
  readonly store: LogStore;
  readonly clock: Clock;
  readonly pageBytes: number;
  /** Whether somebody waits for this node: a leader serves nobody before it has caught up. */
  readonly isUrgent: () => boolean;
  readonly committed: (entries: readonly Entry[], next: () => void) => void;
  readonly failed: (error: DiskError) => void;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  #delivered: LogIndex;
  #target: LogIndex;
  #busy = false;
  #asked: LogIndex | undefined = undefined;
  readonly #pace: Pace;
  #stopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#delivered = options.appliedIndex;
    this.#target = options.appliedIndex;
    this.#pace = new Pace(options.clock, restMsMax);
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
    const maxBytes = this.#hasTime ? Math.min(pageBytes, backlogPageBytes) : pageBytes;
    const range = { from, to: this.#target, maxBytes };
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
    this.#pace.begin();
    this.#options.committed(entries, () => this.#next(page));
  }

  /** `page` is where the page ended that was taken; asking twice does nothing. */
  #next(page: LogIndex): void {
    if (!this.#busy || page !== this.#delivered || this.#asked === page) return;
    this.#asked = page;
    if (this.#delivered >= this.#target) this.#busy = false;
    else if (this.#hasTime) this.#pace.rest(() => this.#nextPage());
    else this.#options.clock.soon(() => this.#nextPage());
  }

  /** There is a backlog, and nobody who waits for its end. */
  get #hasTime(): boolean {
    return this.#target - this.#delivered > backlogMin && !this.#options.isUrgent();
  }
}
