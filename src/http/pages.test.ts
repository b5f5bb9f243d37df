import { expect, test } from 'vitest';
import { pageOf, timeKey } from './pages.ts';

const byName = { key: (name: string) => name };

test('pages: every row is on one page, in order, whatever the size of the pages', () => {
  const rows = ['c', 'a', 'e', 'b', 'd'];
  for (const limit of [1, 2, 3, 5, 9]) {
    for (const down of [false, true]) {
      const seen: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = pageOf(rows, { ...byName, down }, { limit, cursor: cursor ?? undefined });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== null);
      expect(seen).toEqual(down ? ['e', 'd', 'c', 'b', 'a'] : ['a', 'b', 'c', 'd', 'e']);
    }
  }
});

test('pages: a row that goes meanwhile takes no other with it', () => {
  const { cursor } = pageOf(['a', 'b', 'c', 'd'], byName, { limit: 2 });
  expect(pageOf(['a', 'c', 'd'], byName, { limit: 2, cursor: cursor ?? undefined })).toEqual({
    items: ['c', 'd'],
    cursor: null,
  });
});

test('pages: times of different lengths stand in order', () => {
  expect([timeKey(10, 'a'), timeKey(9, 'b'), timeKey(10, '')].sort()).toEqual([
    timeKey(9, 'b'),
    timeKey(10, ''),
    timeKey(10, 'a'),
  ]);
});
