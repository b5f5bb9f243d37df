import { expect, test } from 'vitest';
import { encode, encodePieces } from './codec.ts';

const joined = (value: unknown, levels: number): Uint8Array =>
  Buffer.concat([...encodePieces(value, levels)]);

const many = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, at) => ({ id: `t${at}`, at, more: [at, null, 'x'] }));

test('codec: pieces are the bytes of the whole, whatever the depth', () => {
  const values: readonly unknown[] = [
    ...[null, 7, 'text', [], {}, [1, 2, 3]],
    many(15),
    many(16),
    many(300),
    { run: { id: 'r' }, tasks: many(700), outputs: [], none: null },
    { spec: { tasks: Object.fromEntries(many(600).map((each, at) => [`k${at}`, each])) } },
    Array.from({ length: 70_000 }, (_, at) => at % 3),
  ];
  for (const value of values) {
    const whole = Buffer.from(encode(value));
    for (const levels of [0, 1, 2, 3, 4]) {
      expect(whole.equals(joined(value, levels))).toBe(true);
    }
  }
});

test('codec: a large value comes in many pieces, a small one in few', () => {
  expect([...encodePieces({ tasks: many(1_024) }, 2)].length).toBe(3 + 4);
  expect([...encodePieces('text', 3)].length).toBe(1);
});
