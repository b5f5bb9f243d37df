import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';

describe('heap', () => {
  it('whatever the mix of pushes and pops, the smallest leaves first', () => {
    const step = fc.oneof(fc.integer(), fc.constant('pop' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new Heap<number>((left, right) => left < right);
        const model: number[] = [];
        for (const each of steps) {
          if (each === 'pop') expect(heap.pop()).toBe(model.shift());
          else {
            heap.push(each);
            model.push(each);
            model.sort((left, right) => left - right);
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()).toBe(model[0]);
        }
      }),
    );
  });

  it('is empty after clear', () => {
    const heap = new Heap<number>((left, right) => left < right);
    heap.push(1);
    heap.clear();
    expect(heap.pop()).toBeUndefined();
    expect(heap.size).toBe(0);
  });
});
