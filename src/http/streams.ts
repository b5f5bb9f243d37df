/**
 * Live streams of this node: event streams and followed logs. Each holds a socket and a little
 * memory for as long as its reader likes, so their number is limited, and all of them end when the
 * node stops.
 */
export class Streams {
  readonly #most: number;
  readonly #open = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes a place; `end` is called when the node stops. Undefined when all places are taken. */
  enter(end: () => void): { leave(): void } | undefined {
    if (this.#open.size >= this.#most) return undefined;
    this.#open.add(end);
    return { leave: () => void this.#open.delete(end) };
  }

  endAll(): void {
    for (const end of [...this.#open]) end();
    this.#open.clear();
  }
}
