import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { below, hash32, SeededRandom } from './random.ts';

describe('random', () => {
  it('the same seed gives the same numbers, on every machine and in every version', () => {
    const random = new SeededRandom(42);
    const first = [random.uint32(), random.uint32(), random.uint32()];
    const again = new SeededRandom(42);
    expect([again.uint32(), again.uint32(), again.uint32()]).toEqual(first);
    expect(first).toMatchInlineSnapshot(`
      [
        660444221,
        3652823732,
        77672526,
      ]
    `);
  });

  it('numbers stay in their ranges', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (seed, limit) => {
        const random = new SeededRandom(seed);
        for (let i = 0; i < 50; i++) {
          const word = random.uint32();
          expect(Number.isInteger(word) && word >= 0 && word < 2 ** 32).toBe(true);
          const small = below(random, limit);
          expect(Number.isInteger(small) && small >= 0 && small < limit).toBe(true);
        }
      }),
    );
  });

  it('every value of a small range comes about equally often', () => {
    const random = new SeededRandom(7);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const value = below(random, 10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('a hash of a name is stable', () => {
    expect([hash32(''), hash32('etl'), hash32('r1 a 1')]).toMatchInlineSnapshot(`
      [
        2786964252,
        1200071346,
        2371458866,
      ]
    `);
  });
});
