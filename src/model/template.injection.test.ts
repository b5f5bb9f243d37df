/** Texts of people who mean harm, as expressions, as templates, as filters and as values. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkExpression, evaluate, mentionedTasks } from './expression.ts';
import type { Json } from './json.ts';
import { scopeNames } from './scope.ts';
import {
  checkTemplate,
  render,
  renderValue,
  type TemplatePlace,
  templateTasks,
} from './template.ts';

const prototypes = [
  'constructor',
  'params.constructor',
  'params.constructor.constructor("return process")()',
  'params["constructor"]["constructor"]("return 1")',
  'ds.constructor',
  'ds["constructor"].fromCharCode(65)',
  'params.__proto__',
  'params["__proto__"]',
  'params["__pro" + "to__"].polluted',
  '{"__proto__": {"polluted": true}}',
  '{string("__proto__"): {"polluted": true}}',
  '{"constructor": 1}.constructor.prototype.polluted',
  '__proto__',
  '__defineGetter__("x", 1)',
  'params.__defineGetter__("polluted", 1)',
  'params.__lookupGetter__("n")',
  'params.hasOwnProperty("n")',
  'params.toString()',
  'params.valueOf()',
  'params.list.map.constructor',
  'params.list.map(constructor, constructor)',
  'params.list.map(__proto__, __proto__)',
  'params.list["length"]',
  'params.list.length',
  'params.list.push(1)',
  'params.list.concat([1])',
  '[].constructor.constructor("return this")()',
  '"".constructor.constructor("return this")()',
  '(1).constructor',
  'true.constructor.name',
  'null.constructor',
  'prototype',
  'has(params.constructor)',
  '"constructor" in params',
  '"__proto__" in params',
  'default(params.constructor, params.__proto__)',
  'tasks.constructor',
  'tasks["__proto__"].state',
  'item.__proto__',
  'keys(params.__proto__)',
  'params.list.__proto__.map',
  'params.list.map(x, x.constructor)',
  'params["\\u0063onstructor"]',
  'params.isPrototypeOf(params)',
  'params.propertyIsEnumerable("n")',
  'ds.toString.call(1)',
  'ds.split.constructor',
];

const hosts = [
  'process',
  'process.exit(1)',
  'process.env.HOME',
  'process.mainModule.require("child_process")',
  'require("fs")',
  'require("child_process").execSync("id")',
  'import("node:fs")',
  'import fs from "fs"',
  'globalThis',
  'global.process',
  'this',
  'self',
  'window',
  'Function("return 1")()',
  'eval("1")',
  'new Function("return 1")',
  'setTimeout(1, 1)',
  'fetch("http://127.0.0.1")',
  'Reflect.ownKeys(params)',
  'Object.keys(params)',
  'JSON.parse("1")',
  'console.log(1)',
  'module.exports',
  'arguments',
  '() => 1',
  'function f() {}',
  'x = 1',
  'params.n = 2',
  'delete params.n',
  'params.n++',
  'params.n; process',
  'while(true){}',
  `\`\${process.pid}\``,
  "config.__class__.__init__.__globals__['os'].popen('id').read()",
  "''.__class__.__mro__[1].__subclasses__()",
  'lipsum.__globals__.os.popen("id")',
  'self._TemplateReference__context',
  'google.protobuf.Duration',
  'cel.bind(a, [1], a)',
  'type(params)',
  'Buffer.from("x")',
  'Deno.exit()',
  'Symbol.iterator',
  'Proxy',
  'WebAssembly',
  'async () => 1',
  'await 1',
  'throw 1',
  'T(java.lang.Runtime).getRuntime().exec("id")',
];

const templates = [
  '{{ 7*7 }}',
  '{{ {{ ds }} }}',
  '{{ "{{ ds }}" }}',
  '}} {{ ds',
  '{% for x in params %}{% endfor %}',
  '{# comment #}',
  `\${{ ds }}`,
  '#{ds}',
  '<%= ds %>',
  '<script>alert(1)</script>',
  '{{ ds }}{{ ds | raw }}',
  'ds | raw | eval',
  'ds | constructor',
  'ds | __proto__',
  'ds | default(process)',
  'ds | replace("2", "{{ ds }}")',
  'ds | json | json | json',
  'ds | upper()()',
  'ds | upper().constructor',
  'ds) + (ds',
  'ds | f(1)) + (g(1)',
  'ds // | upper',
  'ds | | upper',
  '| upper',
  "'",
  '"',
  '\\',
];

const shellTexts = [
  '; id',
  '&& id',
  '|| id',
  '| id',
  '& id &',
  '$(id)',
  '`id`',
  '\nid\n',
  '\r\nid',
  "'; id; '",
  '"; id; "',
  "'\\''; id #",
  '\\\nid',
  '> /etc/passwd',
  '< /etc/passwd',
  '<<EOF',
  '$IFS$9id',
  `\${HOME}`,
  '~root',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  '!!',
  '# x',
  'a\0b',
  '\u001b[2J',
  '\u2028id',
  '\ud800',
  '%s%n',
  '-rf /',
  '=cmd|calc',
  '$((1+1))',
  '() { :;}; id',
  '../../../etc/passwd',
  'file:///etc/passwd',
  "1' OR '1'='1",
  '1; DROP TABLE x; --',
  '"""+exit()+"""',
  "'''+exit()+'''",
];

const nested = (count: number, left: string, inside: string, right: string): string =>
  left.repeat(count) + inside + right.repeat(count);

const heavy = [
  '9'.repeat(4_000),
  '1e309',
  '1e400 - 1e400',
  `0x${'f'.repeat(4_000)}`,
  '-9223372036854775809',
  '9223372036854775807 * 9223372036854775807',
  '1/0',
  '0.0/0.0',
  '"a".matches("(a+)+$")',
  `re_match("${'a'.repeat(3_000)}b", "^(a+)+$")`,
  're_match(params.long, "([ab]*[bc]*[cd]*)*$")',
  're_match(params.long, "[a-z]{300}[a-z]{300}[a-z]{300}$")',
  nested(1_000, '(', '1', ')'),
  nested(1_000, '[', '1', ']'),
  nested(400, '{"a":', '1', '}'),
  nested(500, '!', 'true', ''),
  nested(4_000, '-', '1', ''),
  Array(2_000).fill('1').join('+'),
  Array(1_000).fill('a').join('.'),
  `"${'\\'.repeat(4_000)}"`,
  `${'true?1:'.repeat(500)}2`,
  `[1]${'.map(a,[a,a])'.repeat(40)}`,
  `[1]${'.map(a,[a,a])'.repeat(20)} == [1]${'.map(a,[a,a])'.repeat(20)}`,
  `["x"]${'.map(a,a+a)'.repeat(40)}[0].contains("y")`,
  `[{"a":1}]${'.map(a,{string(a):a})'.repeat(40)}`,
  `[{"a":1}]${'.map(a,{"a":a,"b":a})'.repeat(40)}`,
  'range(10000).all(a, range(10000).all(b, range(10000).all(c, a + b + c >= 0)))',
  'range(10000).map(a, range(10000))',
  'range(10000).map(a, params.long)',
  'range(10000).map(a, params.long.replace("a", params.long))',
  'range(10000).map(a, tz(ds, "Asia/Shanghai"))',
  'range(10000).exists(a, params.gone.deeper == a)',
  'params.long.replace("a", params.long)',
  'params.long.split("").join(params.long)',
  `params.long.contains("${'a'.repeat(2_000)}b${'a'.repeat(2_000)}")`,
  'params.long.urlencode().base64().json().quote()',
  'params.deep == params.deep',
  'params.deep',
];

const payloads = [...prototypes, ...hosts, ...templates, ...shellTexts, ...heavy];

const deep: Json = JSON.parse(nested(20_000, '[', '', ']'));
const scope: Record<string, Json> = {
  params: { n: 1, list: [1, 2], long: 'a'.repeat(100_000), deep },
  tasks: {},
  ds: '2026-11-21',
};

/** JSON of ordinary objects, and nothing behind them. */
function expectPlain(value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    expect(['string', 'number', 'boolean', 'object']).toContain(typeof value);
    return;
  }
  expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(value));
  for (const key of Reflect.ownKeys(value)) {
    expect(key).not.toBe('__proto__');
    if (key === 'length' && Array.isArray(value)) continue;
    expectPlain(Reflect.get(value, key));
  }
}

/** Everything that one can do with a text of somebody; it gives or refuses, and that is all. */
function tryAll(text: string, places: readonly TemplatePlace[] = ['text', 'shell', 'code']): void {
  for (const expression of [text, `(${text}) == 1`]) {
    checkExpression(expression, scopeNames);
    mentionedTasks(expression);
    const result = evaluate(expression, scope);
    if (result.ok) expectPlain(result.value);
    else expect(typeof result.error).toBe('string');
  }
  for (const template of [
    text,
    `{{ ${text} }}`,
    `{{ ds | ${text} }}`,
    `{{ ds | default(${text}) }}`,
  ]) {
    templateTasks(template);
    for (const place of places) {
      checkTemplate(template, place, scopeNames);
      const result = render(template, scope, place);
      expect(typeof (result.ok ? result.value : result.error)).toBe('string');
    }
    const result = renderValue(template, scope);
    if (result.ok) expectPlain(result.value);
  }
}

const polluted = (): boolean =>
  'polluted' in {} || 'polluted' in [] || 'polluted' in (() => undefined) || 'x' in {};

test('injection: there are two hundred payloads at least', () => {
  expect(new Set(payloads).size).toBeGreaterThanOrEqual(200);
});

test.each([...prototypes, ...hosts, ...templates, ...shellTexts])(
  'injection: %j does nothing',
  (text) => {
    tryAll(text);
    expect(polluted()).toBe(false);
  },
);

test.each(heavy.map((text) => [text.slice(0, 60), text]))('injection: %j ends soon', (_, text) => {
  tryAll(text, ['text']);
  const tookMs = [1, 2, 3].map(() => {
    const start = performance.now();
    evaluate(text, scope);
    return performance.now() - start;
  });
  // Some ten milliseconds; more only where other tests keep the machine busy.
  expect(Math.min(...tookMs)).toBeLessThan(200);
});

test.each(
  [...prototypes, ...hosts].filter(
    (text) => !/^(has|default|".*" in|params\.list\.length)/.test(text),
  ),
)('injection: %s has no value', (text) => {
  const result = evaluate(text, scope);
  const harmless = ['params.list.map(constructor, constructor)', 'params.n; process'];
  if (!harmless.includes(text)) expect(result.ok ? result.value : undefined).toBeUndefined();
});

test.each(payloads.map((text) => [text.slice(0, 60), text]))(
  'injection: as a value, %j stays data',
  (_, text) => {
    const value = { params: { v: text } };
    expect(render('{{ params.v }}', value, 'text')).toEqual({ ok: true, value: text });
    expect(renderValue('{{ params.v }}', value)).toEqual({ ok: true, value: text });
    expect(evaluate('params.v + ""', value)).toEqual({ ok: true, value: text });
    const word = render('{{ params.v | quote }}', value, 'shell');
    if (text.includes('\0')) expect(word.ok).toBe(false);
    else expect(word).toEqual({ ok: true, value: `'${text.replaceAll("'", `'\\''`)}'` });
    const literal = render('{{ params.v | json }}', value, 'code');
    expect(literal.ok && JSON.parse(literal.value)).toBe(text);
    for (const place of ['shell', 'code'] as const) {
      const bare = render('x {{ params.v }}', value, place);
      expect(bare.ok ? bare.value : 'x ').toMatch(/^x [\w@%+=:,./-]*$/);
    }
  },
);

/** Pieces of the language, in any order. */
const soup = fc
  .array(
    fc.constantFrom(
      ...['{{', '}}', '|', '||', '(', ')', '[', ']', '{', '}', '.', ',', ':', '?', '"', "'", '"""'],
      ...[
        'ds',
        'params',
        'params.list',
        'n',
        '1',
        '2.5',
        'x',
        '"a"',
        ' ',
        '\n',
        '\\',
        '//',
        'null',
      ],
      ...[
        '.map(x, x)',
        '.filter(',
        '.all(',
        'has(',
        'default(',
        'quote',
        'raw',
        'json',
        '+',
        '==',
        'in',
      ],
      ...[
        'constructor',
        '__proto__',
        'replace("a", "b")',
        'range(9)',
        'true',
        '!',
        '-',
        '&&',
        '$',
        '\0',
      ],
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

test('injection: whatever the text, it gives or refuses', () => {
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
      tryAll(text);
      tryAll(`{{ ${text}`);
      expect(polluted()).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('injection: whatever the values, rendering gives or refuses', () => {
  const places = fc.constantFrom<TemplatePlace>('text', 'shell', 'code');
  const filters = fc.constantFrom('', ' | quote', ' | json', ' | raw', ' | string', ' | size');
  fc.assert(
    fc.property(fc.jsonValue(), places, filters, (json, place, filter) => {
      const v: Json = JSON.parse(JSON.stringify(json));
      const result = render(`a {{ params.v${filter} }} b`, { params: { v } }, place);
      expect(typeof (result.ok ? result.value : result.error)).toBe('string');
      const back = renderValue('{{ params.v }}', { params: { v } });
      if (back.ok) expect(back.value).toEqual(v);
    }),
    { numRuns: 500 },
  );
});
