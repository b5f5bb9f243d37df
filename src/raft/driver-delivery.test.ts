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

/** Some entries in the cache, nine unless said; a page holds two of them. */
function bench({ many = 9, urgent = false } = {}) {
  const clock = new StepClock();
  const cache = new LogCache(logIndex(0), many * 1000);
  cache.append(entries(1, many));
  const pages: number[][] = [];
  let next = (): void => {};
  const delivery = new Delivery({
    appliedIndex: logIndex(0),
    cache,
    store: { read: () => expect.unreachable('everything is in the cache') } as never,
    clock,
    pageBytes: 300,
    isUrgent: () => urgent,
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
  return { delivery, pages, take, clock };
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

test('driver: a follower rests as long as a page of its backlog took, a leader does not', () => {
  for (const urgent of [false, true]) {
    const { delivery, pages, clock, take } = bench({ many: 2000, urgent });
    delivery.advance(logIndex(2000));
    // The listener works on the page for 40 ms.
    clock.after(40, () => take());
    while (pages.length === 1) clock.step();
    expect(clock.monotonicMs()).toBe(urgent ? 40 : 80);
  }
});
