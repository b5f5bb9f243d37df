/**
 * The newest entries of the log in memory: everything that is not synced yet, and as many older
 * ones as fit, for followers that are close and for the listener. What is older is read from the
 * store.
 *
 * K1  Entries are contiguous and end at the log's last index.
 * K2  An entry that is not synced is never evicted.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { Entry } from './log-store.ts';
import { entryOverheadBytes } from './tail-sizes.ts';

/** Evicted slots at the front are given back when there are this many. */
const evictedSlotsMax = 4096;

const sizeOf = (entry: Entry): number => entry.payload.length + entryOverheadBytes;

export class LogCache {
  readonly #bytesMax: number;
  #entries: (Entry | undefined)[] = [];
  /** Slots before this one are evicted. */
  #head = 0;
  /** The index that slot 0 stands for. */
  #base: number;
  #bytes = 0;

  constructor(lastIndex: LogIndex, bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#base = lastIndex + 1;
  }

  /** The oldest index that is here, or the next to come. */
  get first(): LogIndex {
    return logIndex(this.#base + this.#head);
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.#base + this.#entries.length, 'K1: the cache has no gap');
      this.#entries.push(entry);
      this.#bytes += sizeOf(entry);
    }
  }

  truncateFrom(index: LogIndex): void {
    if (index < this.first) {
      this.#entries = [];
      this.#head = 0;
      this.#base = index;
      this.#bytes = 0;
      return;
    }
    while (this.#base + this.#entries.length > index) {
      const entry = this.#entries.pop();
      if (entry !== undefined) this.#bytes -= sizeOf(entry);
    }
  }

  /** K2: forgets the oldest down to the limit, but nothing above `durable`. */
  evict(durable: LogIndex): void {
    while (this.#bytes > this.#bytesMax && this.first <= durable) {
      const entry = this.#entries[this.#head];
      if (entry === undefined) break;
      this.#bytes -= sizeOf(entry);
      this.#entries[this.#head] = undefined;
      this.#head += 1;
    }
    if (this.#head < evictedSlotsMax) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }

  /**
   * Entries `from`..`to`, cut after `maxBytes` but one at least. Undefined when `from` is not here;
   * empty when `to` is before `from`.
   */
  range(range: {
    readonly from: LogIndex;
    readonly to: LogIndex;
    readonly maxBytes: number;
  }): readonly Entry[] | undefined {
    if (range.from < this.first) return undefined;
    const found: Entry[] = [];
    let bytes = 0;
    for (let index: number = range.from; index <= range.to; index++) {
      const entry = this.#entries[index - this.#base];
      if (entry === undefined) break;
      bytes += sizeOf(entry);
      if (bytes > range.maxBytes && found.length > 0) break;
      found.push(entry);
    }
    return found;
  }
}
