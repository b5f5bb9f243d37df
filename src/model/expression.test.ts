import { expect, test } from 'vitest';
import { checkExpression, evaluate, evaluateBoolean, mentionedTasks } from './expression.ts';
import type { Json } from './json.ts';
import { scopeNames } from './scope.ts';

const scope: Record<string, Json> = {
  params: { n: 3, half: 2.5, whole: 2, name: 'bob', list: [1, 2, 3], nested: { a: { b: null } } },
  tasks: { extract: { state: 'success', output: { rows: 7 } } },
  ds: '2026-11-21',
};

const evaluated = (text: string): Json => {
  const result = evaluate(text, scope);
  return result.ok ? result.value : `! ${result.error}`;
};

test.each<[string, Json]>([
  ['params.n + 1', 4],
  ['params.n / 2', 1],
  ['-params.n % 2', -1],
  ['params.n / 2.0', 1.5],
  ['params.half * params.n', 7.5],
  ['params.whole + 0.5', 2.5],
  ['[2.0].map(x, x / 4)', [0.5]],
  ['[2].map(x, x / 4)', [0]],
  ['1 == 1.0', true],
  ['params.n in params.list', true],
  ['3.0 in params.list', true],
  ['"n" in params', true],
  ['9007199254740993 > 9007199254740992.0', true],
  ['"a" < "b" && false < true && 1 < 1.5', true],
  ['[1, [2.0]] == [1.0, [2]]', true],
  ['{"a": 1} == {"a": 1.0}', true],
  ['{"a": 1} != {"b": 1}', true],
  ['null == false', false],
  ['params.n > 2 ? "big" : "small"', 'big'],
  ['"a" + "b"', 'ab'],
  ['[1] + ["a", null]', [1, 'a', null]],
  ['{"a": {"b": [1]}, string(1): 2.5}', { a: { b: [1] }, 1: 2.5 }],
  ['params["na" + "me"]', 'bob'],
  ['params.list[params.n - 1]', 3],
  ['has(params.n) && !has(params.gone) && !has(params.gone.deeper)', true],
  ['params.gone > 1 || true', true],
  ['false && params.gone > 1', false],
  ['params.list.all(x, x > 0)', true],
  ['params.list.exists(x, x.gone == 1 || x == 2)', true],
  ['params.list.exists_one(x, x > 2)', true],
  ['params.list.filter(x, x != 2).map(y, y * 10)', [10, 30]],
  ['params.list.map(x, x > 1, x + 1)', [3, 4]],
  [
    'params.list.map(x, params.list.map(y, x * y))',
    [
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ],
  ],
  ['params.list.map(x, [x].map(x, x + 1)[0] + x)', [3, 5, 7]],
  ['params.exists(key, key == "name")', true],
  ['size("aé😀") + size([1]) + size({"a": 1})', 5],
  ['default(params.gone, 4)', 4],
  ['default(params.nested.a.b, "null is nothing")', 'null is nothing'],
  ['default(params.nested.a.b.c.d, "neither is what null has")', 'neither is what null has'],
  ['"a-b-c".split("-").join("+")', 'a+b+c'],
  ['"banana".replace("an", "AN")', 'bANANa'],
  ['"banana".replace("", "-")', 'b-a-n-a-n-a'],
  ['"banana".indexOf("an", 2) + "banana".lastIndexOf("an")', 6],
  ['"banana".substring(1, 3) + "banana".substring(4)', 'anna'],
  ['" x ".trim().upper().lower()', 'x'],
  ['"straße".upperAscii()', 'STRAßE'],
  ['"ab".startsWith("a") && "ab".endsWith("b") && "ab".contains("ab")', true],
  ['re_match("backup-2026.tar", "^backup-[0-9]+")', true],
  [
    'string(1) + string(1.5) + string(true) + string(9223372036854775807)',
    '11.5true9223372036854775807',
  ],
  ['[int("7"), int(2.9), int(-2.9), double("1e3"), bool("true")]', [7, 2, -2, 1000, true]],
  ['range(3)', [0, 1, 2]],
  ['keys({"a": 1, "b": 2})', ['a', 'b']],
  ['json({"a": [1, 2.5, null]})', '{"a":[1,2.5,null]}'],
  ['ds_add(ds, -21) + " " + ds.ds_format("%j")', '2026-10-31 325'],
  ['epoch("2026-11-21") - epoch("2026-11-20T23:00:00Z")', 3600],
  ['// why\n1 + // because\n1', 2],
])('expression: %s gives %j', (text, expected) => {
  expect(evaluated(text)).toEqual(expected);
});

test.each([
  ['params.gone', 'params has no "gone"'],
  ['params.gone.deeper', 'params has no "gone"'],
  ['params.list[3]', 'params.list has 3 elements, and none at 3'],
  ['params.list[-1]', 'and none at -1'],
  ['params.name.first', 'params.name is text'],
  ['params.nested.a.b.c', 'params.nested.a.b is null'],
  ['params.list["0"]', 'params.list is a list'],
  ['nobody', 'there is no nobody here'],
  ['1 / 0', 'division by zero'],
  ['1 % 0', 'division by zero'],
  ['1.0 / 0.0', 'Infinity is not a number'],
  ['9223372036854775807 + 1', 'does not fit in an int'],
  ['-(-9223372036854775807 - 1)', 'does not fit in an int'],
  ['99999999999999999999', 'does not fit in an int'],
  ['9007199254740993', 'too large for a number in JSON'],
  ['"a" + 1', 'write string(…) around it'],
  ['"a" < 1', 'text < an int has no meaning'],
  ['"a" in "abc"', 'write text.contains(part)'],
  ['params.name && true', 'each side of && is true or false, not text'],
  ['params.n ? 1 : 2', 'the condition before ? is true or false, not an int'],
  ['!params.n', 'not an int'],
  ['-params.name', 'text has no negative'],
  ['params.list.all(x, x)', 'a condition is true or false, not an int'],
  ['params.n.all(x, true)', 'a loop goes over a list or a map, not an int'],
  ['int("0x10")', 'int(): makes no int of "0x10"'],
  ['int("99999999999999999999")', 'makes no int'],
  ['double("")', 'makes no double'],
  ['bool("yes")', 'makes no bool'],
  ['first([])', 'first(): the list is empty'],
  ['"abc".substring(2, 1)', 'positions are out of range'],
  ['range(10001)', 'goes from 0 to 10000'],
  ['upper(1)', 'upper(): takes text, not an int'],
  ['upper()', 'upper() takes 1 values, and here are 0'],
  ['tz(ds, "Mars/Olympus")', 'is no time zone'],
  ['start_of(ds, "decade")', 'knows the units'],
  ['add(ds, "2 hours")', 'is not a duration'],
  ['format_date(ds, "%Q")', 'a letter is unknown'],
  ['ds_add("yesterday", 1)', 'is no instant'],
  ['ds_add(ds, 9223372036854775807)', 'years go from 100 to 9999'],
  ['"a".matches("a")', 're_match(text, pattern)'],
  ['re_match("a", "(")', 'is not a pattern'],
  ['{"a": 1}["a"', 'Expected RBRACKET'],
  ['', 'Unexpected token'],
])('expression: %s is an error that says %s', (text, expected) => {
  const result = evaluate(text, scope);
  expect(result.ok ? result.value : result.error).toContain(expected);
  expect(result.ok).toBe(false);
});

test('expression: a condition is a bool, and nothing that resembles one', () => {
  expect(evaluateBoolean('params.n > 2', scope)).toEqual({ ok: true, value: true });
  for (const text of ['params.n', '"true"', 'null', '[]', 'params.gone']) {
    expect(evaluateBoolean(text, scope)).toMatchObject({ ok: false });
  }
  expect(evaluateBoolean('params.n', scope)).toEqual({
    ok: false,
    error: 'a condition is true or false, and this one gives an int',
  });
});

test.each([
  'params.n + 1 > default(params.m, 2.5)',
  'tasks.extract.output.rows > 5 ? "big" : "small"',
  'tasks["a.b"].state == "success" && params.x.upper().trim().contains("A")',
  'params.list.filter(x, x.size > 3).map(x, {"name": x.name, "n": 1, "t": "x"}).first().name',
  'ds.ds_add(2).replace("-", "") + ts.tz("UTC").start_of("day", "Europe/Berlin").format_date("%F")',
  'trigger == null || re_match(trigger.path, "[.]csv$")',
  '1 + 2.5 * 3 - 1.5 / 2',
  'mapIndex + 1 < size(params.list)',
  '["a", 1, null].exists(x, x == 1) && has(run.dataInterval.start)',
  'dyn(1) == "1"',
])('expression: a check has nothing against %s', (text) => {
  expect(checkExpression(text, scopeNames)).toEqual({ ok: true, value: undefined });
});

test.each([
  ['params.n +', 11, 'Unexpected token: EOF'],
  ['parms.n > 1', 1, 'unknown name parms; did you mean "params"?'],
  ['params.l.map(x, y)', 17, 'unknown name y; there are '],
  ['[x].map(x, x)', 2, 'unknown name x'],
  ['ds + 1', 1, 'string + int'],
  ['1 + (ds - 2)', 6, 'string - int'],
  ['ds > 5', 1, 'string > int'],
  ['upper(mapIndex)', 1, 'upper(int)'],
  ['mapIndex ? 1 : 2', 1, 'must be bool'],
  ['true ? 1 : "a"', 1, 'same type'],
  ['foo.bar(1)', 1, 'there is no function bar()'],
  ['uper(ds)', 1, 'did you mean "upper"?'],
  ['params.x.matches("a+")', 1, 're_match(text, pattern)'],
  ['re_match(ds, "(a")', 1, 'missing closing )'],
  ['{1: 2}', 2, 'a key is text in quotes'],
  ['{"__proto__": 2}', 2, '__proto__'],
  ['b"bytes"', 1, 'bytes and unsigned numbers'],
  ['1u', 1, 'bytes and unsigned numbers'],
  ['cel.bind(x, 1, x)', 1, 'there is no function bind()'],
  ['has(ds)', 1, 'has() takes a field'],
  ['x'.repeat(5_000), 4_097, 'at most 4096 characters'],
  ['('.repeat(60), 49, 'maxDepth'],
  [`[${'1,'.repeat(600)}]`, 1_002, 'maxListElements'],
])('expression: %s has a flaw in column %i: %s', (text, column, message) => {
  const checked = checkExpression(text, scopeNames);
  expect(checked.ok ? '' : checked.error.message).toContain(message);
  expect(checked).toMatchObject({ error: { column } });
});

test.each([
  'range(1000).all(x, range(1000).all(y, true))',
  'range(1000).map(x, range(1000)).size()',
  'range(10000).map(x, params.list == params.list).size() + size(range(10000).map(x, range(99)))',
  'range(1000).map(x, "a".replace("a", string(range(1000)))).size()',
  'range(1000).all(x, string(range(300)) != "")',
  'range(5000).all(x, size(params.wide) > 0)',
  'range(5000).all(x, params.long <= params.long)',
])('expression: %s would cost too much, and ends early', (text) => {
  expect(evaluate('range(1000).all(x, true)', scope)).toEqual({ ok: true, value: true });
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${at}`, at]));
  const large = { ...scope, params: { list: [1, 2, 3], wide, long: 'x'.repeat(2000) } };
  expect(evaluate(text, large)).toMatchObject({
    ok: false,
    error: expect.stringContaining('it costs too much'),
  });
});

test('expression: it says which tasks it asks about', () => {
  expect(mentionedTasks('tasks.a.state == "x" && tasks["b.c"].output.n > 1')).toEqual(['a', 'b.c']);
  expect(mentionedTasks('has(tasks.a) ? 1 : params.tasks.b')).toEqual(['a']);
  expect(mentionedTasks('[{"a": 1}].map(tasks, tasks.a)')).toEqual([]);
  expect(mentionedTasks('tasks.map(tasks, tasks)')).toBe('all');
  expect(mentionedTasks('tasks.exists(id, tasks[id].state == "failed")')).toBe('all');
  expect(mentionedTasks('1 +')).toBe('all');
});

test('expression: each place has names of its own, and they do not mix', () => {
  expect(checkExpression('upper(event.kind) == "A"', ['event']).ok).toBe(true);
  expect(checkExpression('upper(event.kind) == "A"', ['output', 'ds']).ok).toBe(false);
  expect(checkExpression('output.rows > 1 && upper(ds) == ds', ['output', 'ds']).ok).toBe(true);
  expect(checkExpression('output.rows > 1', ['event']).ok).toBe(false);
  expect(checkExpression('event', [])).toEqual({
    ok: false,
    error: { message: 'unknown name event', column: 1 },
  });
});
