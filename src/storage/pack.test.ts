import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packValue, unpackValue } from './pack.ts';

/** The codec renames this one key on its way back; no row may carry it. */
const jsonValue = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('pack: a packed value', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.string(), jsonValue, (key, value) => {
        const back = unpackValue({ key, value: packValue(key, value) });
        expect(back.ok && JSON.stringify(back.value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('is refused when any one bit of it has changed', () => {
    const value = packValue('live/dag/a', { name: 'a', tries: 3 });
    for (let bit = 0; bit < value.length * 8; bit++) {
      const flipped = value.slice();
      flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7));
      expect(unpackValue({ key: 'live/dag/a', value: flipped }).ok).toBe(false);
    }
  });

  it('is refused when it was cut, or belongs to another key', () => {
    const value = packValue('live/dag/a', { name: 'a' });
    for (let length = 0; length < value.length; length++) {
      expect(unpackValue({ key: 'live/dag/a', value: value.slice(0, length) }).ok).toBe(false);
    }
    expect(unpackValue({ key: 'live/dag/b', value }).ok).toBe(false);
  });
});
