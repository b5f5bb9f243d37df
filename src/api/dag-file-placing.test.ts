import { expect, test } from 'vitest';
import type { TaskSpec } from '../model/dag.ts';
import { specVersionOf } from '../model/newness.ts';
import { complaints, read, specOf, tasksOf } from './testing/dag-texts.ts';

const placingKeys = [
  ...['limits', 'nodePool', 'queue', 'tolerations', 'affinity'],
  ...['maxConcurrency', 'preemptible', 'priorityClass'],
];

/** What is kept of places and turns. */
const placingOf = (task: TaskSpec | undefined): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(task ?? {}).filter(([key]) => placingKeys.includes(key)));

test('dag-file: what a task says of its place', () => {
  const { a, b } = tasksOf(`
  b: { type: noop }
  a:
    type: shell
    command: "true"
    resources: { cpu: 1, memory: 512Mi, licence: 2 }
    limits: { cpu: 1.5, memory: 1Gi, licence: 2, disk: 5Gi }
    nodePool: big
    queue: etl
    tolerations: [spot, "gpu=a100", { key: old }, { key: zone, value: far }, spot]
    affinity:
      require: { zone: [a, b], ssd: true }
      forbid: { kind: spot }
      prefer: { rack: 7 }
      near: b
      apart: [self, b]
    maxConcurrency: 3
    preemptible: true
    priorityClass: high
`);
  expect(placingOf(a)).toEqual({
    limits: { cpu: 1500, memory: 2 ** 30, disk: 5 * 2 ** 30 },
    nodePool: 'big',
    queue: 'etl',
    tolerations: [
      { key: 'spot', value: null },
      { key: 'gpu', value: 'a100' },
      { key: 'old', value: null },
      { key: 'zone', value: 'far' },
    ],
    affinity: {
      require: { zone: ['a', 'b'], ssd: ['true'] },
      forbid: { kind: ['spot'] },
      prefer: { rack: ['7'] },
      near: ['b'],
      apart: ['a', 'b'],
    },
    maxConcurrency: 3,
    preemptible: true,
    priorityClass: 'high',
  });
  expect(a?.resources).toEqual({ cpu: 1000, memory: 2 ** 29, licence: 2000, slots: 1 });
  expect(placingOf(b)).toEqual({});
});

test('dag-file: what a DAG says of its tasks', () => {
  const spec = specOf(`
id: x
priorityClass: low
maxConcurrency: 12
weight: 0.5
order: sjf
placement: spread
tasks: { a: { type: noop, priorityClass: low }, b: { type: noop, priorityClass: normal } }
`);
  expect(spec).toMatchObject({
    priorityClass: 'low',
    maxConcurrency: 12,
    weight: 0.5,
    order: 'sjf',
    placement: 'spread',
  });
  const { a, b } = spec.tasks as Readonly<Record<string, TaskSpec>>;
  expect([placingOf(a), placingOf(b)]).toEqual([{}, { priorityClass: 'normal' }]);
  expect(specVersionOf(spec)).toBe(3);
});

test('dag-file: who says the defaults of placement keeps the version of who says nothing', () => {
  const plain = read('id: x\ntasks: { a: { type: shell, command: "true" } }');
  const said = read(`id: x
priorityClass: normal
weight: 1
placement: pack
defaults: { preemptible: false, affinity: {}, tolerations: [] }
tasks:
  a:
    type: shell
    command: "true"
    limits: { cpu: 0.25, memory: 128Mi, gpu: 0 }
    priorityClass: normal
    affinity: { require: {}, prefer: {} }
`);
  expect(plain).toMatchObject({ ok: true });
  expect(said).toMatchObject({ ok: true, value: { versionId: plain.ok && plain.value.versionId } });
});

test('dag-file: defaults of placement are put together with what a task says', () => {
  const {
    a,
    b,
    'g.c': c,
  } = tasksOf(`id: x
defaults:
  limits: { cpu: 2, memory: 1Gi }
  tolerations: [spot]
  affinity: { require: { zone: a }, forbid: { old: true }, near: a, apart: self }
  nodePool: big
  preemptible: true
tasks:
  a: { type: noop }
  b:
    type: noop
    limits: { memory: 2Gi }
    tolerations: [gpu]
    affinity: { require: { ssd: true }, apart: a }
    nodePool: small
    preemptible: false
  g:
    type: group
    defaults: { limits: { cpu: 4 }, tolerations: [far], affinity: { forbid: { new: true } } }
    tasks: { c: { type: noop } }
`);
  const spot = { key: 'spot', value: null };
  expect(placingOf(a)).toEqual({
    limits: { cpu: 2000, memory: 2 ** 30 },
    tolerations: [spot],
    affinity: { require: { zone: ['a'] }, forbid: { old: ['true'] }, apart: ['a'] },
    nodePool: 'big',
    preemptible: true,
  });
  expect(placingOf(b)).toEqual({
    limits: { cpu: 2000, memory: 2 ** 31 },
    tolerations: [spot, { key: 'gpu', value: null }],
    affinity: { require: { ssd: ['true'] }, forbid: { old: ['true'] }, near: ['a'], apart: ['a'] },
    nodePool: 'small',
  });
  expect(placingOf(c)).toMatchObject({
    limits: { cpu: 4000, memory: 2 ** 30 },
    tolerations: [spot, { key: 'far', value: null }],
    affinity: { forbid: { new: ['true'] }, near: ['a'], apart: ['g.c'] },
  });
});

test('dag-file: near and apart mean names as dependsOn does; a group is all its work', () => {
  const tasks = tasksOf(`
  get: { type: noop }
  g:
    type: group
    tasks:
      get: { type: noop }
      ask: { type: approval, message: Go? }
      put: { type: noop, affinity: { near: get, apart: [g] } }
  h: { type: noop, affinity: { near: [get, g.get], apart: g } }
  undone: { type: noop, compensate: { type: noop, affinity: { near: undone, apart: self } } }
  told: { type: noop, onFailure: { task: { type: noop, affinity: { near: told } } } }
`);
  expect(tasks['g.put']?.affinity).toEqual({ near: ['g.get'], apart: ['g.get', 'g.put'] });
  expect(tasks.h?.affinity).toEqual({ near: ['get', 'g.get'], apart: ['g.get', 'g.put'] });
  expect(tasks['undo.undone']?.affinity).toEqual({ near: ['undone'], apart: ['undo.undone'] });
  expect(tasks['on.told.failure.1']?.affinity).toEqual({ near: ['told'] });
});

test('dag-file: what the leader does has no place, whatever the defaults say', () => {
  const tasks = tasksOf(`id: x
defaults:
  limits: { cpu: 0.1 }
  resources: { cpu: 0.1 }
  nodePool: p
  queue: q
  tolerations: [t]
  affinity: { apart: self }
  maxConcurrency: 1
  preemptible: true
  priorityClass: high
tasks:
  w: { type: wait, for: 5m }
  a: { type: approval, message: Go? }
  b: { type: branch, condition: "true" }
  s: { type: subdag, dag: other }
  d: { type: sensor, dag: up }
`);
  for (const task of Object.values(tasks)) expect(placingOf(task)).toEqual({});
  const inTasks = (task: string): readonly string[] => complaints(`id: x\ntasks: { a: ${task} }`);
  expect(inTasks('{ type: wait, for: 5m, queue: q }')[0]).toContain('unknown key "queue"');
  expect(inTasks('{ type: approval, message: m, affinity: {} }')[0]).toContain('unknown key');
  for (const said of ['limits: {cpu: 1}', 'preemptible: true', 'tolerations: [a]', 'queue: q']) {
    expect(inTasks(`{ type: sensor, dag: up, ${said} }`)).toEqual([
      expect.stringContaining('does not run on a node'),
    ]);
  }
});
