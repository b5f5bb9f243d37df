import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { logIndex, term } from '../base/brand.ts';
import { LogCache } from './driver-cache.ts';
import { Delivery } from './driver-delivery.ts';
import type { Entry } from './log-store.ts';

const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, place) => ({
    index: logIndex(from + place),
    term: term(1),
    payload: new Uint8Array(100),
  }));

/** Entries 1 to 9 in the cache; a page holds two of them. */
function bench() {
  const clock = new StepClock();
  const cache = new LogCache(logIndex(0), 10_000);
  cache.append(entries(1, 9));
  const pages: number[][] = [];
  let next = (): void => {};
  const delivery = new Delivery({
    appliedIndex: logIndex(0),
    cache,
    store: { read: () => expect.unreachable('everything is in the cache') } as never,
    clock,
    pageBytes: 300,
    committed: (page, taken) => {
      pages.push(page.map(({ index }) => index));
      next = taken;
    },
    failed: () => expect.unreachable('nothing fails'),
  });
  const take = (): void => {
    next();
    clock.runAll();
  };
  return { delivery, pages, take };
}

test('driver: V1: what is committed while a page is worked on is delivered behind it', () => {
  const { delivery, pages, take } = bench();
  delivery.advance(logIndex(1));
  delivery.advance(logIndex(5));
  expect(pages).toEqual([[1]]);
  for (let page = 0; page < 5; page++) take();
  expect(pages.flat()).toEqual([1, 2, 3, 4, 5]);
  expect(delivery.delivered).toBe(5);
});

test('driver: V3: the next page comes when it is asked for, once, however often', () => {
  const { delivery, pages, take } = bench();
  delivery.advance(logIndex(9));
  const [first] = pages;
  expect(pages).toHaveLength(1);
  take();
  expect(pages).toHaveLength(2);
  expect(pages[1]?.[0]).toBe((first?.at(-1) ?? 0) + 1);
});
