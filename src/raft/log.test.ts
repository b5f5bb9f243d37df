import { expect, test } from 'vitest';
import { logIndex, term } from '../base/brand.ts';
import { below, SeededRandom } from '../base/random.ts';
import { Log } from './log.ts';
import type { Entry } from './log-store.ts';

const entry = (index: number, entryTerm: number): Entry => ({
  index: logIndex(index),
  term: term(entryTerm),
  payload: new Uint8Array(0),
});

const logOf = (terms: readonly number[]): Log => {
  const log = new Log([], logIndex(0));
  for (const each of terms) log.append(term(each));
  return log;
};

test('raft: the log knows the term of every index and of none behind its end', () => {
  const log = logOf([1, 1, 4, 4, 4, 9]);
  expect([0, 1, 2, 3, 5, 6].map((index) => log.termAt(logIndex(index)))).toEqual([
    0, 1, 1, 4, 4, 9,
  ]);
  expect(log.termAt(logIndex(7))).toBeUndefined();
  expect(log.lastTerm).toBe(9);
});

test('raft: truncating forgets the terms behind and appending goes on from there', () => {
  const log = logOf([1, 1, 4, 4, 9]);
  log.truncateFrom(logIndex(4));
  expect([log.lastIndex, log.lastTerm]).toEqual([3, 4]);
  log.append(term(7));
  expect(log.termAt(logIndex(4))).toBe(7);
  log.truncateFrom(logIndex(1));
  expect([log.lastIndex, log.lastTerm]).toEqual([0, 0]);
  expect(() => log.truncateFrom(logIndex(1))).toThrow('L2');
});

test('raft: a log is compared by its last term first and by its length only then', () => {
  const log = logOf([1, 2]);
  expect(log.isUpToDate({ term: term(1), index: logIndex(9) })).toBe(false);
  expect(log.isUpToDate({ term: term(2), index: logIndex(1) })).toBe(false);
  expect(log.isUpToDate({ term: term(2), index: logIndex(2) })).toBe(true);
  expect(log.isUpToDate({ term: term(3), index: logIndex(1) })).toBe(true);
});

test('raft: the first new entry is behind the log or differs in term', () => {
  const log = logOf([1, 1, 2]);
  expect(log.firstNew([entry(1, 1), entry(2, 1)])).toBe(2);
  expect(log.firstNew([entry(2, 1), entry(3, 3)])).toBe(1);
  expect(log.firstNew([entry(3, 2), entry(4, 2)])).toBe(1);
});

test('raft: the hint skips whole terms and agrees with a search entry by entry', () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 300; round++) {
    const terms: number[] = [];
    for (let last = 1; terms.length < below(random, 20); last += below(random, 2)) terms.push(last);
    const log = logOf(terms);
    const bound = { index: logIndex(below(random, 25)), term: term(below(random, 12)) };
    let index = Math.min(bound.index, terms.length);
    while (index > 0 && (terms[index - 1] ?? 0) > bound.term) index -= 1;
    expect(log.lastNotAbove(bound)).toEqual({ index, term: terms[index - 1] ?? 0 });
  }
});

test('raft: terms never fall along the log', () => {
  expect(() => logOf([2, 1])).toThrow('L1');
});
