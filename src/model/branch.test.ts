import { describe, expect, it } from 'vitest';
import { followedBy, isFollowed } from './branch.ts';
import { plainTask } from './testing/plain-specs.ts';

describe('branch', () => {
  it('an output names one child, some, all or none', () => {
    expect(followedBy('"a"')).toEqual(new Set(['a']));
    expect(followedBy('["a", "b"]')).toEqual(new Set(['a', 'b']));
    expect(followedBy('{"follow": ["a"], "rows": 3}')).toEqual(new Set(['a']));
    expect(followedBy('true')).toBe('all');
    expect(followedBy('{"follow": true}')).toBe('all');
    for (const none of ['false', 'null', '[]', '{"follow": null}']) {
      expect(followedBy(none)).toEqual(new Set());
    }
  });

  it('what is no choice says nothing', () => {
    for (const text of ['', '3', '{}', '[1]', '["a", null]', 'a', '{"follow": 1}']) {
      expect(followedBy(text)).toBeUndefined();
    }
  });

  it('the name of a map or of a group stands for its tasks', () => {
    const child = { id: 'a', spec: plainTask({ map: 'm', group: 'load.inner' }) };
    for (const name of ['a', 'm', 'load', 'load.inner']) {
      expect(isFollowed(new Set([name]), child), name).toBe(true);
    }
    for (const name of ['b', 'lo', 'load.in', 'inner']) {
      expect(isFollowed(new Set([name]), child), name).toBe(false);
    }
  });
});
