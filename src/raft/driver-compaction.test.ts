import { expect, test } from 'vitest';
import { logIndex } from '../base/brand.ts';
import { compactTo } from './driver-compaction.ts';

const settings = { logEntriesKept: 100, logEntriesMax: 1000 };

const to = (applied: number, base: number, neededFrom?: number) =>
  compactTo(
    {
      applied: logIndex(applied),
      base: logIndex(base),
      neededFrom: neededFrom === undefined ? undefined : logIndex(neededFrom),
    },
    settings,
  );

test('compaction: a trailing part is kept, and the log is cut in steps', () => {
  expect(to(100, 0)).toBeUndefined();
  expect(to(109, 0)).toBeUndefined();
  expect(to(110, 0)).toBe(10);
  expect(to(5000, 0)).toBe(4900);
  expect(to(5000, 4895)).toBeUndefined();
});

test('compaction: what a follower needs is kept, but not for ever (P56)', () => {
  expect(to(600, 0, 301)).toBe(300);
  expect(to(600, 300, 301)).toBeUndefined();
  expect(to(5000, 0, 301)).toBe(4000);
  expect(to(600, 0, 590)).toBe(500);
});
