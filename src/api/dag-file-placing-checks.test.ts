import { describe, expect, test } from 'vitest';
import { dagFileLimits } from './dag-file-limits.ts';
import { complaints, findingsOf } from './testing/dag-texts.ts';

const inTasks = (...lines: readonly string[]): readonly string[] =>
  complaints(`id: x\ntasks:\n${lines.map((line) => `  ${line}\n`).join('')}`);
const inDag = (...lines: readonly string[]): readonly string[] =>
  complaints(`id: x\n${lines.join('\n')}\ntasks: { a: { type: noop } }`);

test('dag-file: a name in near or apart that is none gets a suggestion, at its place', () => {
  expect(
    inTasks(
      'extract: { type: noop, affinity: { near: extrct, apart: [self, lod] } }',
      'load: { type: noop, affinity: { near: load } }',
      'ask: { type: approval, message: m }',
      'g:',
      '  type: group',
      '  defaults: { affinity: { apart: innr } }',
      '  tasks: { inner: { type: noop, affinity: { near: [ask] } } }',
      'undo: { type: noop, compensate: { type: noop, affinity: { near: nobody } } }',
      'tell: { type: noop, onFailure: { task: { type: noop, affinity: { apart: extrac } } } }',
    ),
  ).toEqual([
    '3:38 tasks.extract.affinity.near: "extrct" is not a task; did you mean "extract"?',
    '3:66 tasks.extract.affinity.apart[1]: "lod" is not a task; did you mean "load"?',
    '4:35 tasks.load.affinity.near: this is the task itself: name others',
    '8:29 tasks.g.defaults.affinity.apart: "innr" is not a task; did you mean "inner"?',
    '9:54 tasks.g.tasks.inner.affinity.near[0]: "ask" is done by the leader and never on a node',
    '10:61 tasks.undo.compensate.affinity.near: "nobody" is not a task',
    '11:68 tasks.tell.onFailure.task.affinity.apart: "extrac" is not a task; ' +
      'did you mean "extract"?',
  ]);
  expect(inDag('defaults: { affinity: { near: b } }')).toEqual([
    expect.stringContaining('defaults.affinity.near: "b" is not a task'),
  ]);
  expect(inDag('onExit: { task: { type: noop, affinity: { near: b } } }')).toEqual([
    expect.stringContaining('onExit.task.affinity.near: "b" is not a task'),
  ]);
});

test('dag-file: a limit below the request is refused where it was said', () => {
  expect(
    inTasks(
      'a: { type: shell, command: x, limits: { cpu: 0.1, memory: 1Gi } }',
      'b: { type: noop, resources: { memory: 2Gi, licence: 3 }, limits: { licence: 2 } }',
      'c: { type: sensor, command: x, limits: { memory: 1Mi } }',
      'd: { type: http, url: "http://x", limits: { cpu: 0.1 } }',
    ),
  ).toEqual([
    '3:43 tasks.a.limits.cpu: cpu: a limit of 0.1 is less than the 0.25 that the task asks for: ' +
      'raise it, or ask for less',
    expect.stringContaining(
      '4:70 tasks.b.limits.licence: licence: a limit of 2 is less than the 3',
    ),
    expect.stringContaining('5:44 tasks.c.limits.memory: memory: a limit of 1Mi is less than the'),
  ]);
  expect(
    complaints(`id: x
defaults: { limits: { memory: 1Gi } }
tasks:
  a: { type: noop, resources: { memory: 2Gi } }
  b: { type: noop, resources: { memory: 2Gi }, limits: { memory: 3Gi } }
  w: { type: wait, for: 5m }
`),
  ).toEqual([expect.stringContaining('4:33 tasks.a.resources.memory: memory: a limit of 1Gi')]);
});

test('dag-file: what must not be repeated cannot make room for others', () => {
  expect(
    complaints(`id: x
defaults: { preemptible: true }
tasks:
  a: { type: noop, idempotent: false }
  b: { type: noop, idempotent: false, preemptible: true }
  c: { type: noop, idempotent: false, preemptible: false }
  d: { type: noop }
`),
  ).toEqual([
    expect.stringContaining('4:20 tasks.a.idempotent: what must not be repeated cannot make room'),
    expect.stringContaining('5:39 tasks.b.preemptible: what must not be repeated'),
  ]);
});

test('dag-file: a label that is required and forbidden is refused', () => {
  expect(
    complaints(`id: x
defaults: { affinity: { forbid: { zone: [a, b], disk: slow } } }
tasks:
  a: { type: noop, affinity: { require: { zone: [b, c] } } }
  b: { type: noop, affinity: { require: { zone: b } } }
  c: { type: noop, affinity: { require: { zone: b }, forbid: { zone: a } } }
`),
  ).toEqual([
    '5:43 tasks.b.affinity.require.zone: what "zone" must be is forbidden as well: ' +
      'the task could run nowhere',
  ]);
});

describe('dag-file: places that are written wrong say what is right', () => {
  test.each([
    ['nodePool: "a b"', 'a node pool is 1 to 250'],
    ['queue: ..', 'must not be'],
    ['tolerations: spot', 'a list'],
    ['tolerations: ["a b"]', 'write a taint as key or key=value'],
    ['tolerations: ["a=b=c"]', 'write a taint as key or key=value'],
    ['tolerations: [{ value: a }]', 'is missing'],
    ['tolerations: [{ key: a, effect: refuse }]', 'unknown key "effect"'],
    ['affinity: { required: { zone: a } }', 'did you mean "require"?'],
    ['affinity: { require: { zone: [] } }', 'at least 1'],
    ['affinity: { require: { zone: { a: b } } }', 'expected'],
    ['affinity: { require: { "z z": a } }', 'a label is named by'],
    ['affinity: { near: [] }', 'at least 1'],
    ['maxConcurrency: 0', 'at least 1'],
    ['preemptible: perhaps', 'true or false'],
    ['priorityClass: hihg', 'did you mean "high"?'],
    ['limits: { slots: 2 }', 'cannot be asked for'],
    ['limits: { memory: 5 }', '256Mi'],
    ['affinity: { require: { zone: "{{ ds }}" } }', 'there are no templates here'],
  ])('a task with %s', (said, expected) => {
    expect(inTasks(`a: { type: noop, ${said} }`)).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    ['priorityClass: urgent', 'is not one of critical, high, normal, low'],
    ['maxConcurrency: 1.5', 'whole number'],
    ['weight: 0', 'too small'],
    ['weight: 1001', 'too large: at most 1000'],
    ['order: fifo', 'critical-path, fcfs, sjf, srtf'],
    ['placement: scatter', 'is not one of pack, spread'],
  ])('a DAG with %s', (said, expected) => {
    expect(inDag(said)).toEqual([expect.stringContaining(expected)]);
  });
});

test('dag-file: lists of places have limits, with groups counted by their tasks', () => {
  const many = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, at) => `t${at}`);
  const tasks: Record<string, unknown> = Object.fromEntries(
    many(dagFileLimits.neighbours + 1).map((id) => [id, { type: 'noop' }]),
  );
  const refused = (affinity: unknown): readonly string[] => {
    const all = { g: { type: 'group', tasks }, a: { type: 'noop', affinity } };
    return findingsOf(JSON.stringify({ id: 'x', tasks: all }), 'json').map((it) => it.message);
  };
  expect(refused({ near: 'g' })).toEqual(['these are 101 tasks, at most 100 may be named']);
  expect(refused({ near: 'g.t1' })).toEqual([]);
  expect(refused({ apart: many(dagFileLimits.neighbours + 1) })[0]).toContain('at most 100');
  const values = many(dagFileLimits.labelValues + 1);
  expect(refused({ require: { zone: values } })[0]).toContain('at most 50');
  const labels = Object.fromEntries(many(dagFileLimits.labels + 1).map((it) => [it, 'x']));
  expect(refused({ prefer: labels })[0]).toContain('at most 50');
  const tolerations = many(dagFileLimits.tolerations + 1);
  expect(inTasks(`a: { type: noop, tolerations: ${JSON.stringify(tolerations)} }`)[0]).toContain(
    'at most 50',
  );
});

test('dag-file: names that defaults repeat for every task are counted together', () => {
  const ids = Array.from({ length: 2_100 }, (_, at) => `t${at}`);
  const defaults = { affinity: { near: ids.slice(0, 100) } };
  const tasks = Object.fromEntries(ids.map((id) => [id, { type: 'noop' }]));
  const [only] = findingsOf(JSON.stringify({ id: 'x', defaults, tasks }), 'json');
  expect(only?.message).toContain('210000 names of tasks in `near` and `apart`, at most 200000');
});
