/** A digest says what the rows are, whatever happened to them on the way. */
import { expect, it } from 'vitest';
import { below, SeededRandom } from '../base/random.ts';
import { changedMax, RowDigest } from './row-digest.ts';

const rowOf = (value: number): object => ({ value });

/** The digest of rows that were put once and never changed. */
function plainDigest(rows: ReadonlyMap<string, object>): string {
  const digest = new RowDigest();
  for (const [key, row] of rows) digest.replace(key, 'task', null, row);
  return digest.toString();
}

it('depends on rows, keys and tables', () => {
  const digestOf = (key: string, table: string, row: object): string => {
    const digest = new RowDigest();
    digest.replace(key, table, null, row);
    return digest.toString();
  };
  const seen = new Set([
    ...[digestOf('a', 'task', rowOf(1)), digestOf('a', 'task', rowOf(2))],
    ...[digestOf('b', 'task', rowOf(1)), digestOf('a', 'run', rowOf(1))],
    new RowDigest().toString(),
  ]);
  expect(seen.size).toBe(5);
  expect(digestOf('a', 'task', rowOf(1))).toBe(digestOf('a', 'task', rowOf(1)));
});

it('is that of the rows that are left, whenever it is asked for', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new SeededRandom(seed);
    const digest = new RowDigest();
    const rows = new Map<string, object>();
    for (let step = 0; step < 400; step++) {
      const key = `k${below(random, 20)}`;
      const before = rows.get(key) ?? null;
      const after = below(random, 4) === 0 ? null : rowOf(below(random, 5));
      digest.replace(key, 'task', before, after);
      // Some changes are taken back at once, as those of a turn that the log refused.
      if (below(random, 5) === 0) digest.replace(key, 'task', after, before);
      else if (after === null) rows.delete(key);
      else rows.set(key, after);
      if (below(random, 50) === 0) expect(digest.toString()).toBe(plainDigest(rows));
    }
    expect(digest.toString()).toBe(plainDigest(rows));
  }
});

it('holds rows back up to a limit, and is right beyond it', () => {
  const digest = new RowDigest();
  const rows = new Map<string, object>();
  for (let at = 0; at < 2 * changedMax; at++) {
    const row = rowOf(at);
    rows.set(`k${at}`, row);
    digest.replace(`k${at}`, 'task', null, row);
  }
  for (const [key, row] of [...rows].slice(0, changedMax / 2)) {
    digest.replace(key, 'task', row, null);
    rows.delete(key);
  }
  expect(digest.toString()).toBe(plainDigest(rows));
});
