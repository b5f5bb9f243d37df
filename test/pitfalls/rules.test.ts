/** Pitfalls that the program cannot meet, because it never does what leads to them. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../src/', import.meta.url);

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));

const filesWith = (pattern: RegExp): readonly string[] =>
  sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test('storage: LevelDB is never repaired: that loses data in silence (P45)', () => {
  expect(filesWith(/\brepair\w*\s*\(/)).toEqual([]);
});

test('storage: no write is left unsynced, so none can outlive an earlier one (P46)', () => {
  expect(filesWith(/sync:\s*false/)).toEqual([]);
  expect(filesWith(/sync:\s*true/).length).toBeGreaterThan(2);
});
