import { describe, expect, it } from 'vitest';
import { present } from '../../base/assert.ts';
import { parse } from './cel.ts';
import type { Syntax } from './syntax.ts';
import { isNeverBool, usesOf } from './uses.ts';

function read(text: string): Syntax {
  const syntax = parse(text);
  return present(syntax.ok ? syntax.value : undefined, `${text} can be read`);
}

const paths = (text: string): readonly string[] =>
  usesOf(read(text)).map(({ path, comparedWith }) => [path.join('.'), ...comparedWith].join(' '));

describe('uses', () => {
  it.each([
    ['params.a > 1 && has(run.id)', ['params.a', 'run.id']],
    ['tasks["a.b"].state == "success"', ['tasks.a.b.state success']],
    ['"failed" != tasks.a.state', ['tasks.a.state failed']],
    ['tasks.a.state in ["failed", "skipped"]', ['tasks.a.state failed skipped']],
    ['tasks.a.state in [params.x, "skipped"]', ['tasks.a.state', 'params.x']],
    ['params[ds].b + tasks[params.t].state', ['params.t']],
    ['params.list.map(run, run.id + task.id)', ['params.list', 'task.id']],
    ['ds + "x"', []],
  ] as const)('%s reads %j', (text, expected) => {
    expect(paths(text)).toEqual(expected);
  });
});

describe('never true or false', () => {
  const isNever = (text: string): boolean =>
    isNeverBool(read(text), (path) => path.join('.') === 'run.id');

  it.each([
    ...['"yes"', '1 + 2', '[true]', '{"a": true}', 'params.l.map(x, x)', 'upper(params.a)'],
    ...['run.id', 'params.a ? 1 : 2', 'size(params.a)', '-1', 'null'],
  ])('%s', (text) => {
    expect(isNever(text)).toBe(true);
  });

  it.each([
    ...['true', 'params.a', 'a.all(x, x)', 'default(params.a, 1)', 'bool(params.a)', '1 in [1]'],
    ...['params.a ? true : 2', '!params.a', 'has(a.b)', 'first(params.l)', 'a && b'],
  ])('not so: %s', (text) => {
    expect(isNever(text)).toBe(false);
  });
});
