/** A few seeds in every test run. `npm run sim` runs as many as one has time for. */
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const violationOf = (seed: number, seconds: number) => {
  const { violation } = simulate(seed, seconds);
  return violation === undefined ? 'none' : `${violation.invariant}: ${violation.text}`;
};

describe('simulation', () => {
  for (let seed = 1001; seed <= 1016; seed++) {
    it(`seed ${seed}: every promise is kept under its faults`, { timeout: 60_000 }, () => {
      expect(violationOf(seed, 30)).toBe('none');
    });
  }

  it('the same seed gives the same events, another seed others', { timeout: 60_000 }, () => {
    const first = simulate(2, 20);
    expect(simulate(2, 20).hash).toBe(first.hash);
    expect(simulate(3, 20).hash).not.toBe(first.hash);
    expect(first.counts.events).toBeGreaterThan(1000);
  });
});
