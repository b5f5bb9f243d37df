import { expect, test } from 'vitest';
import { readVariable, writeVariable } from './variable-value.ts';

test('variables: what is written and read again is the same', () => {
  for (const value of ['plain', '42', '"quoted"', 42, true, null, ['a'], { b: 1 }, '', '<b>']) {
    expect(readVariable(writeVariable(value)).value).toEqual(value);
  }
});

test('variables: words are a text, and what reads as JSON is JSON', () => {
  expect(readVariable('hello')).toEqual({ value: 'hello', isText: true });
  expect(readVariable('42')).toEqual({ value: 42, isText: false });
});
