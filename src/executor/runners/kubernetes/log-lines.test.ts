import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareStamps, LogLines } from './log-lines.ts';

const stamp = (at: number): string => `2026-11-21T18:39:30.${String(at).padStart(9, '0')}Z`;

const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const ends = [...places.map((at) => at % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  return ends.map((end) => {
    const part = bytes.subarray(from, end);
    from = end;
    return part;
  });
};

const line = fc.string({ unit: fc.constantFrom('a', ' ', 'é', '0', ':'), maxLength: 30 });

/** Lines of a log; every third has the stamp of the one before. */
const encoded = (lines: readonly string[]): Uint8Array =>
  new TextEncoder().encode(
    lines.map((text, at) => `${stamp(at - (at % 3 === 2 ? 1 : 0))} ${text}\n`).join(''),
  );

test('kubernetes log: stamps are taken off, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(), { maxLength: 8 }), (lines, places) => {
      const reader = new LogLines();
      const parts = cutAt(encoded(lines), places).flatMap((chunk) => reader.split(chunk));
      expect(Buffer.concat(parts).toString()).toBe(lines.map((text) => `${text}\n`).join(''));
    }),
  );
});

test('kubernetes log: a stream that breaks off anywhere goes on where it was', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(), { maxLength: 4 }), (lines, places) => {
      const bytes = encoded(lines);
      const parts: Uint8Array[] = [];
      let place: LogLines['place'];
      // Each time the server begins again with the second of the last stamp: here, at the start.
      for (const end of [...places.map((at) => at % (bytes.length + 1)), bytes.length]) {
        const reader = new LogLines(place);
        parts.push(...reader.split(bytes.subarray(0, end)));
        place = reader.place;
      }
      expect(Buffer.concat(parts).toString()).toBe(lines.map((text) => `${text}\n`).join(''));
    }),
  );
});

test('kubernetes log: a stamp may leave zeros at its end out', () => {
  expect(compareStamps('2026-11-21T18:39:30.12Z', '2026-11-21T18:39:30.119999999Z')).toBe(1);
  expect(compareStamps('2026-11-21T18:39:30Z', '2026-11-21T18:39:30.000Z')).toBe(0);
  expect(compareStamps('2026-11-21T18:39:29.9Z', '2026-11-21T18:39:30Z')).toBe(-1);
});
