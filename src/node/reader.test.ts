import { describe, expect, it } from 'vitest';
import { notReached } from './reader.ts';

describe('a read that waited in vain for a log index', () => {
  const healthy = { wanted: 99_999, applied: 40, commitIndex: 40, leader: 'n1' };

  it('is told how far the node has come, not that nobody leads', () => {
    const { code, detail } = notReached(healthy);
    expect(code).toBe('INDEX_NOT_REACHED');
    expect(detail).toBe(
      'this node has applied index 40, not yet 99999; it knows of nothing beyond 40',
    );
    expect(notReached({ ...healthy, commitIndex: 100_000 }).detail).toBe(
      'this node has applied index 40, not yet 99999',
    );
  });

  it('is told that nobody leads where that is so', () => {
    expect(notReached({ ...healthy, leader: undefined }).code).toBe('NO_LEADER');
  });
});
