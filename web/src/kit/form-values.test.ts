import { expect, test } from 'vitest';
import { parseValue, parseValues, valueText } from './form-values.ts';

const spec = (type: string, choices: readonly string[] | null = null) => ({
  ...{ type, default: null, enum: choices },
});

test('form values: a text is taken as its type says, and nothing is made of nothing', () => {
  expect(parseValue(spec('integer'), '42')).toEqual({ ok: true, value: 42 });
  expect(parseValue(spec('integer'), 'x')).toEqual({ ok: false, why: 'notNumber' });
  expect(parseValue(spec('boolean'), 'false')).toEqual({ ok: true, value: false });
  expect(parseValue(spec('array'), '[1,2]')).toEqual({ ok: true, value: [1, 2] });
  expect(parseValue(spec('object'), '{')).toEqual({ ok: false, why: 'notJson' });
  expect(parseValue(spec('string'), '')).toEqual({ ok: true, value: undefined });
  expect(parseValue(spec('string', ['a', 'b']), 'b')).toEqual({ ok: true, value: 'b' });
});

test('form values: markup is a text like any other', () => {
  const text = '<script>alert(1)</script>';
  expect(parseValue(spec('string'), text)).toEqual({ ok: true, value: text });
});

test('form values: one field that cannot be read holds back all of them', () => {
  const specs = { a: spec('integer'), b: spec('string') };
  expect(parseValues(specs, { a: '1', b: 'x' })).toEqual({ a: 1, b: 'x' });
  expect(parseValues(specs, { a: '?', b: 'x' })).toBeUndefined();
});

test('form values: a default stands in the field as it would be typed', () => {
  expect(valueText({ type: 'array', default: [1], enum: null })).toBe('[1]');
  expect(valueText({ type: 'string', default: 'a b', enum: null })).toBe('a b');
});
