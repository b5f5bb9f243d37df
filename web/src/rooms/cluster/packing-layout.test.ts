import { expect, test } from 'vitest';
import { fragmentation, hueOf, staircase } from './packing-layout.ts';

const node = { cpu: 4, memory: 8 };

test('packing: every attempt begins where the one before it ended, in both dimensions', () => {
  const blocks = staircase(
    [
      { id: 'small', cpu: 1, memory: 1 },
      { id: 'large', cpu: 2, memory: 4 },
    ],
    node,
  );
  expect(blocks.map(({ of }) => of.id)).toEqual(['large', 'small']);
  expect(blocks[0]).toMatchObject({ x: 0, y: 0, width: 0.5, height: 0.5 });
  expect(blocks[1]).toMatchObject({ x: 0.5, y: 0.5, width: 0.25, height: 0.125 });
});

test('packing: nothing leaves the square, whatever is asked of a node that has shrunk', () => {
  const asked = Array.from({ length: 50 }, (_, at) => ({ cpu: (at % 7) + 0.5, memory: at % 3 }));
  for (const { x, y, width, height } of staircase(asked, node)) {
    expect(x + width).toBeLessThanOrEqual(1);
    expect(y + height).toBeLessThanOrEqual(1);
    expect(Math.min(x, y, width, height)).toBeGreaterThanOrEqual(0);
  }
});

test('packing: what asks for no CPU on a node without any is a line, and no error', () => {
  expect(staircase([{ cpu: 0, memory: 0 }], { cpu: 0, memory: 0 })[0]).toMatchObject({
    width: 0,
    height: 0,
  });
});

test('packing: the largest piece is told, and how much of the rest is smaller', () => {
  const found = fragmentation([
    { node: 'a', cpu: 1, memory: 2, slots: 3 },
    { node: 'b', cpu: 3, memory: 1, slots: 3 },
  ]);
  expect(found.free).toEqual({ cpu: 4, memory: 3 });
  expect(found.largest?.node).toBe('b');
  expect(found.brokenPercent).toBe(25);
});

test('packing: a node without a slot, or without one of both, has no room at all', () => {
  const found = fragmentation([
    { node: 'a', cpu: 2, memory: 2, slots: 0 },
    { node: 'b', cpu: 0, memory: 9 },
  ]);
  expect(found).toEqual({ free: { cpu: 0, memory: 0 }, largest: undefined, brokenPercent: 0 });
});

test('packing: a DAG keeps its colour', () => {
  expect(hueOf('etl')).toBe(hueOf('etl'));
});
