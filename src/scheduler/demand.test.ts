/** What makes two demands the same. */
import { describe, expect, it } from 'vitest';
import { plainTask } from '../model/testing/plain-specs.ts';
import { type Asking, demandOf } from './demand.ts';

const keyOf = (differs: Partial<Asking>) => demandOf(plainTask(differs), {}).key;

describe('the demand of a task', () => {
  it('is made once', () => {
    const task = plainTask();
    expect(demandOf(task, {})).toBe(demandOf(task, { placement: 'pack' }));
  });

  it('is another one in a DAG that spreads its tasks', () => {
    const task = plainTask();
    const [packed, spread] = [demandOf(task, {}), demandOf(task, { placement: 'spread' })];
    expect([packed.spread, spread.spread]).toEqual([false, true]);
    expect(spread.key).not.toBe(packed.key);
    expect(spread.wishesKey).toBe(packed.wishesKey);
  });

  it('has the same key whatever the order in which things are said', () => {
    const one = {
      resources: { cpu: 1, memory: 2 },
      labels: { a: '1', b: '2' },
      affinity: { require: { zone: ['x', 'y'] } },
      tolerations: [
        { key: 'k', value: null },
        { key: 'l', value: '' },
      ],
    };
    const other = {
      resources: { memory: 2, gpu: 0, cpu: 1 },
      labels: { b: '2', a: '1' },
      affinity: { require: { zone: ['y', 'x'] } },
      tolerations: [
        { key: 'l', value: '' },
        { key: 'k', value: null },
      ],
    };
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it('differs in its key by everything that it asks for', () => {
    const asked: Partial<Asking>[] = [
      {},
      { resources: { slots: 2 } },
      { labels: { zone: 'a' } },
      { nodePool: 'batch' },
      { queue: 'batch' },
      { tolerations: [{ key: 'zone', value: 'a' }] },
      { tolerations: [{ key: 'zone', value: null }] },
      { affinity: { require: { zone: ['a'] } } },
      { affinity: { forbid: { zone: ['a'] } } },
      { affinity: { prefer: { zone: ['a'] } } },
    ];
    expect(new Set(asked.map(keyOf)).size).toBe(asked.length);
  });
});
