import { expect, test } from 'vitest';
import type { Dispatch } from '../model/protocol.ts';
import { charactersPerMessageMax, inParts } from './dispatch-parts.ts';
import { begun } from './testing/begun.ts';
import { task } from './testing/rows.ts';

const [some] = begun({ a: task() })
  .assign()
  .effects.flatMap((effect) => (effect.kind === 'dispatch' ? [effect.dispatch] : []));

const withEnv = (attempt: number, characters: number): Dispatch => {
  if (some === undefined) throw new Error('the task is assigned');
  return { ...some, attempt, env: { TEXT: 'x'.repeat(characters) } };
};

test('dispatches for one executor share a message while they fit, in their order', () => {
  const small = Array.from({ length: 300 }, (_, at) => withEnv(at, 100));
  expect(inParts(small)).toEqual([small]);
  expect(inParts([])).toEqual([[]]);
  const large = Array.from({ length: 30 }, (_, at) => withEnv(at, 400_000));
  const parts = inParts(large);
  expect(parts.map(({ length }) => length)).toEqual([10, 10, 10]);
  expect(parts.flat()).toEqual(large);
});

test('one that is larger than a message has one of its own, and so have its neighbours', () => {
  const all = [withEnv(1, 10), withEnv(2, charactersPerMessageMax + 1), withEnv(3, 10)];
  expect(inParts(all)).toEqual(all.map((one) => [one]));
});
