/**
 * What was made of a text, kept until too much text has been kept. Memory is bounded by characters
 * and not by entries, because what is made of a text (a tree, closures) grows with its length.
 */
export class TextCache<T> {
  readonly #made = new Map<string, T>();
  readonly #charactersMax: number;
  #characters = 0;

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax;
  }

  /** `make(text)`, or what it gave the last time. */
  get(text: string, make: (text: string) => T): T {
    const known = this.#made.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    this.#characters += text.length;
    this.#made.set(text, made);
    this.#dropOldest();
    return made;
  }

  has(text: string): boolean {
    return this.#made.has(text);
  }

  /** In the order of arrival: a cache that keeps the last used is not worth its writes here. */
  #dropOldest(): void {
    for (const oldest of this.#made.keys()) {
      if (this.#characters <= this.#charactersMax) return;
      this.#made.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}
