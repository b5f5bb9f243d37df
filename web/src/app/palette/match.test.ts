import { expect, test } from 'vitest';
import { matching } from './match.ts';

const names = ['etl daily', 'daily etl', 'xdaily', 'other'];
const find = (query: string, most = 9) => matching(names, query, (name) => name, most);

test('palette: names that begin with a word come first, then words, then pieces', () => {
  expect(find('daily')).toEqual(['daily etl', 'etl daily', 'xdaily']);
});

test('palette: every word must be there, in any order and in any case', () => {
  expect(find('ETL da')).toEqual(['etl daily', 'daily etl']);
  expect(find('etl nothing')).toEqual([]);
});

test('palette: no more than asked for, and nothing typed finds everything', () => {
  expect(find('', 2)).toHaveLength(2);
  expect(find('')).toHaveLength(4);
});
