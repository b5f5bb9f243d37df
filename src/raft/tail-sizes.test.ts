import { expect, test } from 'vitest';
import { logIndex } from '../base/brand.ts';
import { entryOverheadBytes, TailSizes } from './tail-sizes.ts';

const between = (sizes: TailSizes, after: number, upTo: number): number =>
  sizes.bytesBetween({ after: logIndex(after), upTo: logIndex(upTo) });

test('raft: the bytes of any range are known, and unknown entries count nothing', () => {
  const sizes = new TailSizes(logIndex(10), 100);
  for (const bytes of [5, 6, 7]) sizes.push(bytes);
  expect(between(sizes, 10, 13)).toBe(18 + 3 * entryOverheadBytes);
  expect(between(sizes, 11, 12)).toBe(6 + entryOverheadBytes);
  expect(between(sizes, 2, 11)).toBe(5 + entryOverheadBytes);
  expect(between(sizes, 13, 13)).toBe(0);
});

test('raft: a batch ends before the limit but takes one entry at least', () => {
  const sizes = new TailSizes(logIndex(0), 100);
  for (let n = 0; n < 10; n++) sizes.push(100 - entryOverheadBytes);
  expect(sizes.batchEnd(logIndex(1), 350)).toBe(3);
  expect(sizes.batchEnd(logIndex(4), 1)).toBe(4);
  expect(sizes.batchEnd(logIndex(4), 10_000)).toBe(10);
});

test('raft: truncated sizes are forgotten, whether they were known or not', () => {
  const sizes = new TailSizes(logIndex(5), 100);
  for (const bytes of [5, 6, 7]) sizes.push(bytes);
  sizes.truncateFrom(logIndex(7));
  sizes.push(100);
  expect(between(sizes, 5, 7)).toBe(105 + 2 * entryOverheadBytes);
  sizes.truncateFrom(logIndex(3));
  expect(sizes.first).toBe(3);
  sizes.push(1);
  expect(between(sizes, 2, 3)).toBe(1 + entryOverheadBytes);
});

test('raft: the oldest sizes are forgotten when there are too many', () => {
  const sizes = new TailSizes(logIndex(0), 10);
  for (let n = 0; n < 1000; n++) sizes.push(n);
  expect(1000 - sizes.first).toBeLessThan(20);
  expect(between(sizes, 999, 1000)).toBe(999 + entryOverheadBytes);
});
