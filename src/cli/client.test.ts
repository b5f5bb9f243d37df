import { expect, test } from 'vitest';
import { fail, ok } from '../base/result.ts';
import { everyItem, interrupted } from './client.ts';

const pages = [
  { items: ['a', 'b'], cursor: 'b' },
  { items: ['c'], cursor: null },
];

test('client: a list is asked for page by page, from where the last one ended', async () => {
  const asked: (string | undefined)[] = [];
  const found = await everyItem(async ({ cursor }) => {
    asked.push(cursor);
    const value = pages[asked.length - 1]!;
    return ok({ value, raw: value, status: 200, index: 0 });
  });
  expect(found).toEqual(ok(['a', 'b', 'c']));
  expect(asked).toEqual([undefined, 'b']);
});

test('client: a list whose page is refused is refused', async () => {
  expect(await everyItem(async () => fail(interrupted))).toEqual(fail(interrupted));
});
