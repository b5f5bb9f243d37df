/** A list that decisions work off from the front while more is added at the end. */
export class ToDo<T> {
  #items: T[] = [];
  #next = 0;

  get size(): number {
    return this.#items.length - this.#next;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    const item = this.#items[this.#next];
    if (item === undefined) return undefined;
    this.#next += 1;
    if (this.#next === this.#items.length) this.clear();
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#next = 0;
  }
}
