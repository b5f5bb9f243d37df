import { expect, test } from 'vitest';
import { checkExpression, evaluate } from '../expression.ts';
import type { Json } from '../json.ts';
import { render } from '../template.ts';

const scope = { params: { list: [3, 1.5, 2], texts: ['b', 'a'], n: 7, none: [] } };

const evaluated = (text: string): Json => {
  expect(checkExpression(text, ['params'])).toEqual({ ok: true, value: undefined });
  const result = evaluate(text, scope);
  return result.ok ? result.value : `! ${result.error}`;
};

test.each<[string, Json]>([
  ['sum([1, 2, 3])', 6],
  ['params.list.sum()', 6.5],
  ['sum(params.none)', 0],
  ['sum(["a"])', '! sum(): takes a list of numbers, not text'],
  ['min(params.list)', 1.5],
  ['max(params.list)', 3],
  ['max(2, params.n)', 7],
  ['min("b", "a")', 'a'],
  ['min(1, "a")', '! min(): text < an int has no meaning'],
  ['max(params.none)', '! max(): the list is empty'],
  ['sort(params.list)', [1.5, 2, 3]],
  ['sort(params.texts).join()', 'ab'],
  ['sort([1, "a"])', '! sort(): takes a list of numbers, or of texts'],
  ['sort([10, 9, 1.0])', [1, 9, 10]],
  ['round(2.5)', 3],
  ['round(-2.5)', -3],
  ['round(params.n)', 7],
  ['round(1.005, 2)', 1.01],
  ['round(2, 2)', 2],
  ['round(1.5, 16)', '! round(): rounds to 0 to 15 digits'],
  ['round(1.0 / 0.0)', '! round(): Infinity cannot be rounded'],
  ['format(7, "%03d")', '007'],
  ['format(-7, "%04d")', '-007'],
  ['format(7, "%4d|")', '   7|'],
  ['format(2.345, "%.2f %%")', '2.35 %'],
  ['format(2, "%f")', '2.000000'],
  ['format(-1.5, "%06.2f")', '-01.50'],
  ['format(2.5, "%d")', '! format(): %d takes a whole number: round() it'],
  ['format(1, "%s")', '! format(): a pattern is as in "%d", "%03d" or "%.2f", with one % in it'],
  ['format(1, "%99d")', '! format(): a number is at most 64 wide'],
])('numbers: %s is %j', (text, expected) => {
  expect(evaluated(text)).toEqual(expected);
});

test('numbers: they are filters as well', () => {
  const text = 'part-{{ params.n | format("%03d") }} of {{ params.list | sum | round }}';
  expect(render(text, scope, 'text')).toEqual({ ok: true, value: 'part-007 of 7' });
});

test('numbers: what they cost goes with the list', () => {
  const long = { params: { list: Array.from({ length: 10_000 }, (_, at) => -at) } };
  expect(evaluate('params.list.sort().first()', long)).toEqual({ ok: true, value: -9_999 });
  const again = evaluate('params.list.map(x, sum(params.list)).size()', long);
  expect(again).toMatchObject({ ok: false, error: expect.stringContaining('costs too much') });
  const letters = { params: { list: Array.from({ length: 200 }, () => 'x'.repeat(10_000)) } };
  expect(evaluate('sort(params.list).size()', letters)).toMatchObject({ ok: false });
});
