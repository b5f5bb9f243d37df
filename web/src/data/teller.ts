/** Tells those who look of news that come faster than anybody can read. */

/** Twice a frame would be for nobody's eyes. */
const tellEveryMs = 100;

export class Teller {
  readonly #listeners = new Set<() => void>();
  #soon: ReturnType<typeof setTimeout> | undefined;

  /** Returns how to be told no more. */
  subscribe(tell: () => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  /** All are told at most `tellEveryMs` from now, once, however often this is called. */
  tellSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      for (const tell of this.#listeners) tell();
    }, tellEveryMs);
  }

  stop(): void {
    clearTimeout(this.#soon);
  }
}
