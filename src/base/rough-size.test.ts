import { expect, test } from 'vitest';
import { roughSize } from './rough-size.ts';

test('a value is as large as its texts and keys, wherever they stand', () => {
  const text = 'x'.repeat(1000);
  expect(roughSize(text)).toBe(1004);
  expect(roughSize([text, text, 1, null])).toBe(2020);
  expect(roughSize({ [text]: { deep: [text] } })).toBeGreaterThan(2000);
  expect(roughSize(undefined)).toBeLessThan(10);
});

test('it follows what JSON takes', () => {
  const value = { id: 'a', tasks: { one: { command: 'true', retries: 3, env: { A: 'b' } } } };
  const { length } = JSON.stringify(value);
  expect(roughSize(value) / length).toBeGreaterThan(0.7);
  expect(roughSize(value) / length).toBeLessThan(1.5);
});
