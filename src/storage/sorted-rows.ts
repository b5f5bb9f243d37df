/** Rows in the order of their keys, in memory. Keys are ASCII, so string order is byte order. */
import type { ScanRange, StoreOperation, StoreRow } from '../base/ports.ts';

export class SortedRows {
  readonly #values = new Map<string, Uint8Array>();
  readonly #keys: string[] = [];

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  apply(operations: readonly StoreOperation[]): void {
    for (const operation of operations) {
      if (operation.kind === 'put') this.#put(operation.key, operation.value);
      else this.#delete(operation.key);
    }
  }

  /** The same rows as `Store.scan` promises; the values are not copied. */
  scan(range: ScanRange): readonly StoreRow[] {
    const first = this.#place(range.from);
    const end = Math.max(first, this.#place(range.to));
    const reverse = range.reverse ?? false;
    const keys = reverse
      ? this.#keys.slice(Math.max(first, end - range.limit), end).reverse()
      : this.#keys.slice(first, Math.min(end, first + range.limit));
    return keys.flatMap((key) => {
      const value = this.#values.get(key);
      return value === undefined ? [] : [{ key, value }];
    });
  }

  #put(key: string, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#place(key), 0, key);
    this.#values.set(key, value);
  }

  #delete(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.#place(key), 1);
  }

  /** How many keys come before `key`. */
  #place(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? key) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
