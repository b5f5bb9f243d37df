import { expect, test } from 'vitest';
import { complaints, specOf, tasksOf } from './testing/dag-texts.ts';

const parents = (text: string): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(tasksOf(text)).map(([id, task]) => [id, task.dependsOn]));

test('groups: depending on a group is depending on its leaves, and its roots wait for it', () => {
  expect(
    parents(`
  start: { type: noop }
  load:
    type: group
    dependsOn: [start]
    tasks:
      a: { type: noop }
      b: { type: noop, dependsOn: [a] }
      c: { type: noop, dependsOn: [a] }
  end: { type: noop, dependsOn: [load] }
`),
  ).toEqual({
    start: [],
    'load.a': ['start'],
    'load.b': ['load.a'],
    'load.c': ['load.a'],
    end: ['load.b', 'load.c'],
  });
});

test('groups: names are those of siblings first, then of what is around', () => {
  expect(
    parents(`
  a: { type: noop }
  g:
    type: group
    tasks:
      a: { type: noop }
      b: { type: noop, dependsOn: [a] }
      h:
        type: group
        dependsOn: [b]
        tasks:
          c: { type: noop, dependsOn: [a, d] }
          d: { type: noop }
  z: { type: noop, dependsOn: [a, g.h.c] }
`),
  ).toEqual({
    a: [],
    'g.a': [],
    'g.b': ['g.a'],
    'g.h.c': ['g.a', 'g.h.d'],
    'g.h.d': ['g.b'],
    z: ['a', 'g.h.c'],
  });
});

test('groups: what an outer group waits for, only roots of it wait for', () => {
  expect(
    parents(`
  s: { type: noop }
  outer:
    type: group
    dependsOn: [s]
    tasks:
      first: { type: group, tasks: { a: { type: noop } } }
      second: { type: group, dependsOn: [first], tasks: { b: { type: noop }, c: { type: noop } } }
  e: { type: noop, dependsOn: [outer] }
`),
  ).toEqual({
    s: [],
    'outer.first.a': ['s'],
    'outer.second.b': ['outer.first.a'],
    'outer.second.c': ['outer.first.a'],
    e: ['outer.second.b', 'outer.second.c'],
  });
});

test('groups: a teardown is no leaf, and a compensation stands outside', () => {
  const tasks = tasksOf(`
  g:
    type: group
    tasks:
      make: { type: noop, compensate: undo }
      use: { type: noop, dependsOn: [make] }
      drop: { type: noop, dependsOn: [use], teardown: make }
      undo: { type: noop }
  end: { type: noop, dependsOn: [g] }
`);
  expect(tasks.end!.dependsOn).toEqual(['g.use']);
  expect(tasks['g.undo']).toMatchObject({ role: { kind: 'compensation', of: 'g.make' } });
  expect(tasks['g.drop']).toMatchObject({ role: { kind: 'teardown', setups: ['g.make'] } });
});

test('groups: the trigger rule of a group is that of its roots, defaults are put together', () => {
  const tasks = tasksOf(`id: x
defaults: { triggerRule: none_failed, retries: 1, env: { A: "1", B: "1" } }
tasks:
  g:
    type: group
    triggerRule: all_done
    defaults: { retries: 2, env: { B: "2" } }
    tasks:
      a: { type: noop }
      b: { type: noop, dependsOn: [a] }
      c: { type: noop, triggerRule: always, retries: 3, env: { B: "3" } }
`);
  expect(tasks).toMatchObject({
    'g.a': { triggerRule: 'all_done', retries: 2, env: { A: '1', B: '2' }, group: 'g' },
    'g.b': { triggerRule: 'none_failed', retries: 2 },
    'g.c': { triggerRule: 'always', retries: 3, env: { A: '1', B: '3' } },
  });
});

test('groups: a mapped group is one map with all its tasks as members', () => {
  const { maps, groups, tasks } = specOf(`
id: x
tasks:
  list: { type: noop }
  other: { type: noop }
  g:
    type: group
    dependsOn: [list]
    forEach: tasks.list.output
    maxParallel: 2
    triggerRule: none_failed
    tasks:
      a: { type: shell, command: "echo {{ item }}", onFailure: { dag: alarm } }
      h: { type: group, dependsOn: [a, other], tasks: { b: { type: noop } } }
  end: { type: shell, dependsOn: [g], command: "echo {{ tasks['g.h.b'].output | json | quote }}" }
`);
  expect(maps).toEqual({
    g: {
      over: { item: 'tasks.list.output' },
      members: ['g.a', 'g.h.b'],
      dependsOn: ['list'],
      triggerRule: 'none_failed',
      activeMax: 2,
    },
  });
  expect(groups).toEqual(['g', 'g.h']);
  expect(tasks).toMatchObject({
    'g.a': { map: 'g', group: 'g', triggerRule: 'none_failed', dependsOn: ['list'] },
    'g.h.b': { map: 'g', group: 'g.h', dependsOn: ['g.a', 'other'] },
    'on.g.a.failure.1': { group: 'g' },
    end: { dependsOn: ['g.h.b'] },
  });
  expect(tasks).not.toHaveProperty(['on.g.a.failure.1', 'map']);
});

test('groups: a branch follows a group as its roots', () => {
  const tasks = tasksOf(`
  q: { type: branch, condition: "true", then: g }
  g:
    type: group
    dependsOn: [q]
    tasks: { a: { type: noop }, b: { type: noop, dependsOn: [a] } }
`);
  expect(tasks.q!.action).toMatchObject({ follow: ['g.a'] });
});

test('groups: mistakes are told where they stand, with the names that one may use there', () => {
  expect(
    complaints(`id: x
tasks:
  g:
    type: group
    dependsOn: [g.a]
    tasks:
      alpha: { type: noop, dependsOn: [alhpa, g] }
      a: { type: noop, dependsOn: [alpa] }
  e: { type: group, tasks: {} }
  h.i: { type: group, tasks: { a: { type: noop } } }
  g.a: { type: noop }
`),
  ).toEqual([
    '5:17 tasks.g.dependsOn[0]: the group "g" cannot wait for "g.a", which stands in it',
    '7:40 tasks.g.tasks.alpha.dependsOn[0]: ' +
      '"g.alpha" depends on "alhpa", which is not a task; did you mean "alpha"?',
    '7:47 tasks.g.tasks.alpha.dependsOn[1]: ' +
      '"g.alpha" stands in the group "g" and cannot wait for the end of it',
    '8:36 tasks.g.tasks.a.dependsOn[0]: ' +
      '"g.a" depends on "alpa", which is not a task; did you mean "alpha"?',
    '9:21 tasks.e.tasks: a group needs at least one task',
    '10:3 tasks.h.i: the name of a group has no dots: they stand between a group and its tasks',
    '11:3 tasks.g.a: there are two tasks with the id "g.a": rename one of them',
  ]);
});

test('groups: a cycle through groups is found', () => {
  const [first, ...others] = complaints(`id: x
tasks:
  g: { type: group, dependsOn: [h], tasks: { a: { type: noop } } }
  h: { type: group, dependsOn: [g], tasks: { b: { type: noop } } }
`);
  expect(others).toEqual([]);
  expect(first).toContain('g.a -> h.b -> g.a');
});

test('groups: maps do not nest, and two large groups do not make millions of edges', () => {
  const [nested] = complaints(`id: x
tasks:
  g: { type: group, forEach: [1], tasks: { a: { type: noop, forEach: [2] } } }
`);
  expect(nested).toContain('3:61 tasks.g.tasks.a.forEach: the group "g" around it is mapped');
  const many = Array.from({ length: 1_000 }, (_, i) => `a${i}: { type: noop }`).join(', ');
  const [large] = complaints(`id: x
tasks:
  g: { type: group, tasks: { ${many} } }
  h: { type: group, dependsOn: [g], tasks: { ${many} } }
`);
  expect(large).toContain('let a noop task stand between groups');
});
