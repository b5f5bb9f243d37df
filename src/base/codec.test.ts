import { expect, test } from 'vitest';
import { decode, encode, encodeCompact, encodePieces } from './codec.ts';

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

test('codec: both forms say the same', () => {
  const shapes = Array.from({ length: 100 }, (_, at) =>
    Object.fromEntries(Array.from({ length: (at % 40) + 1 }, (_each, n) => [`f${at}_${n}`, n])),
  );
  const values: readonly unknown[] = [
    ...[null, 7, -1.5, 'text', [], {}, { none: undefined, null: null }],
    many(300),
    [...shapes, ...shapes.toReversed()],
    { list: [{ a: 1 }, { b: 2 }, { a: 3, b: { a: 4 } }], bytes: new Uint8Array([1, 2, 3]) },
    JSON.parse('[{ "constructor": 1, "a b": 2, "": 3, "7": 4 }, { "a b": 5, "\\u2028": 6 }]'),
    { spec: { tasks: Object.fromEntries(many(600).map((each, at) => [`k${at}`, each])) } },
  ];
  for (const value of values) {
    for (let again = 0; again < 5; again++) {
      expect(decode(encodeCompact(value))).toEqual(decode(encode(value)));
    }
  }
});

test('codec: the compact form of many objects that are alike is about half as long', () => {
  const rows = many(1_000).map((each) => ({ ...each, namespace: 'default', status: 'queued' }));
  expect(encodeCompact(rows).length).toBeLessThan(0.55 * encode(rows).length);
});
