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
  const log = new Log({
    base: { index: logIndex(0), term: term(0) },
    terms: [],
    lastIndex: logIndex(0),
  });
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

/** The entries 1..3 were given up; 4..6 have the terms 4, 4 and 9. */
const cut = (): Log => {
  const log = logOf([1, 1, 4, 4, 4, 9]);
  log.compact(logIndex(3));
  return log;
};

test('raft: before the base no term is known, and that is not term 0', () => {
  const log = cut();
  expect(log.base).toEqual({ index: 3, term: 4 });
  expect([0, 2, 3, 4, 6, 7].map((index) => log.termAt(logIndex(index)))).toEqual([
    undefined,
    undefined,
    4,
    4,
    9,
    undefined,
  ]);
});

test('raft: a log that was cut at its end goes on from there', () => {
  const log = logOf([1, 1, 4]);
  log.compact(logIndex(3));
  expect([log.lastIndex, log.lastTerm]).toEqual([3, 4]);
  expect(log.append(term(4))).toBe(4);
  expect(log.termAt(logIndex(4))).toBe(4);
  log.compact(logIndex(4));
  expect(log.base).toEqual({ index: 4, term: 4 });
  expect(() => log.compact(logIndex(5))).toThrow('L2');
  expect(() => log.compact(logIndex(3))).toThrow('L2');
});

test('raft: a log that is found with a base equals one that was cut there', () => {
  const found = new Log({
    base: { index: logIndex(3), term: term(4) },
    terms: [
      { first: logIndex(4), term: term(4) },
      { first: logIndex(6), term: term(9) },
    ],
    lastIndex: logIndex(6),
  });
  const log = cut();
  for (let index = 0; index < 8; index++) {
    expect(found.termAt(logIndex(index))).toBe(log.termAt(logIndex(index)));
  }
});

test('raft: nothing at the base or before it is truncated', () => {
  const log = cut();
  expect(() => log.truncateFrom(logIndex(3))).toThrow('L2');
  log.truncateFrom(logIndex(4));
  expect([log.lastIndex, log.lastTerm]).toEqual([3, 4]);
});

test('raft: entries from before the base are not new', () => {
  const log = cut();
  expect(log.firstNew([entry(1, 1), entry(2, 1), entry(3, 4), entry(4, 4)])).toBe(4);
  expect(log.firstNew([entry(2, 1), entry(3, 4), entry(4, 5)])).toBe(2);
});

test('raft: a search for agreement ends at the base, and says so', () => {
  const log = cut();
  const search = (index: number, bound: number) =>
    log.lastNotAbove({ index: logIndex(index), term: term(bound) });
  expect(search(9, 8)).toEqual({ index: 5, term: 4 });
  expect(search(3, 4)).toEqual({ index: 3, term: 4 });
  expect(search(2, 9)).toBeUndefined();
  expect(search(6, 3)).toBeUndefined();
});
