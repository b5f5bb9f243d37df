import { expect, it } from 'vitest';
import { firstStartOfNew } from './take-over.ts';

it('what the old leader had sent is not taken for the first start of the new one', () => {
  const before = [900, 950, 980];
  expect(firstStartOfNew([...before, 1_004, 1_020, 1_700, 1_710, 1_800], 1_000)).toBe(1_700);
});

it('a later pause under the new leader is none of the kill', () => {
  expect(firstStartOfNew([990, 1_400, 1_410, 3_000], 1_000)).toBe(1_400);
});

it('starts that come in disorder, as tasks write them, are put in order', () => {
  expect(firstStartOfNew([1_700, 990, 1_005, 1_690], 1_000)).toBe(1_690);
});

it('nothing has started since the kill', () => {
  expect(firstStartOfNew([900, 990], 1_000)).toBeUndefined();
});
