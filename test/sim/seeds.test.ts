/**
 * A few seeds in every test run, and every seed that ever failed. `npm run sim` runs as many as one
 * has time for.
 */
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

/** Seeds of 60 virtual seconds that found something, and what it was. */
const pastFailures: readonly { readonly seed: number; readonly what: string }[] = [
  { seed: 33, what: 'a read on the leader showed a part of an entry' },
  { seed: 36, what: 'time in the log waited for a clock that had been an hour ahead' },
  { seed: 86, what: 'a late answer to one request was given to another with the same key' },
  { seed: 88, what: 'a task that had failed again was retried before its time' },
];

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

  for (const { seed, what } of pastFailures) {
    it(`seed ${seed}: ${what}; not any more`, { timeout: 60_000 }, () => {
      expect(violationOf(seed, 60)).toBe('none');
    });
  }

  it('the same seed gives the same events, another seed others', { timeout: 60_000 }, () => {
    const first = simulate(2, 20);
    expect(simulate(2, 20).hash).toBe(first.hash);
    expect(simulate(3, 20).hash).not.toBe(first.hash);
    expect(first.counts.events).toBeGreaterThan(1000);
  });
});
