import { expect, test } from 'vitest';
import { meaningOf, namesWithin } from './task-name.ts';

const ids = new Set(['a', 'b', 'load', 'load.a', 'load.inner', 'load.inner.c', 'load.inner.a']);
const mean = (name: string, group: string | null) => meaningOf(name, group, (id) => ids.has(id));

test('task-name: siblings come first, then what is around', () => {
  expect(mean('a', null)).toBe('a');
  expect(mean('a', 'load')).toBe('load.a');
  expect(mean('a', 'load.inner')).toBe('load.inner.a');
  expect(mean('b', 'load.inner')).toBe('b');
  expect(mean('inner.c', 'load.inner')).toBe('load.inner.c');
  expect(mean('load.a', 'load.inner')).toBe('load.a');
  expect(mean('c', 'load')).toBeUndefined();
  expect(mean('c', null)).toBeUndefined();
});

test('task-name: every id is a name, and in a group the short ones are too', () => {
  const some = ['a', 'load.b', 'load.inner.c'];
  expect(namesWithin(null, some)).toEqual(some);
  expect(namesWithin('load', some)).toEqual([...some, 'b', 'inner.c']);
  expect(namesWithin('load.inner', some)).toEqual([...some, 'c', 'b', 'inner.c']);
  for (const name of namesWithin('load.inner', some)) {
    expect(meaningOf(name, 'load.inner', (id) => some.includes(id))).toBeDefined();
  }
});
