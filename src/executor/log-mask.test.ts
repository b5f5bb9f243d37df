import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogMask } from './log-mask.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The stream in these pieces, through one mask. */
function masked(secrets: readonly string[], pieces: readonly string[]): string {
  const mask = new LogMask(secrets.map(bytesOf));
  const longest = Math.max(0, ...secrets.map((secret) => bytesOf(secret).length));
  const shown = pieces.map((piece) => {
    const bytes = Buffer.from(mask.push(bytesOf(piece)));
    expect(mask.heldBytes).toBeLessThanOrEqual(Math.max(0, longest - 1));
    return bytes;
  });
  return Buffer.concat([...shown, mask.end()]).toString();
}

test('mask: secrets are hidden, also across the borders of pieces', () => {
  expect(masked(['hunter2'], ['the password is hunter2.\n'])).toBe('the password is ***.\n');
  expect(masked(['hunter2'], ['x hun', 'ter', '2 y'])).toBe('x *** y');
  expect(masked(['hunter2'], ['hunter', 'hunter2hunter'])).toBe('hunter***hunter');
});

test('mask: of two secrets at one place the longer one counts', () => {
  expect(masked(['pass', 'password'], ['my password, my pass'])).toBe('my ***, my ***');
  expect(masked(['pass', 'password'], ['my passw', 'ort'])).toBe('my ***wort');
});

test('mask: of two that overlap the first one counts', () => {
  expect(masked(['abc', 'bcd'], ['xabcdx'])).toBe('x***dx');
});

test('mask: secrets are bytes, whatever they encode', () => {
  expect(masked(['grün'], ['so gr', 'ün!'])).toBe('so ***!');
  expect(masked(['a\nb'], ['a', '\n', 'b'])).toBe('***');
  const mask = new LogMask([Uint8Array.of(0xff, 0x00, 0xfe)]);
  const shown = [...mask.push(Uint8Array.of(1, 0xff, 0x00)), ...mask.push(Uint8Array.of(0xfe, 2))];
  expect(shown).toEqual([1, 42, 42, 42, 2]);
});

test('mask: no secrets, or empty ones, change nothing', () => {
  expect(masked([], ['as ', 'it is'])).toBe('as it is');
  expect(masked([''], ['as ', 'it is'])).toBe('as it is');
});

/** Few letters, so that secrets overlap, nest and nearly match all the time. */
const word = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength, maxLength });

test('mask: how a stream is cut makes no difference, and nothing secret is left', () => {
  fc.assert(
    fc.property(
      fc.array(word(1, 6), { maxLength: 4 }),
      fc.array(word(0, 8), { maxLength: 12 }),
      (secrets, pieces) => {
        const whole = masked(secrets, [pieces.join('')]);
        expect(masked(secrets, pieces)).toBe(whole);
        expect(masked(secrets, [...pieces.join('')])).toBe(whole);
        for (const secret of secrets) expect(whole).not.toContain(secret);
        if (!secrets.some((secret) => pieces.join('').includes(secret))) {
          expect(whole).toBe(pieces.join(''));
        }
      },
    ),
  );
});
