/**
 * A seeded pseudo-random generator: the simulated body of the Random port, and the source of
 * jitter that must be a function of its input. Algorithms: xoshiro128** by Blackman and Vigna,
 * seeded by splitmix32.
 */
import type { Random } from './ports.ts';

export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    let state = seed >>> 0;
    const split = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    };
    this.#a = split();
    this.#b = split();
    this.#c = split();
    this.#d = split();
  }

  uint32(): number {
    const scrambled = rotateLeft(Math.imul(this.#b, 5), 7);
    const result = Math.imul(scrambled, 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }
}

const rotateLeft = (value: number, bits: number): number =>
  (value << bits) | (value >>> (32 - bits));

/** An integer in [0, limit), for limits far below 2^32. */
export const below = (random: Random, limit: number): number =>
  Math.floor(random.fraction() * limit);

/** A 32-bit hash of a string (FNV-1a with a final mix): a stable seed made of a name. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  return (hash ^ (hash >>> 15)) >>> 0;
}
