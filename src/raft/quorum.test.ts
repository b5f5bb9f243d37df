import { expect, test } from 'vitest';
import { majorityValue, quorumSize } from './quorum.ts';

test('raft: a quorum is more than half, for even numbers of voters too', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(quorumSize)).toEqual([1, 2, 2, 3, 3, 4, 4]);
});

test('raft: the majority value is the highest that a quorum has reached, in any order', () => {
  expect(majorityValue([7])).toBe(7);
  expect(majorityValue([7, 3])).toBe(3);
  expect(majorityValue([1, 9, 5])).toBe(5);
  expect(majorityValue([4, 1, 9, 5])).toBe(4);
  expect(majorityValue([2, 9, 2, 9, 1])).toBe(2);
  expect(majorityValue([])).toBeUndefined();
});
