import { expect, test } from 'vitest';
import { didYouMean, suggest } from './suggest.ts';

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

test('suggest: a very long name and very many candidates cost nothing', () => {
  const startMs = performance.now();
  expect(suggest('x'.repeat(100_000), ['y'])).toBeUndefined();
  const many = Array.from({ length: 200_000 }, (_, i) => `candidate_number_${i}`);
  suggest('candidate_nummer_199999', many);
  expect(performance.now() - startMs).toBeLessThan(500);
});
