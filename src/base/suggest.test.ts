import { expect, test } from 'vitest';
import { candidatesMax, didYouMean, suggest } from './suggest.ts';

test('suggest: a slip of the finger finds its word', () => {
  expect(suggest('retires', ['retries', 'timeout'])).toBe('retries');
  expect(suggest('dependOn', ['description', 'dependsOn'])).toBe('dependsOn');
  expect(suggest('Owner', ['owner', 'order'])).toBe('owner');
});

test('suggest: words that are too far or too short are left alone', () => {
  expect(suggest('banana', ['retries', 'timeout'])).toBeUndefined();
  expect(suggest('q', ['a', 'b'])).toBeUndefined();
  expect(didYouMean('banana', ['retries'])).toBe('');
});

test('suggest: a very long name is left alone, and only so many candidates are looked at', () => {
  expect(suggest('x'.repeat(100_000), ['y'])).toBeUndefined();
  let looked = 0;
  function* many(): Iterable<string> {
    for (; looked < 200_000; looked++) yield `candidate_number_${looked}`;
  }
  suggest('candidate_nummer_199999', many());
  expect(looked).toBeLessThanOrEqual(candidatesMax);
});
