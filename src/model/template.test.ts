import { expect, test } from 'vitest';
import type { Json } from './json.ts';
import { makeScope, scopeNames } from './scope.ts';
import {
  checkTemplate,
  isTemplate,
  render,
  renderValue,
  type TemplatePlace,
  templateTasks,
} from './template.ts';

const tasks: Readonly<Record<string, Json>> = { extract: { rows: 7, file: "it's a file" } };

const scope = makeScope({
  run: {
    runId: 'run-1',
    dagId: 'sales',
    namespace: 'default',
    logicalDate: Date.UTC(2026, 1, 28, 23, 30),
    trigger: 'schedule',
    createdAt: Date.UTC(2026, 2, 1),
    dataInterval: { start: Date.UTC(2026, 1, 27), end: Date.UTC(2026, 1, 28) },
  },
  task: { taskId: 'load', mapIndex: 2, attempt: 1 },
  params: { n: 3, city: 'São Paulo', empty: '', list: ['a', 'b'], evil: '$(touch x)', flag: true },
  tasks: {
    taskIds: Object.keys(tasks),
    find: (taskId) => ({ state: 'success', output: tasks[taskId] ?? null }),
  },
  item: undefined,
  triggerPayload: null,
  vars: { bucket: 's3://b' },
});

const rendered = (text: string, place: TemplatePlace = 'text'): string => {
  const result = render(text, scope, place);
  return result.ok ? result.value : `! ${result.error}`;
};

test.each([
  ['no braces at all', 'no braces at all'],
  ['{{ ds }}', '2026-02-28'],
  ['a{{ds}}b{{ ds_nodash }}c', 'a2026-02-28b20260228c'],
  ['{{ ts }} {{ ts_nodash }}', '2026-02-28T23:30:00+00:00 20260228T233000'],
  ['{{ ds | ds_add(2) | replace("-", "") }}', '20260302'],
  ['{{ params.n + 1 }}', '4'],
  ['{{ tasks.extract.output.rows > 5 || false ? "big" : "small" }}', 'big'],
  ['{{ tasks["extract"].state | upper }}', 'SUCCESS'],
  ['{{ params.list }}', '["a","b"]'],
  ['{{ params.list | join("+") }}', 'a+b'],
  ['{{ params.list | first }}{{ params.list | last | upper() }}', 'aB'],
  ['{{ params.gone | default("none") }}', 'none'],
  ['{{ params.gone.deeper | upper | default("none") }}', 'none'],
  ['{{ item | default(0) }}', '0'],
  ['{{ ts | tz("Asia/Shanghai") }}', '2026-03-01T07:30:00+08:00'],
  ['{{ ts | tz("Asia/Shanghai") | format_date("%d.%m. %H:%M") }}', '01.03. 07:30'],
  ['{{ ts | start_of("month") | sub("1d") | ds_format("%Y/%m") }}', '2026/01'],
  ['{{ logical_date | add("2h") }}', '2026-03-01T01:30:00Z'],
  ['{{ {"a": {"b": 1}} }}', '{"a":{"b":1}}'],
  ['{{ {"a": {"b": 1}}.a.b | json }}', '1'],
  ['{{ "{{" }} and }} and {{ "}}" }}', '{{ and }} and }}'],
  ['{{ "a|b" | split("|") | length }}', '2'],
  ["{{ '''a}}b''' }}", 'a}}b'],
  ['{{ params.city | urlencode }}', 'S%C3%A3o%20Paulo'],
  ['{{ params.city | base64 }}', 'U8OjbyBQYXVsbw=='],
  ['{{ "7" | int | dyn }}', '7'],
  ['{{ 9007199254740993 }}', '9007199254740993'],
  ['{{ params.empty }}', ''],
])('template: %s gives %s', (text, expected) => {
  expect(rendered(text)).toBe(expected);
});

test.each([
  ['{{ params.gone }}', 'params has no "gone"'],
  ['{{ item }}', 'there is no item here'],
  ['{{ nobody }}', 'there is no nobody here'],
  ['{{ run.logicalDate.x }}', 'it has no element at text'],
  ['{{ trigger }}', 'it is null: give it a value with default'],
  ['{{ ds | ds_add("x") }}', 'ds_add(): takes a number of days, not text'],
  ['{{ ds', '{{ has no }} behind it'],
  ['{{ }}', 'there is no value'],
  ['{{ ds | }}', 'behind | stands a filter'],
  ['{{ ds | a) + f(b }}', 'there is no bracket that ) closes'],
  ['{{ ds | f(a) + g(b) }}', 'behind | stands a filter'],
  ['{{ a, b | replace("x") }}', 'Expected'],
  ['{{ ds // comment }}', 'no comments'],
  ['{{ "abc }}', 'has no end'],
  ['{{ (ds | upper) }}', 'Unexpected character: |'],
  ['{{ ds | uper }}', 'did you mean "upper"?'],
  ['{{ {% if %} }}', 'Unexpected token'],
])('template: %s is an error that says %s', (text, expected) => {
  const result = render(text, scope, 'text');
  expect(result.ok ? result.value : result.error).toContain(expected);
  expect(result.ok).toBe(false);
});

test('template: an error names the value that it is about', () => {
  expect(rendered('x {{ ds }} {{ params.gone | upper }} y')).toBe(
    '! {{ params.gone | upper }}: params has no "gone"',
  );
});

test.each([
  ['echo {{ ds }}', 'echo 2026-02-28'],
  ['echo "{{ ds }}" \'{{ ds }}\'', 'echo "2026-02-28" \'2026-02-28\''],
  ['echo {{ params.city | quote }}', "echo 'São Paulo'"],
  ['cat {{ tasks.extract.output.file | quote }}', "cat 'it'\\''s a file'"],
  ['echo {{ params.evil | quote }}', "echo '$(touch x)'"],
  ['echo {{ params.empty | quote }} "{{ params.empty }}"', 'echo \'\' ""'],
  ['sh -c {{ params.evil | raw }}', 'sh -c $(touch x)'],
  ['echo "$(date)" {{ params.city | quote }}', 'echo "$(date)" \'São Paulo\''],
  ['echo "$(echo {{ params.city | quote }})"', 'echo "$(echo \'São Paulo\')"'],
  ["# don't\necho {{ params.city | quote }}", "# don't\necho 'São Paulo'"],
  ['echo $((1 + {{ 41 }}))', 'echo $((1 + 41))'],
  ['x=$((1 + 2)); echo {{ params.city | quote }}', "x=$((1 + 2)); echo 'São Paulo'"],
  [`echo \${HOME} {{ params.city | quote }}`, `echo \${HOME} 'São Paulo'`],
  ['cat <<< {{ params.city | quote }}', "cat <<< 'São Paulo'"],
  ['docker ps --format \'{{ "{{" }}.Names}}\'', "docker ps --format '{{.Names}}'"],
  ['curl -d {{ params.list | json | quote }}', 'curl -d \'["a","b"]\''],
])('template: in a shell, %s becomes %s', (text, expected) => {
  expect(rendered(text, 'shell')).toBe(expected);
});

test.each([
  ['echo {{ params.city }}', 'add "| quote"'],
  ['echo {{ params.evil }}', 'add "| quote"'],
  ['echo "{{ params.evil }}"', 'outside of quotes'],
  ['echo {{ params.empty }}', 'would vanish: add "| quote"'],
  ['echo {{ params.list | json }}', 'add "| quote"'],
  ['echo "{{ params.evil | quote }}"', 'remove the quotes around it'],
  ["echo '{{ params.evil | quote }}'", 'remove the quotes around it'],
  ['echo `echo {{ params.evil | quote }}`', 'quote does not hold here'],
  ['# {{ params.evil | quote }}', 'quote does not hold here'],
  ['echo $((1 + {{ params.city }}))', 'only numbers may stand in arithmetic'],
  ['echo $((1 + {{ "PATH=1" + ds }}))', 'only numbers may stand in arithmetic'],
  ['echo $((1 + {{ params.evil | quote }}))', 'quote does not hold here'],
  ['cat <<EOF\n{{ params.evil | quote }}\nEOF', 'quote does not hold here'],
  [`echo \${x:-{{ params.evil | quote }}}`, 'quote does not hold here'],
  [`echo \${{ params.n }}`, 'directly behind'],
  [`echo \${{ params.evil | quote }}`, 'directly behind'],
  ['echo \\{{ params.evil | quote }}', 'directly behind'],
  ["echo $'a' {{ params.evil | quote }}", 'quote does not hold here'],
  [
    'echo "$(case x in x) echo;; esac; echo {{ params.evil | quote }})"',
    'quote does not hold here',
  ],
  ['echo "$$(" "{{ params.evil | quote }}"', 'remove the quotes around it'],
  ['echo {{ true ? quote(params.evil) : "" }}', 'add "| quote"'],
  ['echo {{ quote(params.evil) + "" }}', 'add "| quote"'],
])('template: in a shell, %s is refused and %s', (text, expected) => {
  expect(rendered(text, 'shell')).toContain(expected);
  expect(rendered(text, 'shell')).toMatch(/^! /);
});

test.each([
  ['print({{ params.n }})', 'print(3)'],
  ['print("{{ ds }}")', 'print("2026-02-28")'],
  ['print({{ params.city | json }})', 'print("São Paulo")'],
  ['x = """a"b""" + {{ params.evil | json }}', 'x = """a"b""" + "$(touch x)"'],
  ["# don't\nx = {{ params.evil | json }}", '# don\'t\nx = "$(touch x)"'],
  ["x = '' + {{ params.evil | json }}", 'x = \'\' + "$(touch x)"'],
  ['x = "\\"" + {{ params.evil | json }}', 'x = "\\"" + "$(touch x)"'],
  [
    'import json; json.loads({{ params.list | json | json }})',
    'import json; json.loads("[\\"a\\",\\"b\\"]")',
  ],
  ['f"{x} {{ params.n }}"', 'f"{x} 3"'],
])('template: in code, %s becomes %s', (text, expected) => {
  expect(rendered(text, 'code')).toBe(expected);
});

test.each([
  ['print({{ params.city }})', 'add "| json"'],
  ['print({{ ds }})', 'add "| json"'],
  ['print("{{ params.evil }}")', 'outside of quotes'],
  ['print("{{ params.evil | json }}")', 'remove the quotes around it'],
  ["print('''{{ params.evil | json }}''')", 'remove the quotes around it'],
  ['# {{ params.evil | json }}', 'json does not hold here'],
  ['f{{ params.evil | json }}', 'directly behind'],
  ['x = ""{{ params.evil | json }}""', 'directly behind'],
  ['f"{{ ds }}"', 'only numbers'],
  ['rf"""{{ ds }}"""', 'only numbers'],
  ['print({{ params.evil | quote }})', 'add "| json"'],
])('template: in code, %s is refused and %s', (text, expected) => {
  expect(rendered(text, 'code')).toContain(expected);
  expect(rendered(text, 'code')).toMatch(/^! /);
});

test('template: one value alone keeps its type, and anything else is text', () => {
  expect(renderValue('{{ params.n }}', scope)).toEqual({ ok: true, value: 3 });
  expect(renderValue('{{ params.list }}', scope)).toEqual({ ok: true, value: ['a', 'b'] });
  expect(renderValue('{{ trigger }}', scope)).toEqual({ ok: true, value: null });
  expect(renderValue('{{ params.n }} ', scope)).toEqual({ ok: true, value: '3 ' });
  expect(renderValue('plain', scope)).toEqual({ ok: true, value: 'plain' });
  expect(renderValue('{{ params.gone }}', scope)).toMatchObject({ ok: false });
});

test.each([
  ['{{ ds | uper }}', 'text', 8, 'did you mean "upper"?'],
  ['a {{ parms.n }}', 'text', 5, 'did you mean "params"?'],
  ['a {{ ds | ds_add("x") }}', 'text', 10, 'no matching overload'],
  ['{{ ds + 1 }}', 'text', 3, 'string + int'],
  ['{{ ds | replace("a", zz) }}', 'text', 21, 'unknown name zz'],
  ['echo "{{ ds | quote }}"', 'shell', 6, 'remove the quotes'],
  ['echo "{{ "a" }}" {{ ds | quote }} \'{{ ds | quote }}\'', 'shell', 35, 'remove the quotes'],
  ['x = "{{ ds | json }}"', 'code', 5, 'remove the quotes'],
] as const)('template: %s (%s) has a flaw at %i: %s', (text, place, offset, message) => {
  const checked = checkTemplate(text, place, scopeNames);
  expect(checked).toMatchObject({ ok: false, error: { offset } });
  expect(checked.ok ? '' : checked.error.message).toContain(message);
});

test('template: a check has nothing against what can be rendered', () => {
  for (const text of ['plain', '{{ ds | ds_add(1) }}', '{{ params.x | quote }} {{ run.id }}']) {
    expect(checkTemplate(text, 'shell', scopeNames)).toEqual({ ok: true, value: undefined });
  }
  expect(checkTemplate('"{{ params.x | raw }} {{ ds | quote }}', 'shell', scopeNames).ok).toBe(
    true,
  );
});

test('template: it is one if there are double braces', () => {
  expect(isTemplate('a {b} c')).toBe(false);
  expect(isTemplate('a {{ b }} c')).toBe(true);
});

test('template: it says which tasks it reads', () => {
  expect(templateTasks('{{ tasks.a.output }} {{ tasks["b.c"].state }}')).toEqual(['a', 'b.c']);
  expect(templateTasks('{{ ds }}')).toEqual([]);
  expect(templateTasks('{{ tasks[ds].state }}')).toBe('all');
});

test('template: all its values together may cost so much', () => {
  const value = '{{ range(200).all(x, range(200).all(y, true)) }}';
  expect(render(value, scope, 'text')).toEqual({ ok: true, value: 'true' });
  expect(render(value.repeat(20), scope, 'text')).toMatchObject({
    ok: false,
    error: expect.stringContaining('it costs too much'),
  });
});

test('template: what it gives has a limit', () => {
  const large = { ...scope, params: { text: 'x'.repeat(200_000) } };
  expect(render('{{ params.text }}', large, 'text').ok).toBe(true);
  expect(render('{{ params.text }}{{ params.text }}', large, 'text')).toMatchObject({ ok: false });
});
