import { describe, expect, it } from 'vitest';
import { type Fate, partition, settle } from './history.ts';
import { type RegisterOutput, registerModel } from './register-model.ts';
import { search } from './search.ts';
import { read, write } from './testing/make-history.ts';

const model = registerModel(0);

describe('linear: what is found out later', () => {
  const lost = write('a', 1, [0, null]);
  const history = [lost, read('b', 1, [10, 11])];
  const settled = (fate: Fate<RegisterOutput>) => settle(history, () => fate);

  it('an operation that happened must have a place, one that did not is gone', () => {
    const output = { kind: 'written' } as const;
    const happened = settled({ status: 'happened', output, by: null });
    expect(happened[0]).toEqual({ ...lost, output });
    expect(search(happened, model).status).toBe('linearizable');
    expect(settled({ status: 'never' })).toEqual(history.slice(1));
    expect(search(settled({ status: 'never' }), model).status).toBe('broken');
  });

  it('the time by which it had happened is a return', () => {
    const output = { kind: 'written' } as const;
    const early = settle([lost, read('b', 0, [10, 11])], () => ({
      status: 'happened',
      output,
      by: 5,
    }));
    expect(search(early, model).status).toBe('broken');
  });

  it('what stays unknown stays, and what was answered is not asked about', () => {
    expect(settled({ status: 'unknown' })).toEqual(history);
    const asked: unknown[] = [];
    settle(history, (operation) => {
      asked.push(operation);
      return { status: 'unknown' };
    });
    expect(asked).toEqual([lost]);
  });
});

describe('linear: partitions', () => {
  it('each key has its own history, in the order of the calls', () => {
    const late = { ...write('a', 1, [5, 6]), key: 'x' };
    const other = { ...write('b', 2, [0, 9]), key: 'y' };
    const early = { ...write('c', 3, [1, 2]), key: 'x' };
    expect([...partition([late, other, early])]).toEqual([
      ['x', [early, late]],
      ['y', [other]],
    ]);
  });
});
