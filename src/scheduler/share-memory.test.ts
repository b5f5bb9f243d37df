import { expect, it } from 'vitest';
import { memoryMs, ShareMemory } from './share-memory.ts';
import { later } from './testing/rows.ts';

it('shares: who had much lately stands behind who had little, whatever each has now', () => {
  const shares = new ShareMemory();
  shares.advance(later(0));
  shares.note('rich', 0.8);
  shares.note('poor', 0.1);
  shares.advance(later(memoryMs));
  shares.note('rich', 0);
  shares.note('poor', 0.5);
  expect(shares.standing('poor', 0.5)).toBeLessThan(shares.standing('rich', 0));
  shares.advance(later(20 * memoryMs));
  expect(shares.standing('rich', 0)).toBeLessThan(shares.standing('poor', 0.5));
});

it('shares: who comes new stands as if it always had what it takes first', () => {
  const shares = new ShareMemory();
  shares.advance(later(0));
  shares.note('old', 0.5);
  shares.advance(later(1));
  shares.note('new', 0.5);
  expect(shares.standing('new', 0.5)).toBeCloseTo(shares.standing('old', 0.5), 10);
});

it('shares: who has had nothing for long is forgotten', () => {
  const shares = new ShareMemory();
  shares.advance(later(0));
  shares.note('gone', 0.5);
  shares.note('gone', 0);
  for (let look = 1; look < 2_000; look++) shares.advance(later(look * memoryMs));
  expect([...shares.names()]).toEqual([]);
});
