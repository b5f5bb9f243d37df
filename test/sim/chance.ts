/** Draws, named. Every part of the world has a stream of its own, so that one more draw in a
 * checker does not change what the network does. */
import { below, hash32, SeededRandom } from '../../src/base/random.ts';

export class Chance extends SeededRandom {
  readonly #seed: number;

  constructor(seed: number, stream: string) {
    super((seed ^ hash32(stream)) >>> 0);
    this.#seed = seed;
  }

  /** An independent stream of the same seed. */
  stream(name: string): Chance {
    return new Chance(this.#seed, name);
  }

  happens(share: number): boolean {
    return share > 0 && this.fraction() < share;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return below(this, limit);
  }

  between(from: number, to: number): number {
    return from + this.fraction() * (to - from);
  }

  /** Exponentially distributed. */
  around(mean: number): number {
    return -Math.log(1 - this.fraction()) * mean;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('nothing to pick from');
    return choice;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    const mixed: T[] = [];
    while (left.length > 0) mixed.push(...left.splice(this.below(left.length), 1));
    return mixed;
  }
}
