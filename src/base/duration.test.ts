import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMsMax, formatDuration, formatSize, parseDuration, parseSize } from './duration.ts';

const parsed = <T>(result: { readonly ok: boolean; readonly value?: T }) => result.value;

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['2d', 172_800_000],
    ['1.5h', 5_400_000],
    ['1m1ms', 60_001],
  ])('%s is %i milliseconds', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: ms });
  });

  it.each(['', '5', '5 s', '-5s', '1e3s', 's', '5M', '1h 30m', '3651d', `${'1s'.repeat(40)}`])(
    '"%s" is refused',
    (text) => expect(parseDuration(text).ok).toBe(false),
  );

  it('what is written in units comes back exactly', () => {
    const parts = fc.record({ d: fc.nat(9), h: fc.nat(23), m: fc.nat(59), s: fc.nat(59) });
    fc.assert(
      fc.property(parts, fc.nat(999), ({ d, h, m, s }, ms) => {
        const total = (((d * 24 + h) * 60 + m) * 60 + s) * 1000 + ms;
        expect(parsed(parseDuration(`${d}d${h}h${m}m${s}s${ms}ms`))).toBe(total);
      }),
    );
  });

  it('what is shown is a duration again, and off by less than one part in twenty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: durationMsMax }), (ms) => {
        const shown = parsed(parseDuration(formatDuration(ms))) ?? Number.NaN;
        expect(Math.abs(shown - ms)).toBeLessThanOrEqual(ms / 20);
      }),
    );
  });
});

describe('sizes', () => {
  it.each([
    ['512Mi', 2 ** 29],
    ['1Gi', 2 ** 30],
    ['64KiB', 65_536],
    ['1.5G', 1.5e9],
    ['7', 7],
    ['7B', 7],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each(['', '-1', '1 Gi', '1gi', '1X', 'Gi', '1e3'])('"%s" is refused', (text) => {
    expect(parseSize(text).ok).toBe(false);
  });

  it('whole units come back exactly', () => {
    const unit = fc.constantFrom(1, 2 ** 10, 2 ** 20, 2 ** 30, 2 ** 40);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1023 }), unit, (amount, factor) => {
        expect(parsed(parseSize(formatSize(amount * factor)))).toBe(amount * factor);
      }),
    );
  });
});
