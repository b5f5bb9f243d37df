import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clipEnd, clipStart, errorBytesMax, errorText } from './error-text.ts';

const bytesOf = (text: string): number => Buffer.byteLength(text);

describe('error text', () => {
  test('is a sentence, and below it the end of stderr', () => {
    const text = errorText('ended with exit code 1', Buffer.from('one\ntwo\n'));
    expect(text).toBe('ended with exit code 1\none\ntwo');
    expect(errorText('ended with exit code 1', Buffer.from(' \n'))).toBe('ended with exit code 1');
  });

  test('keeps the last whole lines of a long stderr', () => {
    const lines = Array.from({ length: 1000 }, (_, number) => `line ${number}`).join('\n');
    const [sentence, first, ...rest] = errorText('failed', Buffer.from(lines)).split('\n');
    expect(sentence).toBe('failed');
    expect(first).toMatch(/^line \d+$/);
    expect(rest.at(-1)).toBe('line 999');
  });

  test('is at most 4 KiB of valid UTF-8, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ maxLength: 9000 }),
        (...given) => {
          const text = errorText(...given);
          expect(bytesOf(text)).toBeLessThanOrEqual(errorBytesMax);
          expect(text).not.toMatch(/\p{Surrogate}/u);
        },
      ),
    );
  });

  test('clipping never splits a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, bytesMax) => {
        expect(text.startsWith(clipEnd(text, bytesMax))).toBe(true);
        expect(text.endsWith(clipStart(text, bytesMax))).toBe(true);
        expect(bytesOf(clipEnd(text, bytesMax))).toBeLessThanOrEqual(bytesMax);
        expect(bytesOf(clipStart(text, bytesMax))).toBeLessThanOrEqual(bytesMax);
      }),
    );
  });
});
