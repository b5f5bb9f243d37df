import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { render } from '../template.ts';
import { PythonReader } from './python-reader.ts';
import type { Surroundings } from './surroundings.ts';

function surroundingsAfter(text: string): Surroundings {
  const reader = new PythonReader();
  reader.read(text);
  return reader.surroundings();
}

test.each<[string, Surroundings]>([
  ['', 'bare'],
  ['x = ', 'bare'],
  ['x', 'bound'],
  ['é', 'bound'],
  ['"', 'quoted'],
  ['"a', 'quoted'],
  ['"a"', 'bound'],
  ['"a" ', 'bare'],
  ['""', 'bound'],
  ['"" ', 'bare'],
  ['"""', 'quoted'],
  ['"""a"', 'quoted'],
  ['"""a""', 'quoted'],
  ['"""a\\"""', 'quoted'],
  ['"""a""" ', 'bare'],
  ['""""""', 'bound'],
  ['"" """', 'quoted'],
  ["\"\"'''", 'quoted'],
  ['"\'" ', 'bare'],
  ['"\\" ', 'quoted'],
  ['"\\\\" ', 'bare'],
  ['"\\', 'bound'],
  ['\\', 'bound'],
  ['# "', 'other'],
  ['# "\n', 'bare'],
  ['"# " ', 'bare'],
  ['f"', 'formatted'],
  ['Rf"""', 'formatted'],
  ['f""""', 'formatted'],
  ['rb"', 'quoted'],
  ['if"', 'quoted'],
])('python reader: behind %j a value stands %s', (text, expected) => {
  expect(surroundingsAfter(text)).toBe(expected);
});

const python = spawnSync('python3', ['--version']).status === 0;

/** One process for all cases: it evaluates each line of JSON, and prints what the value became. */
function evaluatedBy(cases: readonly { readonly code: string }[]): unknown {
  const program = `
import json, sys
for line in sys.stdin:
    pwned = []
    scope = {'pwn': lambda *a: pwned.append(1), 'shown': []}
    try: exec(json.loads(line), scope)
    except BaseException: pass
    print(json.dumps([scope['shown'], len(pwned)]))
`;
  const input = cases.map(({ code }) => JSON.stringify(code)).join('\n');
  const { stdout } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
}

const anyText = fc.string({
  unit: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...`'"\\{}[]()#+*;,: \n\tpwn()`) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 24,
});

test.runIf(python)('python reader: a value with | json is one literal, whatever it is', () => {
  const texts = fc.sample(anyText, 400);
  const cases = texts.map((v) => {
    const template = `shown.append({{ params.v | json }})  # {{ run }}
shown.append('''a"b''' + {{ params.v | json }})`;
    const code = render(template, { params: { v }, run: 'run-1' }, 'code');
    return { code: code.ok ? code.value : code.error };
  });
  expect(evaluatedBy(cases)).toEqual(texts.map((text) => [[text, `a"b${text}`], 0]));
});

const around = fc.array(
  fc.constantFrom(
    ...['"', "'", '"""', "'''", '\\', '#', ' ', '\n', '(', ')', '{', '}', 'f', 'r', 'b', 'x = '],
    ...['f"', "rf'", 'f"""', '""', "''", '+', ',', 'len', '1', ';', '\\\n', 'if 1:\n  '],
  ),
  { maxLength: 10 },
);
const attack = fc
  .array(
    fc.constantFrom(
      ...[
        'pwn()',
        '{pwn()}',
        '"',
        "'",
        '"""',
        "'''",
        '\\',
        '\n',
        '#',
        ' ',
        '+',
        ')',
        '(',
        ',',
        '}',
      ],
      ...['\\"', "\\'", ';', '\npwn()\n', '"+pwn()+"', "'+pwn()+'", '\\\n', 'pwn', '.', '1', 'x'],
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''));

test.runIf(python)('python reader: no value runs, wherever an author puts it', () => {
  const filters = fc.constantFrom('', ' | json');
  const cases = fc
    .sample(fc.tuple(around, attack, around, filters), Number(process.env.PYTHON_RUNS ?? 3_000))
    .flatMap(([before, v, after, filter]) => {
      const template = `${before.join('')}{{ params.v${filter} }}${after.join('')}`;
      const code = render(template, { params: { v } }, 'code');
      return code.ok ? [{ code: code.value, template, v }] : [];
    });
  const results = evaluatedBy(cases);
  const pwned = cases.filter((_, at) => ran(results, at));
  expect(pwned).toEqual([]);
});

const ran = (results: unknown, at: number): boolean =>
  Array.isArray(results) && Array.isArray(results[at]) && results[at][1] > 0;
