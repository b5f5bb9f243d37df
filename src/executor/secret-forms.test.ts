import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mask, maskBytes, maskedLengthMin, maskText, secretForms } from './secret-forms.ts';

const forms = (...secrets: string[]): readonly string[] => secretForms(secrets) ?? [];

test('secret forms: a secret, and how JSON, addresses and base64 write it', () => {
  const secret = 'a "b"/ü&c';
  const text = [
    ...[secret, JSON.stringify({ secret }), '"a \\"b\\"/\\u00fc&c"'],
    ...[encodeURIComponent(secret), Buffer.from(secret).toString('base64')],
  ].join(' | ');
  expect(maskText(text, forms(secret))).toBe(
    [mask, `{"secret":"${mask}"}`, `"${mask}"`, mask, `${mask}==`].join(' | '),
  );
});

test('secret forms: lines of a key are hidden one by one, and short texts are not', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nab\n-----END KEY-----';
  expect(maskText('x MIIEvQIBADANBg ab', forms(key))).toBe(`x ${mask} ab`);
  expect(forms('abc')).toEqual([]);
  expect(maskText('one password, one pass', forms('pass', 'password'))).toBe(
    `one ${mask}, one ${mask}`,
  );
});

test('secret forms: more than can be looked for are refused, and none is too long', () => {
  expect(secretForms(Array.from({ length: 200 }, (_, n) => `secret number ${n}`))).toBeUndefined();
  expect(forms('ü'.repeat(16 * 1024)).every((form) => Buffer.byteLength(form) <= 65_536)).toBe(
    true,
  );
});

test('secret forms: nothing of a form is left in text or bytes, wherever bytes begin', () => {
  const secret = fc.string({ minLength: 6, maxLength: 20, unit: 'binary' });
  fc.assert(
    fc.property(secret, fc.string(), fc.nat({ max: 25 }), (hidden, around, cut) => {
      fc.pre(!mask.includes(hidden.slice(0, 1)) && !around.includes(hidden.slice(0, 2)));
      const all = forms(hidden);
      expect(maskText(around + hidden + around, all)).not.toContain(hidden);
      const bytes = Buffer.from(hidden + around);
      const masked = Buffer.from(maskBytes(bytes.subarray(0), all));
      expect(masked.includes(hidden)).toBe(false);
      const cutBytes = Buffer.from(hidden).subarray(cut);
      if (cutBytes.length >= maskedLengthMin * 4) {
        expect(Buffer.from(maskBytes(cutBytes, all)).includes(cutBytes)).toBe(false);
      }
    }),
  );
});
