/**
 * The configurations that a search has been in: which operations are placed, and the state behind
 * them. Whoever comes to one of them again, in another order, need not look further.
 *
 * Owns: the set of operations that are placed now, and the memory of earlier sets.
 * Does not own: their order (the search has it).
 */
import { SeededRandom } from '../../src/base/random.ts';

interface Configuration {
  readonly placed: Uint32Array;
  readonly state: number;
  /** The next one with the same hash. */
  readonly next: Configuration | undefined;
}

export class Configurations {
  readonly #placed: Uint32Array;
  /** One random word for each operation; the hash of a set is what they come to (Zobrist). */
  readonly #words: Uint32Array;
  readonly #seen = new Map<number, Configuration>();
  readonly #states = new Map<string, number>();
  #hash = 0;
  #size = 0;

  constructor(operations: number) {
    this.#placed = new Uint32Array(Math.ceil(operations / 32));
    const random = new SeededRandom(operations);
    this.#words = Uint32Array.from({ length: operations }, () => random.fraction() * 2 ** 32);
  }

  get size(): number {
    return this.#size;
  }

  /** Memory that it takes, without the overhead of each: 32-bit words. */
  get words(): number {
    return this.#size * this.#placed.length;
  }

  /** Places an operation, or takes it back. */
  toggle(operation: number): void {
    const at = operation >>> 5;
    this.#placed[at] = (this.#placed[at] ?? 0) ^ (1 << (operation & 31));
    this.#hash ^= this.#words[operation] ?? 0;
  }

  /** True if the present set with the state `key` was never here before; it is from now on. */
  enter(key: string): boolean {
    const state = this.#numberOf(key);
    const hash = this.#hash ^ Math.imul(state + 1, 0x9e3779b1);
    const first = this.#seen.get(hash);
    for (let each = first; each !== undefined; each = each.next) {
      if (each.state === state && this.#isPlaced(each.placed)) return false;
    }
    this.#seen.set(hash, { placed: this.#placed.slice(), state, next: first });
    this.#size += 1;
    return true;
  }

  #isPlaced(other: Uint32Array): boolean {
    return this.#placed.every((word, at) => word === other[at]);
  }

  #numberOf(key: string): number {
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    this.#states.set(key, this.#states.size);
    return this.#states.size - 1;
  }
}
