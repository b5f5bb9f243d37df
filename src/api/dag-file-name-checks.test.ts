import { describe, expect, test } from 'vitest';
import { readDag } from './dag-file.ts';
import { complaints, specOf, tasksOf } from './testing/dag-texts.ts';

const inTasks = (...lines: readonly string[]): readonly string[] =>
  complaints(`id: x
params: { city: { type: string }, n: { type: integer }, go: { type: boolean } }
tasks:
${lines.map((line) => `  ${line}\n`).join('')}`);
const inDag = (...lines: readonly string[]): readonly string[] =>
  complaints(`id: x\n${lines.join('\n')}\ntasks: { a: { type: noop } }`);

/** What is said of it; the place is the same for all. */
const said = (...lines: readonly string[]): readonly string[] =>
  inTasks(...lines).map((line) => line.replace(/^[^ ]+ [^ ]+: /, ''));

describe('dag-file: names', () => {
  test.each([
    ['params.citty == "a"', 'no param "citty"; did you mean "city"?'],
    ['has(params.zz)', 'no param "zz": declare it under `params`'],
    ['run.logicaldate == null', 'run has no "logicaldate"; did you mean "logicalDate"?'],
    ['task.try > 1', 'task has no "try"; it has id, mapIndex, attempt'],
    ['trigger.state == "failed"', 'trigger has no "state"; it has kind, payload'],
    ['params.n', 'never true or false'],
    ['"yes"', 'never true or false'],
    ['params.go ? 1 : 2', 'never true or false'],
    ['ds', 'never true or false'],
    ['params.n | int', 'write int(params.n) (character 10'],
    ['params.n | default(3) | int > 1', 'a function, as in int(params.n)'],
  ])('condition %s: %s', (condition, expected) => {
    const found = said(`a: { type: noop, condition: '${condition}' }`);
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    ['tasks.a.status == "x"', 'tasks.a has no "status"'],
    ['tasks.a.state == "sucess"', '"sucess" is no state; did you mean "success"?'],
    ['tasks.a.state in ["failed", "ok"]', '"ok" is no state; there are'],
  ])('%s: %s', (condition, expected) => {
    const found = said(
      'a: { type: noop }',
      `b: { type: noop, dependsOn: a, condition: '${condition}' }`,
    );
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  test('in templates too, with the place', () => {
    expect(inTasks('a: { type: shell, command: "echo {{ ds }} {{ params.town }}" }')).toEqual([
      '4:21 tasks.a.command: the DAG has no param "town": declare it under `params` ' +
        '(character 18 of the text)',
    ]);
  });

  test('what is right stays so: callbacks know more, a loop has its own names', () => {
    expect(
      inTasks(
        'a: { type: noop, condition: "params.go || [{\'z\': 1}].all(params, params.z == 1)" }',
        "b: { type: noop, dependsOn: a, condition: \"tasks.a.state in ['success', 'skipped']\" }",
        'c: { type: sensor, subject: a.b, filter: "trigger.payload.n > 1" }',
        'd:',
        '  type: noop',
        '  onFailure: { task: { type: noop, condition: "trigger.state == \'failed\'" } }',
        '  compensate: { type: shell, command: "echo {{ trigger.taskId }}" }',
      ),
    ).toEqual([]);
    expect(
      inDag('triggers: [{ subject: a.b, params: {}, filter: "trigger.events[0].key != \'\'" }]'),
    ).toEqual([]);
  });
});

test('dag-file: {{ }} in a text that nobody renders is refused', () => {
  const places = (lines: readonly string[]): readonly string[] =>
    lines.map((line) => line.split(' ')[1] ?? '');
  expect(
    places(
      inTasks(
        'a: { type: shell, command: x, cwd: "/{{ ds }}", labels: { z: "{{ ds }}" } }',
        'b: { type: approval, message: m, fields: { f: { type: string, default: "{{ ds }}" } } }',
        'c: { type: noop, forEach: ["{{ ds }}"], description: "{{ fine }}" }',
        'd: { type: noop, forEach: "{{ [1] }}", condition: "{{ true }}" }',
      ),
    ),
  ).toEqual([
    'tasks.a.cwd:',
    'tasks.a.labels.z:',
    'tasks.b.fields.f.default:',
    'tasks.c.forEach[0]:',
  ]);
  expect(
    places(inDag('params: { p: { type: string, default: "{{ ds }}" } }', 'tags: ["{{ x }}"]')),
  ).toEqual(['params.p.default:', 'tags[0]:']);
});

test('dag-file: JSON within quotes of a shell', () => {
  const found = said(`a: { type: shell, command: 'echo "{{ params.city | json }}"' }`);
  expect(found).toEqual([expect.stringContaining('write | json | quote')]);
  expect(said("a: { type: shell, command: 'echo {{ params.city | json | quote }}' }")).toEqual([]);
});

test('dag-file: a DAG does not wait for itself, and is told when it starts itself', () => {
  expect(said('a: { type: subdag, dag: x }', 'b: { type: trigger, dag: x, wait: true }')).toEqual([
    ...Array.from({ length: 2 }, () => 'a DAG cannot wait for a run of itself: name another'),
  ]);
  const text = 'id: x\ntriggers: [{ dag: x }]\ntasks: { a: { type: trigger, dag: x } }';
  const read = readDag({ text, format: 'yaml', id: null, namespace: null, limits: null });
  expect(read.ok && read.value.advice.map(({ path }) => path)).toEqual([
    'triggers[0]',
    'tasks.a.dag',
  ]);
});

test("dag-file: subjects that are everything, or the cluster's own", () => {
  expect(
    inTasks(
      'a: { type: sensor, subject: ">" }',
      'b: { type: sensor, subject: "*.>" }',
      'c: { type: sensor, subject: skein.x }',
      'd: { type: sensor, subject: $JS.x }',
      'e: { type: sensor, subject: "*.skein.>" }',
    ),
  ).toHaveLength(4);
});

test('dag-file: one name in dependsOn, keys of the author, and a param that may be null', () => {
  const spec = specOf(`x-shared: &shared { type: shell, command: ls }
x-n: 1
id: x
params: { a: { type: string, default: null }, b: { type: string } }
tasks:
  a: *shared
  b: { <<: *shared, dependsOn: a }
`);
  expect(spec.tasks).toMatchObject({ b: { dependsOn: ['a'] } });
  expect(spec.params.a).toMatchObject({ default: null, nullable: true });
  expect(spec.params.b).not.toHaveProperty('nullable');
  expect(inTasks('a: { type: noop, dependsOn: zz }', 'b: { type: noop, x-y: 1 }')).toEqual([
    expect.stringContaining('4:20 tasks.a.dependsOn: "a" depends on "zz"'),
    expect.stringContaining('unknown key "x-y"'),
  ]);
});

describe('dag-file: the condition of a group', () => {
  test('is that of its first tasks, beside their own', () => {
    const tasks = tasksOf(`id: x
params: { go: { type: boolean } }
tasks:
  p: { type: noop }
  g:
    type: group
    dependsOn: p
    condition: params.go
    tasks:
      a: { type: noop }
      b: { type: noop, condition: "tasks.p.state == 'success'" }
      c: { type: noop, dependsOn: a }
      h: { type: group, condition: "1 < 2", tasks: { i: { type: noop } } }
`);
    expect(tasks['g.a']?.condition).toBe('params.go');
    expect(tasks['g.b']?.condition).toBe("(params.go) && (tasks.p.state == 'success')");
    expect(tasks['g.c']).not.toHaveProperty('condition');
    expect(tasks['g.h.i']?.condition).toBe('(params.go) && (1 < 2)');
  });

  test('means tasks outside, and says so where one inside has the name', () => {
    const group = (inside: string): readonly string[] =>
      said(
        'p: { type: noop }',
        'g:',
        '  type: group',
        '  dependsOn: p',
        `  condition: tasks.p.state == 'success'`,
        `  tasks: ${inside}`,
      );
    expect(group('{ a: { type: noop } }')).toEqual([]);
    expect(group('{ p: { type: noop } }')).toEqual([expect.stringContaining('rename it')]);
  });
});

test('dag-file: what a task produces may be named by its own output', () => {
  expect(
    inTasks(
      'a: { type: shell, command: x, produces: "asset://x/{{ output.name }}" }',
      'b: { type: shell, command: x, produces: "asset://x/{{ tasks.b.output.name }}" }',
    ),
  ).toEqual([]);
});
