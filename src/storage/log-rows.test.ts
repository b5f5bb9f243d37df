import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logIndex, term } from '../base/brand.ts';
import { entryKey, orderedNumber } from './keyspace.ts';
import { decodeEntry, encodeEntry } from './log-rows.ts';
import { seal, unseal } from './seal.ts';

const position = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('log rows', () => {
  it('keys sort like numbers, up to the largest', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        expect(orderedNumber(a) < orderedNumber(b)).toBe(a < b);
      }),
    );
    expect(entryKey(logIndex(9)) < entryKey(logIndex(10))).toBe(true);
    expect(() => orderedNumber(2 ** 53)).toThrow('not a safe position');
  });

  it('an entry is read as it was written, and every other key is refused', () => {
    fc.assert(
      fc.property(position, position, fc.uint8Array(), fc.nat(), (at, of, payload, previous) => {
        const entry = { index: logIndex(at), term: term(of), payload };
        const { row, chain } = encodeEntry(entry, previous);
        const decoded = decodeEntry({ key: entryKey(entry.index), value: row });
        if (!decoded.ok) throw new Error(decoded.error);
        expect({ ...decoded.value.entry, payload: [...decoded.value.entry.payload] }).toEqual({
          ...entry,
          payload: [...payload],
        });
        expect([decoded.value.previous, decoded.value.chain]).toEqual([previous, chain]);
        expect(decodeEntry({ key: 'entry/other', value: row }).ok).toBe(false);
      }),
    );
  });

  it('a sealed record is read back, and no changed or shortened one is', () => {
    const sealed = seal({ vote: undefined, term: 3 });
    expect(unseal(sealed)).toEqual({ vote: undefined, term: 3 });
    expect(unseal(Buffer.concat([sealed, new Uint8Array(99)]))).toEqual({ term: 3 });
    expect(unseal(new Uint8Array(512))).toBeUndefined();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = new Uint8Array(sealed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(unseal(flipped)).toBeUndefined();
      expect(unseal(sealed.subarray(0, bit >> 3))).toBeUndefined();
    }
  });
});
