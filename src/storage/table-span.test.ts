import { describe, expect, it } from 'vitest';
import { touched } from './table-span.ts';

const table = (number: number, level: number, firstKey: string, lastKey: string) => ({
  ...{ number, level, bytes: 1, firstKey, lastKey },
});

/** Two young tables that overlap, and two levels in the order of their keys. */
const tables = [
  table(1, 0, 'a', 'z'),
  table(2, 0, 'x', 'y'),
  table(11, 1, 'a', 'c'),
  table(12, 1, 'f', 'h'),
  table(13, 1, 'k', 'm'),
  table(21, 2, 'a', 'b'),
  table(22, 2, 'c', 'd'),
  table(23, 2, 'm', 'p'),
  table(24, 2, 'q', 'z'),
];

const numbers = (from: string, to: string, isPoint = false): readonly number[] =>
  touched(tables, { from, to, isPoint })
    .map(({ number }) => number)
    .sort((a, b) => a - b);

describe('tables that a reader looks into', () => {
  it('of one key: those whose span it is in', () => {
    expect(numbers('g', 'g', true)).toEqual([1, 12]);
    expect(numbers('c', 'c', true)).toEqual([1, 11, 22]);
    expect(numbers('x', 'x', true)).toEqual([1, 2, 24]);
    expect(numbers('0', '0', true)).toEqual([]);
  });

  it('of a range: the youngest, those it overlaps, and the next ones of each level', () => {
    expect(numbers('g', 'g')).toEqual([1, 2, 11, 12, 13, 22, 23]);
    expect(numbers('d', 'l')).toEqual([1, 2, 11, 12, 13, 21, 22, 23]);
    expect(numbers('e', 'e')).toEqual([1, 2, 11, 12, 22, 23]);
    expect(numbers('a', 'z')).toEqual(tables.map(({ number }) => number));
  });

  it('of a range before or behind them all: the first or the last of each level', () => {
    expect(numbers('0', '1')).toEqual([1, 2, 11, 21]);
    expect(numbers('~', '~')).toEqual([1, 2, 13, 24]);
  });
});
