import { expect, test } from 'vitest';
import { logIndex, term } from '../base/brand.ts';
import { LogCache } from './driver-cache.ts';
import type { Entry } from './log-store.ts';
import { entryOverheadBytes } from './tail-sizes.ts';

const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, place) => ({
    index: logIndex(from + place),
    term: term(1),
    payload: new Uint8Array(100 - entryOverheadBytes),
  }));

const found = (cache: LogCache, from: number, to: number, maxBytes = 1e9) =>
  cache
    .range({ from: logIndex(from), to: logIndex(to), maxBytes })
    ?.map((entry) => Number(entry.index));

test('driver: the cache gives ranges, cut by bytes but never empty', () => {
  const cache = new LogCache(logIndex(4), 10_000);
  cache.append(entries(5, 9));
  expect(found(cache, 6, 8)).toEqual([6, 7, 8]);
  expect(found(cache, 5, 9, 250)).toEqual([5, 6]);
  expect(found(cache, 5, 9, 1)).toEqual([5]);
  expect(found(cache, 4, 9)).toBeUndefined();
  expect(() => cache.append(entries(11, 11))).toThrow('K1');
});

test('driver: the cache forgets the oldest, but nothing that is not synced', () => {
  const cache = new LogCache(logIndex(0), 1000);
  cache.append(entries(1, 20));
  cache.evict(logIndex(5));
  expect(cache.first).toBe(6);
  cache.evict(logIndex(20));
  expect(cache.first).toBe(11);
  for (let from = 21; from < 30_000; from += 100) {
    cache.append(entries(from, from + 99));
    cache.evict(logIndex(from + 99));
  }
  expect(found(cache, cache.first, cache.first + 99)).toHaveLength(10);
});

test('driver: a truncated cache goes on where the log goes on', () => {
  const cache = new LogCache(logIndex(0), 1000);
  cache.append(entries(1, 8));
  cache.truncateFrom(logIndex(5));
  cache.append(entries(5, 6));
  expect(found(cache, 1, 9)).toEqual([1, 2, 3, 4, 5, 6]);
  cache.evict(logIndex(6));
  cache.truncateFrom(logIndex(1));
  cache.append(entries(1, 1));
  expect(found(cache, 1, 9)).toEqual([1]);
});
