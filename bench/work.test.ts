import { expect, it } from 'vitest';
import { atRate, ofTimes, smaller, timesBetter, type Work } from './work.ts';

const chain: Work = { kind: 'chain', runs: 20, length: 10 };
const chains: Work = { kind: 'chains', runs: 2_000, length: 10, atOnce: 256 };

it('half the time is twice as good, and so is twice the rate', () => {
  expect(timesBetter(chain, ofTimes([2, 2, 2]), ofTimes([4, 4, 4]))).toBe(2);
  expect(timesBetter(chains, atRate(200, 1_000), atRate(100, 1_000))).toBe(2);
});

it('writes are compared by their rate, though they have times as well', () => {
  const work: Work = { kind: 'puts', bytes: 256, inFlight: 64, seconds: 4 };
  const ours = { ...ofTimes([8]), perSecond: 300 };
  const theirs = { ...ofTimes([1]), perSecond: 100 };
  expect(timesBetter(work, ours, theirs)).toBe(3);
});

it('a rate counts what was done in a second', () => {
  expect(atRate(500, 250).perSecond).toBe(2_000);
});

it('smaller work has fewer runs of the same shape, and never none', () => {
  expect(smaller(chains, 0.1)).toEqual({ ...chains, runs: 200 });
  expect(smaller(chain, 0.001)).toEqual({ ...chain, runs: 1 });
});

it('writes last as long as they last: their work has no smaller form', () => {
  const work: Work = { kind: 'puts', bytes: 256, inFlight: 1, seconds: 4 };
  expect(smaller(work, 0.1)).toEqual(work);
});
