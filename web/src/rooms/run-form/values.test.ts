import { expect, it } from 'vitest';
import type { ParamSpec } from '../../../../src/model/dag.ts';
import { fieldsOf, givenBy, paramNamed, parsed } from './values.ts';

const of = (type: ParamSpec['type'], more: Partial<ParamSpec> = {}): ParamSpec => ({
  ...{ type, default: null, enum: null },
  ...more,
});
const params = {
  name: of('string', { default: 'ada' }),
  times: of('integer', { default: 3 }),
  loud: of('boolean', { default: false }),
  day: of('date'),
  sizes: of('array', { default: [] }),
};

it('run form: fields begin with the defaults, or with what an earlier run was given', () => {
  expect(fieldsOf(params)).toEqual({ name: 'ada', times: '3', loud: false, day: '', sizes: '[]' });
  const earlier = { times: 5, loud: true, sizes: [1], gone: 'x' };
  expect(fieldsOf(params, earlier)).toMatchObject({ times: '5', loud: true, sizes: '[\n 1\n]' });
});

it('run form: only what differs from the defaults is sent', () => {
  expect(givenBy(params, fieldsOf(params))).toEqual({ params: {}, wrong: {} });
  const fields = { name: '', times: ' 4 ', loud: true, day: '2026-02-28', sizes: '[1, "b"]' };
  expect(givenBy(params, fields).params).toEqual({
    ...{ name: '', times: 4, loud: true, day: '2026-02-28', sizes: [1, 'b'] },
  });
});

it('run form: what is no number or no JSON is not sent', () => {
  const fields = { ...fieldsOf(params), times: 'many', sizes: '[1' };
  expect(givenBy(params, fields)).toEqual({
    params: {},
    wrong: { times: 'number', sizes: 'json' },
  });
});

it('run form: an empty field says nothing, but for a text that has a default', () => {
  expect(parsed(of('integer'), '')).toEqual({ kind: 'none' });
  expect(parsed(of('string'), '')).toEqual({ kind: 'none' });
  expect(parsed(of('string', { default: 'x' }), '')).toEqual({ kind: 'value', value: '' });
});

it('run form: a refusal of the node is put to the field that it names', () => {
  expect(paramNamed('param times must be at most 5, not 9', ['times'])).toBe('times');
  expect(paramNamed('param other must be given', ['times'])).toBeUndefined();
  expect(paramNamed('the params have 9 bytes', ['times'])).toBeUndefined();
});
