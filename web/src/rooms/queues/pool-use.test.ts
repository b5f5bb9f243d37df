import { expect, test } from 'vitest';
import { poolHolders, shares, slotsTaken } from './pool-use.ts';

test('pools: who holds slots is told by the live attempts and what their tasks ask for', () => {
  const attempts = [
    { runId: 'r1', taskId: 'a', mapIndex: 0 },
    { runId: 'r1', taskId: 'wide', mapIndex: 2 },
    { runId: 'r1', taskId: 'free', mapIndex: 0 },
    { runId: 'gone', taskId: 'a', mapIndex: 0 },
  ];
  const holders = poolHolders(attempts, (runId) =>
    runId === 'r1'
      ? { a: { pool: 'db' }, wide: { pool: 'db', poolSlots: 3 }, free: {} }
      : undefined,
  );
  expect([...holders.keys()]).toEqual(['db']);
  expect(slotsTaken(holders.get('db') ?? [])).toBe(4);
});

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
