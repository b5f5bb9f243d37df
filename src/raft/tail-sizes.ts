/**
 * The sizes of the newest entries, as running sums, so that the bytes of any range of the tail are
 * one subtraction. A sum that is derived cannot leak, as a counter of uncommitted bytes can.
 *
 * Owns: sums for `first`..`last`. Does not own payloads or terms.
 * S1  `#sums[k]` is the sum of all sizes up to index `first - 1 + k`; `#sums[0]` is the base.
 * S2  At most `2 * capacity` sums are kept; the oldest half is forgotten first.
 */
import { type LogIndex, logIndex } from '../base/brand.ts';

/** What an entry costs beyond its payload: headers on the wire, objects in memory. */
export const entryOverheadBytes = 32;

export class TailSizes {
  readonly #capacity: number;
  #first: number;
  #sums: number[] = [0];

  constructor(lastIndex: LogIndex, capacity: number) {
    this.#capacity = capacity;
    this.#first = lastIndex + 1;
  }

  /** The size of this entry and of all behind it is known. */
  get first(): LogIndex {
    return logIndex(this.#first);
  }

  push(payloadBytes: number): void {
    const sums = this.#sums;
    sums.push((sums.at(-1) ?? 0) + payloadBytes + entryOverheadBytes);
    if (sums.length > 2 * this.#capacity) {
      this.#first += this.#capacity;
      this.#sums = sums.slice(this.#capacity);
    }
  }

  truncateFrom(index: LogIndex): void {
    if (index < this.#first) {
      this.#first = index;
      this.#sums = [0];
    } else {
      this.#sums.length = Math.min(this.#sums.length, index - this.#first + 1);
    }
  }

  /** Bytes of the entries behind `after` up to `upTo`; unknown ones count nothing. */
  bytesBetween(range: { readonly after: LogIndex; readonly upTo: LogIndex }): number {
    const base = Math.max(0, range.after - this.#first + 1);
    const end = range.upTo - this.#first + 1;
    if (end <= base) return 0;
    return (this.#sums[end] ?? 0) - (this.#sums[base] ?? 0);
  }

  /** The last index of a batch from `from` of at most `maxBytes`, but of one entry at least. */
  batchEnd(from: LogIndex, maxBytes: number): LogIndex {
    const sums = this.#sums;
    const base = from - this.#first;
    const limit = (sums[base] ?? 0) + maxBytes;
    let low = base + 1;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((sums[middle] ?? 0) <= limit) low = middle;
      else high = middle - 1;
    }
    return logIndex(this.#first - 1 + low);
  }
}
