import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { registerModel } from './register-model.ts';
import { defaultBudget, search } from './search.ts';
import { happen, type RegisterHistory, read, swap, write } from './testing/make-history.ts';

const statusOf = (...history: RegisterHistory): string => search(history, registerModel(0)).status;

describe('linear: histories that one register could have made', () => {
  it('nobody asks for anything', () => {
    expect(statusOf()).toBe('linearizable');
  });

  it('a read during a write sees the old value or the new one', () => {
    expect(statusOf(write('a', 1, [0, 10]), read('b', 0, [2, 3]))).toBe('linearizable');
    expect(statusOf(write('a', 1, [0, 10]), read('b', 1, [2, 3]))).toBe('linearizable');
  });

  it('two writes at the same time come in the order that a later read shows', () => {
    const writes = [write('a', 1, [0, 10]), write('b', 2, [1, 9])];
    expect(statusOf(...writes, read('c', 1, [11, 12]))).toBe('linearizable');
    expect(statusOf(...writes, read('c', 2, [11, 12]))).toBe('linearizable');
  });

  it('Herlihy and Wing: overlapping writes and reads have an order', () => {
    const history = [
      write('a', 1, [0, 30]),
      write('b', 2, [5, 15]),
      read('c', 2, [16, 20]),
      read('c', 1, [21, 40]),
    ];
    expect(statusOf(...history)).toBe('linearizable');
  });

  it('a write without an answer may have happened late, or never', () => {
    const lost = write('a', 1, [0, null]);
    expect(statusOf(lost, read('b', 0, [5, 6]), read('b', 1, [50, 51]))).toBe('linearizable');
    expect(statusOf(lost, read('b', 0, [5, 6]), read('b', 0, [50, 51]))).toBe('linearizable');
  });

  it('a call and a return of the same moment may have been concurrent', () => {
    expect(statusOf(write('a', 1, [0, 5]), read('b', 0, [5, 6]))).toBe('linearizable');
  });

  it('what happened at an unknown time is placed where it is seen', () => {
    const late = { ...write('a', 1, [0, 1]), return: null };
    expect(statusOf(late, read('b', 0, [5, 6]), read('b', 1, [50, 51]))).toBe('linearizable');
  });

  it('the order that it names is one that the register could have run', () => {
    const history = [write('a', 1, [0, 10]), read('b', 0, [2, 12]), read('c', 1, [3, 9])];
    expect(search(history, registerModel(0))).toMatchObject({ order: [1, 0, 2] });
  });
});

describe('linear: histories that no register could have made', () => {
  it('a stale read: the old value after the write had returned', () => {
    expect(statusOf(write('a', 1, [0, 5]), read('b', 0, [6, 7]))).toBe('broken');
  });

  it('a lost write: it was acknowledged, and its value never comes', () => {
    const history = [write('a', 1, [0, 5]), write('b', 2, [6, 7]), read('c', 1, [8, 9])];
    expect(statusOf(...history)).toBe('broken');
  });

  it('a swap that two clients win', () => {
    const won = { expected: 0, answer: 'written' } as const;
    const history = [
      swap('a', { ...won, value: 1 }, [0, 9]),
      swap('b', { ...won, value: 2 }, [1, 8]),
    ];
    expect(statusOf(...history)).toBe('broken');
  });

  it('a swap that fails although the value was there all the time', () => {
    expect(statusOf(swap('a', { expected: 0, value: 1, answer: 'kept' }, [0, 9]))).toBe('broken');
  });

  it('a read of what nobody wrote', () => {
    expect(statusOf(write('a', 1, [0, 5]), read('b', 7, [0, 9]))).toBe('broken');
  });

  it('a read of what was not yet written', () => {
    expect(statusOf(read('b', 1, [0, 4]), write('a', 1, [5, 9]))).toBe('broken');
  });

  it('reads that go back: a later reader sees the older value while the write is under way', () => {
    const history = [write('a', 1, [0, 20]), read('b', 1, [2, 4]), read('c', 0, [5, 7])];
    expect(statusOf(...history)).toBe('broken');
  });

  it('writes that two readers see in different orders', () => {
    const writes = [write('a', 1, [0, 2]), write('b', 2, [0, 2])];
    const one = [read('c', 1, [3, 4]), read('c', 2, [5, 6])];
    const other = [read('d', 2, [3, 4]), read('d', 1, [5, 6])];
    expect(statusOf(...writes, ...one)).toBe('broken');
    expect(statusOf(...writes, ...one, ...other)).toBe('broken');
  });

  it('a value that comes back after it was overwritten', () => {
    const history = [
      write('a', 1, [0, 1]),
      write('a', 2, [2, 3]),
      read('b', 2, [4, 5]),
      read('b', 1, [6, 7]),
    ];
    expect(statusOf(...history)).toBe('broken');
  });

  it('a write without an answer cannot be seen before it was called, nor come twice', () => {
    const lost = write('a', 1, [10, null]);
    expect(statusOf(read('b', 1, [0, 5]), lost)).toBe('broken');
    const twice = [read('b', 1, [11, 12]), write('b', 2, [13, 14]), read('b', 1, [15, 16])];
    expect(statusOf(lost, ...twice)).toBe('broken');
  });

  it('what happened at an unknown time must have a place', () => {
    const won = swap('a', { expected: 5, value: 6, answer: 'written' }, [0, 1]);
    expect(statusOf({ ...won, return: null }, write('b', 1, [2, 3]))).toBe('broken');
  });

  it('says how far it came, and what was stuck', () => {
    const history = [write('a', 1, [0, 5]), read('b', 1, [6, 7]), read('c', 0, [8, 9])];
    const { deepest } = search(history, registerModel(0)) as { deepest?: object };
    expect(deepest).toEqual({ order: [0, 1], stuck: 2, state: '1' });
  });
});

describe('linear: the budget', () => {
  const load = { operations: 2000, clients: 10, values: 5, lostShare: 0 };
  const long = (seed: number, other: Partial<typeof load> = {}): RegisterHistory =>
    happen(new SeededRandom(seed), { ...load, ...other });

  it('2,000 operations of 10 clients are judged in a few steps for each', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const verdict = search(long(seed), registerModel());
      expect(verdict.status).toBe('linearizable');
      expect(verdict.steps).toBeLessThan(200_000);
    }
  });

  it('one wrong read among 2,000 operations is found within a million steps', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const history = [...long(seed)];
      const at = history.findIndex(({ input }, place) => place > 1000 && input.kind === 'read');
      history[at] = { ...history[at]!, output: { kind: 'value', value: 'never written' } };
      const verdict = search(history, registerModel());
      expect(verdict).toMatchObject({ status: 'broken', deepest: { stuck: at } });
      expect(verdict.steps).toBeLessThan(1_000_000);
    }
  });

  it('answers that were lost cost more, and are affordable if they are few', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const history = long(seed, { operations: 300, lostShare: 0.02 });
      expect(search(history, registerModel()).status).toBe('linearizable');
    }
  });

  it('a search that has used up its steps, its memory or its time does not know', () => {
    const history = long(1);
    const judge = (budget: Partial<typeof defaultBudget>) =>
      search(history, registerModel(), { ...defaultBudget, ...budget }).status;
    expect(judge({ stepsMax: 50 })).toBe('unknown');
    expect(judge({ wordsMax: 100 })).toBe('unknown');
    expect(judge({ isOver: () => true })).toBe('unknown');
  });
});
