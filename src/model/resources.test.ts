import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fits, minus, plus } from './resources.ts';

const anyVector = fc.dictionary(fc.constantFrom('cpu', 'memory', 'gpu', 'x'), fc.nat(100));

describe('resources', () => {
  it('what was added and taken away again leaves every amount as it was', () => {
    fc.assert(
      fc.property(anyVector, anyVector, (left, right) => {
        const back = minus(plus(left, right), right);
        for (const [name, amount] of Object.entries(back)) expect(amount).toBe(left[name] ?? 0);
      }),
    );
  });

  it('it fits exactly when no amount that is left goes below zero', () => {
    fc.assert(
      fc.property(anyVector, anyVector, (wanted, free) => {
        const left = Object.values(minus(free, wanted));
        expect(fits(wanted, free)).toBe(left.every((amount) => amount >= 0));
      }),
    );
  });

  it('an absent dimension is 0: nothing of it fits, and asking for 0 of it does', () => {
    expect(fits({ gpu: 1 }, { cpu: 9 })).toBe(false);
    expect(fits({ gpu: 0 }, { cpu: 9 })).toBe(true);
  });
});
