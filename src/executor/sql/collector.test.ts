import { expect, test } from 'vitest';
import { outputBytesMax } from '../../model/output.ts';
import { Collector } from './collector.ts';

const quiet = (): void => {};

test('collector: rows as they came, those of the last statement alone', () => {
  const collector = new Collector(10, quiet);
  collector.take({ a: 1 });
  collector.restart();
  collector.take({ b: null });
  collector.take({ b: 'ü' });
  expect(JSON.parse(collector.outputText(2))).toEqual({
    rows: [{ b: null }, { b: 'ü' }],
    rowCount: 2,
  });
});

test('collector: rows and bytes have their limits, told once', () => {
  const told: string[] = [];
  const rows = new Collector(2, (why) => told.push(why));
  for (let n = 0; n < 5; n++) rows.take({ n });
  expect(told).toEqual(['it gives more than 2 rows: add a LIMIT, or say `maxRows`']);
  const bytes = new Collector(1_000_000, quiet);
  const text = 'ü'.repeat(500);
  let taken = 0;
  for (; bytes.why === undefined; taken++) bytes.take({ text });
  expect(taken).toBeLessThanOrEqual(outputBytesMax / 1000);
});

test('collector: what fits makes an output that is allowed', () => {
  const collector = new Collector(1_000_000, quiet);
  const row = { text: 'x'.repeat(100) };
  const bytes = JSON.stringify(row).length + 1;
  for (let n = 0; n < Math.floor((outputBytesMax - 64) / bytes); n++) collector.take(row);
  expect(collector.why).toBeUndefined();
  expect(Buffer.byteLength(collector.outputText(999_999))).toBeLessThanOrEqual(outputBytesMax);
});
