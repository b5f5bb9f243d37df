import { expect, test } from 'vitest';
import { shares } from './shares.ts';

test('shares: weights divide the cluster, and use is measured against all of it', () => {
  const found = shares(
    [
      { namespace: 'a', weight: 3, used: { cpu: 2 } },
      { namespace: 'b', weight: 1, used: { cpu: 0 } },
    ],
    8,
  );
  expect(found.get('a')).toEqual({ fair: 75, uses: 25 });
  expect(found.get('b')).toEqual({ fair: 25, uses: 0 });
  expect(shares([], 0).size).toBe(0);
});
