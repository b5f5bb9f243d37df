import { expect, test } from 'vitest';
import { linearRegex, patternLengthMax } from './linear-regex.ts';

const problem = (pattern: string): string => {
  const regex = linearRegex(pattern);
  return regex.ok ? '' : regex.error;
};

test('linear regex: it finds a pattern anywhere, and fits one to the whole text', () => {
  const regex = linearRegex('[0-9]+');
  expect(regex.ok && regex.value.finds('a12b')).toBe(true);
  expect(regex.ok && regex.value.fits('a12b')).toBe(false);
  expect(regex.ok && regex.value.fits('12')).toBe(true);
});

test('linear regex: patterns that are poison for others take no time', () => {
  const regex = linearRegex('^(a+)+$');
  const start = performance.now();
  expect(regex.ok && regex.value.finds(`${'a'.repeat(100_000)}b`)).toBe(false);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('linear regex: what it cannot do is a sentence', () => {
  expect(problem('(a')).toBe('"(a" is not a pattern: missing closing ): `(a`');
  expect(problem('(a)\\1')).toContain('is not a pattern: invalid escape');
  expect(problem('(?=a)')).toContain('is not a pattern');
  expect(problem('a{1001}')).toContain('invalid repeat count');
  expect(problem('\\p{Greek}')).toContain('cannot have');
  expect(problem('a'.repeat(patternLengthMax + 1))).toContain('at most 1000 characters');
});

test.each([
  'a{1000}'.repeat(140),
  '((a{100}){100}){100}',
  `(${'a'.repeat(500)}){1000}`,
  `(${'a'.repeat(500)}[)]){10}`,
  `(${'a'.repeat(500)}\\)){10}`,
  `(${'a'.repeat(500)}[]()]){10}`,
  `(${'a'.repeat(500)}[[:alpha:](]){10}`,
  '(a?){999}'.repeat(100),
  '(x{1,1000}){1}'.repeat(60),
])('linear regex: %s is too large, and that is found without compiling it', (pattern) => {
  const start = performance.now();
  expect(problem(pattern)).toContain('too large');
  expect(performance.now() - start).toBeLessThan(50);
});

test.each([
  '^[a-z0-9-]{1,63}$',
  '[0-9]{4}-[0-9]{2}-[0-9]{2}',
  '[^]]+|\\[(x){2,}',
  '[[:alpha:]_]{3}',
])('linear regex: %s is a pattern', (pattern) => {
  expect(problem(pattern)).toBe('');
});
