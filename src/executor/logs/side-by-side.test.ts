import { expect, test } from 'vitest';
import { sideBySide } from './side-by-side.ts';

test('side by side: results keep the order of the items, and no more run at once than may', () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  let answer: readonly number[] | undefined;
  sideBySide<number, number>(
    { items: [1, 2, 3, 4, 5], atATime: 2 },
    (item, done) => {
      waiting.push(() => done(item * 10));
      most = Math.max(most, waiting.length);
    },
    (results) => {
      answer = results;
    },
  );
  // The newest first, so that they end in another order than they began.
  while (waiting.length > 0) waiting.pop()?.();
  expect(answer).toEqual([10, 20, 30, 40, 50]);
  expect(most).toBe(2);
});

test('side by side: answers that come at once, and nothing to do, end as well', () => {
  const seen: unknown[] = [];
  const run = (item: number, done: (result: number) => void): void => done(item + 1);
  for (const items of [[], [1, 2, 3]]) {
    sideBySide({ items, atATime: 2 }, run, (results) => void seen.push(results));
  }
  expect(seen).toEqual([[], [2, 3, 4]]);
});
