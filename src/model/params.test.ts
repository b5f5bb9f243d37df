import { expect, test } from 'vitest';
import type { ParamSpec } from './dag.ts';
import type { Json } from './json.ts';
import { paramMismatch, resolveParams } from './params.ts';

const wrong = (said: Partial<ParamSpec> & Pick<ParamSpec, 'type'>, value: Json) =>
  paramMismatch({ default: null, enum: null, ...said }, value);

test('params: every type takes its values and no others', () => {
  const good: readonly (readonly [ParamSpec['type'], readonly Json[], readonly Json[]])[] = [
    ['string', ['', 'x'], [1, true, []]],
    ['number', [0, -1.5], ['1', true]],
    ['integer', [0, 5], [1.5, '5']],
    ['boolean', [true, false], ['true', 0]],
    ['date', ['2026-01-31'], ['2026-02-30', '2026-1-31', '2026-01-31T00:00Z', 5]],
    ['datetime', ['2026-01-31T03:00:00+08:00', '2026-01-31'], ['3 o’clock', '', 7]],
    ['array', [[], [1, 'a']], [{}, 'a']],
    ['object', [{}, { a: [1] }], [[], 'a']],
  ];
  for (const [type, takes, refuses] of good) {
    for (const value of takes) expect(wrong({ type }, value)).toBeUndefined();
    for (const value of refuses) expect(wrong({ type }, value)).toContain('must be');
  }
});

test('params: numbers have a range, texts and lists a length', () => {
  expect(wrong({ type: 'integer', minimum: 1, maximum: 3 }, 1)).toBeUndefined();
  expect(wrong({ type: 'integer', minimum: 1 }, 0)).toBe('must be at least 1, not 0');
  expect(wrong({ type: 'number', maximum: 3 }, 3.5)).toBe('must be at most 3, not 3.5');
  expect(wrong({ type: 'string', maxLength: 2 }, '🙂🙂')).toBeUndefined();
  expect(wrong({ type: 'string', maxLength: 2 }, 'abc')).toBe(
    'must have at most 2 characters, not 3',
  );
  expect(wrong({ type: 'array', minLength: 1 }, [])).toBe('must have at least 1 elements, not 0');
});

test('params: a pattern is for the whole text, and takes linear time', () => {
  expect(wrong({ type: 'string', pattern: 'a|b' }, 'a')).toBeUndefined();
  expect(wrong({ type: 'string', pattern: 'a|b' }, 'ab')).toContain('must match a|b');
  const hostile = 'a'.repeat(10_000);
  expect(wrong({ type: 'string', pattern: '(a+)+$' }, `${hostile}!`)).toContain('must match');
});

test('params: given ones over defaults, unknown and missing ones are refused', () => {
  const params = {
    env: { type: 'string', default: 'prod', enum: ['dev', 'prod'] },
    day: { type: 'date', default: null, enum: null },
  } as const;
  expect(resolveParams({ params }, { day: '2026-01-31' })).toEqual({
    ok: true,
    value: { env: 'prod', day: '2026-01-31' },
  });
  const refusal = (given: Record<string, Json>): string => {
    const resolved = resolveParams({ params }, given);
    return resolved.ok ? '' : resolved.error.detail;
  };
  expect(refusal({})).toBe('param day must be given');
  expect(refusal({ day: null })).toBe('param day must be given');
  expect(refusal({ dya: 1 })).toBe('unknown param dya; the DAG declares: env, day');
  expect(refusal({ day: '2026-01-31', env: 'x' })).toBe(
    'param env must be one of dev, prod, not "x"',
  );
  expect(refusal({ constructor: 1 })).toContain('unknown param constructor');
});

test('params: null is a value of those that say so, and of no others', () => {
  const plain: ParamSpec = { type: 'integer', default: null, enum: null };
  const nullable: ParamSpec = { ...plain, nullable: true };
  expect(resolveParams({ params: { n: nullable } }, {})).toEqual({ ok: true, value: { n: null } });
  expect(resolveParams({ params: { n: nullable } }, { n: null }).ok).toBe(true);
  expect(resolveParams({ params: { n: nullable } }, { n: 'x' }).ok).toBe(false);
  expect(resolveParams({ params: { n: plain } }, { n: null }).ok).toBe(false);
});

test('law 12: the params of one run have a size together, whatever each of them has', () => {
  const text: ParamSpec = { type: 'string', default: '', enum: null };
  const params = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, text]));
  const given = (length: number) => ({ a: 'x'.repeat(length), b: 'ä'.repeat(length / 2) });
  expect(resolveParams({ params }, given(8_000)).ok).toBe(true);
  expect(resolveParams({ params }, given(9_000))).toMatchObject({
    error: { code: 'PARAM_INVALID', detail: expect.stringContaining('at most 16384 are allowed') },
  });
});
