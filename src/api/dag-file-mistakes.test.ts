import { expect, test } from 'vitest';
import { complaints, findingsOf } from './testing/dag-texts.ts';

const inTasks = (...lines: readonly string[]): readonly string[] =>
  complaints(`id: x\ntasks:\n${lines.map((line) => `  ${line}\n`).join('')}`);
const inDag = (line: string): readonly string[] =>
  complaints(`id: x\n${line}\ntasks: { a: { type: noop } }`);

test('dag-file: words that every object knows are no schedules', () => {
  for (const word of ['constructor', 'toString', 'valueOf', '__proto__']) {
    expect(inDag(`schedule: ${word}`)).toEqual([
      expect.stringContaining('is not a cron expression'),
    ]);
    expect(inDag(`schedule: "@${word}"`)).toEqual([expect.stringContaining('is not one of @once')]);
  }
});

test('dag-file: "." and "..", which are steps of a path, are no ids', () => {
  for (const id of ['.', '..']) {
    expect(inDag(`namespace: "${id}"`)).toEqual([
      expect.stringContaining('must not be "." or ".."'),
    ]);
    expect(inTasks(`"${id}": { type: noop }`)).toEqual([expect.stringContaining('must not be')]);
  }
  expect(inDag('namespace: "..."')).toEqual([]);
});

test('dag-file: expressions are checked where they stand', () => {
  expect(
    inTasks(
      'a: { type: noop, condition: "parms.x > 1" }',
      'b: { type: noop, condition: "params.x >" }',
      'c: { type: noop, condition: "item == 1" }',
      'd: { type: noop, condition: "tasks.zz.output" }',
      'e: { type: noop, condition: "tasks.a.state == \'success\'" }',
      'f: { type: noop, condition: "tasks.f.output.x" }',
      'g: { type: noop, dependsOn: [a], condition: "tasks.a.state == \'success\'" }',
      'h: { type: noop, dependsOn: [g], condition: "tasks.a.state == \'success\'" }',
    ).map((line) =>
      line.replace(/: .*?(unknown name|expression|no task|itself|dependsOn).*/, ' $1'),
    ),
  ).toEqual([
    '3:20 tasks.a.condition unknown name',
    '4:20 tasks.b.condition expression',
    '5:20 tasks.c.condition unknown name',
    '6:20 tasks.d.condition no task',
    '7:20 tasks.e.condition dependsOn',
    '8:20 tasks.f.condition itself',
  ]);
});

test('dag-file: a flaw of an expression or a template says the character, and what to do', () => {
  expect(inTasks('a: { type: noop, condition: "1 == parms.x" }')).toEqual([
    '3:20 tasks.a.condition: unknown name parms; did you mean "params"? ' +
      '(character 6 of the expression)',
  ]);
  const [shell] = inTasks('a: { type: shell, command: "echo {{ dss }}" }');
  expect(shell).toContain('3:21 tasks.a.command: unknown name dss; did you mean "ds"?');
  expect(shell).toContain('(character 9 of the text)');
  const [below] = inTasks('a:', '  type: python', '  script: |', '    x = 1', '    {{ dss }}');
  expect(below).toContain('5:5 tasks.a.script');
  expect(below).toContain('(line 2, character 4 of the text)');
});

test('dag-file: templates are looked for in every text that is rendered', () => {
  const found = complaints(`id: x
onFailure: { webhook: "https://x/{{ q1 }}", headers: { A: "{{ q2 }}" }, body: "{{ q3 }}" }
onExit: [{ dag: y, params: { a: [{ b: "{{ q4 }}" }] } }]
triggers: [{ dag: up, params: { a: "{{ ds }}" } }, { any: [{ subject: a, filter: q6 }] }]
defaults: { env: { A: "{{ q7 }}" }, onRetry: { task: { type: shell, command: "{{ q8 }}" } } }
tasks:
  a: { type: python, script: "{{ q9 }}", args: ["{{ q10 }}"], produces: "asset://{{ q11 }}" }
  b: { type: http, url: "https://{{ q12 }}", headers: { A: "{{ q13 }}" }, body: "{{ q14 }}" }
  c: { type: sensor, http: { url: "{{ q15 }}" }, concurrency: { key: "{{ q16 }}", max: 1 } }
  d: { type: sensor, file: "/{{ q17 }}", rateLimit: { key: "{{ q18 }}", max: 1, per: 1s } }
  e: { type: wait, until: "{{ q19 }}" }
  f: { type: approval, message: "{{ q20 }}" }
  g: { type: subdag, dag: y, params: { a: "{{ q21 }}" } }
  h: { type: noop, compensate: { type: shell, command: "{{ q22 }}" } }
  i: { type: noop, repeat: { until: q23, max: 2 } }
  j:
    type: group
    forEach: q24
    defaults: { env: { A: "{{ q25 }}" } }
    tasks: { a: { type: noop } }
  k: { type: noop, forEach: { a: q26 } }
  l: { type: sensor, command: "{{ q27 }}" }
`);
  const names = found.map((line) => /unknown name (\w+)/.exec(line)?.[1]);
  const expected = Array.from({ length: 27 }, (_, i) => (i === 4 ? 'ds' : `q${i + 1}`));
  expect(names.toSorted()).toEqual(expected.toSorted());
});

test('dag-file: an item is known to mapped tasks, an output to rounds, a task not to maps', () => {
  expect(
    inTasks(
      'a: { type: shell, forEach: [1], command: "echo {{ item }} {{ mapIndex }}" }',
      'b: { type: noop, repeat: { until: output.done, max: 2 } }',
      'c: { type: noop, forEach: "[task_id]" }',
      'd: { type: noop, forEach: [1], onFailure: { dag: y, params: { a: "{{ item }}" } } }',
      'e: { type: noop, onFailure: { dag: y, params: { a: "{{ item }}" } } }',
      'f: { type: noop, forEach: [1], compensate: undo }',
      'undo: { type: shell, command: "echo {{ item }}" }',
      'g: { type: noop, compensate: undo_g }',
      'undo_g: { type: shell, command: "echo {{ item }}" }',
    ).map((line) => /^\S+ \S+/.exec(line)?.[0]),
  ).toEqual([
    '5:20 tasks.c.forEach:',
    '7:51 tasks.e.onFailure.params.a:',
    '11:26 tasks.undo_g.command:',
  ]);
});

test('dag-file: what a branch names must be its children', () => {
  expect(
    inTasks(
      'q: { type: branch, condition: "true", then: [a, z], else: fina }',
      'a: { type: noop }',
      'final: { type: noop, dependsOn: [q] }',
    ),
  ).toEqual([
    '3:48 tasks.q.then[0]: "a" is not a child of "q": add `dependsOn: [q]` to it',
    '3:51 tasks.q.then[1]: "z" is not a task',
    '3:55 tasks.q.else: "fina" is not a task; did you mean "final"?',
  ]);
});

test('dag-file: set-ups, teardowns and compensations that do not fit say why', () => {
  const found = inTasks(
    'a: { type: noop, teardown: true }',
    'b: { type: noop, teardown: zz }',
    'c: { type: noop, teardown: a, triggerRule: always }',
    'd: { type: noop, failsRun: true }',
    'e: { type: noop, compensate: f }',
    'f: { type: noop, dependsOn: [a] }',
    'g: { type: noop, compensate: g }',
    'h: { type: noop, compensate: zz }',
    'i: { type: noop, compensate: j }',
    'j: { type: noop }',
    'k: { type: noop, compensate: j, dependsOn: [j] }',
  );
  expect(found.map((line) => line.replace(/^(\S+) \S+ (.*)$/, '$1 $2'))).toEqual([
    '3:20 there is no task with `setup: true` before it: mark one, or write `teardown: TASK`',
    '4:20 "b" tears down "zz", which is not a task',
    '5:33 a teardown runs when all before it have ended: it has no rule',
    '6:20 goes with `teardown`: other tasks always count',
    '7:20 "f" undoes "e" and stands outside the graph: remove its `dependsOn`',
    '9:20 a task cannot undo itself',
    '10:20 "h" is compensated by "zz", which is not a task',
    '13:20 "j" undoes "i" already: write a task for each',
    '13:47 "j" undoes another task, outside of the graph: nothing waits for it',
  ]);
});

test('dag-file: keys that go together are missed, and keys that do not are refused', () => {
  const messages = (...lines: readonly string[]): readonly string[] =>
    inTasks(...lines).map((line) => line.split(': ').slice(1).join(': '));
  const one = (task: string): string => messages(`a: ${task}`).join(' | ');
  expect(one('{ type: noop, maxParallel: 2 }')).toBe('goes with `forEach` or `spread`');
  expect(one('{ type: noop, spread: broadcast, forEach: [1] }')).toContain('one or the other');
  expect(one('{ type: sensor, file: /x, spread: { shards: 2 } }')).toContain('in one place');
  expect(one('{ type: branch, condition: a, spread: broadcast }')).toContain('"spread"');
  expect(one('{ type: noop, forEach: { item: [1] } }')).toContain('another name');
  expect(one('{ type: noop, onSlaMiss: { dag: b } }')).toContain('no `sla`');
  expect(one('{ type: noop, poolSlots: 2 }')).toBe('goes with `pool`');
  expect(one('{ type: wait, until: tomorrow }')).toContain('"tomorrow" is not a date and time');
  expect(one('{ type: wait }')).toBe('a wait has either `for` or `until`');
  expect(one('{ type: wait, for: 1m, until: 2026-01-01 }')).toContain('either');
  expect(one('{ type: wait, for: 1m, retries: 2 }')).toContain('unknown key "retries"');
  expect(one('{ type: sensor }')).toContain('waits for one of file, http, command');
  expect(one('{ type: sensor, file: a.csv }')).toContain('absolute');
  expect(one('{ type: sensor, file: /a, filter: "true" }')).toBe('`filter` goes with `subject`');
  expect(one('{ type: sensor, file: /a, retries: 1 }')).toContain('looks until it succeeds');
  expect(one('{ type: sensor, dag: b, every: 5s }')).toContain('say `giveUp` instead of `every`');
  expect(one('{ type: sensor, dag: b, pool: p }')).toContain('does not run on a node');
  expect(one('{ type: sensor, subject: "a..b" }')).toContain('orders.new');
  expect(one('{ type: noop, onFailure: { dag: b, webhook: "https://x" } }')).toContain('one of');
  expect(one('{ type: noop, onFailure: { dag: b, body: x } }')).toContain('goes with `webhook`');
  expect(one('{ type: noop, onFailure: { task: { type: noop, dependsOn: [] } } }')).toContain(
    'unknown key "dependsOn"',
  );
  expect(one('{ type: noop, retryOn: {} }')).toContain('`exitCodes`, `errors` or both');
  expect(one('{ type: noop, produces: "s3://x" }')).toContain('asset://warehouse/orders');
  expect(one('{ type: brnach, condition: "true" }')).toContain('did you mean "branch"?');
  expect(messages('b: { type: noop }', 'on.a: { type: noop }')[0]).toContain('rename');
  expect(
    messages('b: { type: noop }', 'on: { type: group, tasks: { a: { type: noop } } }'),
  ).toHaveLength(1);
});

test('dag-file: schedules, triggers and callbacks of the DAG say what is wrong', () => {
  const one = (line: string): string => inDag(line).join(' | ');
  expect(one('schedule: { every: 5m, timezone: UTC }')).toContain('`every` counts plain time');
  expect(one('schedule: { after: 5m, calendar: x }')).toContain('`after` counts plain time');
  expect(one('schedule: { cron: "0 3 * * *", calendar: {} }')).toContain('names of calendars');
  expect(one('onSlaMiss: { dag: b }')).toContain('no `sla`');
  expect(one('failover: x')).toContain('cannot take over from itself');
  expect(one('onRetry: { dag: b }')).toContain('unknown key "onRetry"');
  expect(one('triggers: [{ name: a }]')).toContain('a trigger is one of webhook');
  expect(one('triggers: [{ cron: "0 3 * * *" }]')).toContain('is a `schedule`');
  expect(one('triggers: [{ dag: b, window: 1h }]')).toContain('`window` goes with `all`');
  expect(one('triggers: [{ all: [{ dag: b }, { cron: "x" }] }]')).toContain(
    'triggers[0].all[1].cron',
  );
  expect(one('triggers: [{ dag: b, name: c }, { dag: b, name: c }]')).toContain('two triggers');
  expect(one('triggers: [{ dag: b, labels: { a: b } }]')).toContain('`labels` goes with `file`');
  expect(one('params: { n: { type: integer, pattern: x } }')).toContain('goes with string');
  expect(one('params: { n: { type: integer, minimum: 3, maximum: 2 } }')).toContain('less than');
  expect(one('params: { n: { type: string, pattern: "(" } }')).toContain('is not a pattern');
  expect(one('params: { n: { type: string, pattern: "(?=a)" } }')).toContain('is not a pattern');
  expect(one('params: { d: { type: date, default: 2026-02-30 } }')).toContain('a date as in');
  expect(one('params: { n: { type: integer, default: 5, maximum: 4 } }')).toContain('at most 4');
});

test('dag-file: no message shows a secret', () => {
  for (const said of [
    'secret: hunter2',
    'secret: 12345',
    'secretSha256: hunter2',
    'secrte: hunter2',
  ]) {
    const text = `id: x\ntriggers: [{ webhook: { ${said} } }]\ntasks: { a: { type: noop } }`;
    const found = findingsOf(text);
    expect(found).toHaveLength(1);
    expect(JSON.stringify(found)).not.toMatch(/hunter2|12345/);
  }
});

test('dag-file: callbacks count as tasks, and their ids have a length', () => {
  const tasks: Record<string, unknown> = {};
  for (let i = 0; i < 6_000; i++) tasks[`t${i}`] = { type: 'noop' };
  const file = { id: 'x', defaults: { onFailure: { dag: 'b' } }, tasks };
  const [many] = findingsOf(JSON.stringify(file), 'json');
  expect(many!.message).toContain('12000 tasks, at most 10000');
  const name = 'a'.repeat(240);
  const [long] = inTasks(`${name}: { type: noop, onFailure: { dag: b } }`);
  expect(long).toMatch(/^3:3 .*shorten/);
});

test('dag-file: defaults and anchors count in every task that takes them', () => {
  const text = `x${'y'.repeat(14_000)}`;
  const tasks = (count: number): string =>
    Array.from({ length: count }, (_, at) => `  t${at}: { type: noop }\n`).join('');
  const many = (count: number): readonly string[] =>
    complaints(`id: x\ndefaults: { env: { TEXT: ${text} } }\ntasks:\n${tasks(count)}`);
  expect(many(500)).toEqual([]);
  expect(many(700)).toEqual([
    expect.stringMatching(/the definition has some \d+ characters, at most 8388608 are allowed/),
  ]);
  const env = Array.from({ length: 80 }, (_, at) => `E${at}: *text`).join(', ');
  const one = `id: x\nx-text: &text ${text}\ntasks: { big: { type: noop, env: { ${env} } } }`;
  expect(complaints(one)).toEqual([
    expect.stringMatching(/tasks.big.*the task has some \d+ characters, at most 1048576/),
  ]);
});
