import { expect, test } from 'vitest';
import { readVariable, writeVariable } from './variable-value.ts';

test('variables: what is written and read again is the same', () => {
  for (const value of ['plain', '42', '"quoted"', 42, true, null, ['a'], { b: 1 }, '', '<b>']) {
    expect(readVariable(writeVariable(value)).value).toEqual(value);
  }
});

test('variables: a number that would lose digits is a text, wherever it stands', () => {
  for (const text of ['12345678901234567890', '{"id":[0.12345678901234567890]}', '1e400']) {
    expect(readVariable(text)).toEqual({ value: text, isText: true });
    expect(writeVariable(text)).toBe(text);
  }
  for (const text of ['1.10', '-0.5e-3', '1e21', '9007199254740991', '0', '"9007199254740993"']) {
    expect(readVariable(text).isText).toBe(false);
  }
});

test('variables: words are a text, and what reads as JSON is JSON', () => {
  expect(readVariable('hello')).toEqual({ value: 'hello', isText: true });
  expect(readVariable('42')).toEqual({ value: 42, isText: false });
});
