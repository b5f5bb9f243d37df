/** Whatever a file says: it is refused, or it becomes a version whose parts fit together. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { taskId } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import { buildGraph } from '../model/graph.ts';
import { read } from './testing/dag-texts.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'g', 'h'] as const;
const name = fc.constantFrom(...names);
const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const hook = fc.constantFrom<unknown>({ dag: 'other' }, { webhook: 'https://x' }, [
  { task: { type: 'shell', command: 'echo {{ trigger.state }}' } },
]);

const common = {
  dependsOn: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.uniqueArray(name, { maxLength: 2 }) },
  ),
  condition: maybe(fc.constantFrom('true', 'tasks.a.state == "success"', 'item > 1')),
  forEach: maybe(fc.constantFrom<unknown>([1, 2], 'tasks.a.output', { x: [1], y: 'params.l' })),
  onFailure: maybe(hook),
  onRetry: maybe(hook),
  compensate: maybe(fc.oneof<fc.Arbitrary<unknown>[]>(name, fc.constant({ type: 'noop' }))),
};

const someNames = fc.oneof<fc.Arbitrary<unknown>[]>(name, fc.uniqueArray(name, { maxLength: 2 }));
const ofWork = {
  affinity: maybe(
    fc.record({ near: maybe(someNames), apart: fc.constantFrom<unknown>('self', ['self', 'a']) }),
  ),
  limits: maybe(fc.constantFrom<unknown>({ cpu: 0.25 }, { cpu: 1, gpu: 0 }, { memory: '1Mi' })),
  preemptible: maybe(fc.boolean()),
  idempotent: maybe(fc.boolean()),
};

const leaf = fc.oneof(
  fc.record({ type: fc.constant('noop'), retries: maybe(fc.nat(2)), ...common, ...ofWork }),
  fc.record({
    type: fc.constant('shell'),
    command: fc.constantFrom('true', 'echo {{ ds }}', 'echo {{ tasks.b.output.x }}'),
    teardown: maybe(fc.oneof<fc.Arbitrary<unknown>[]>(fc.constant(true), name)),
    setup: maybe(fc.constant(true)),
    ...common,
    ...ofWork,
  }),
  fc.record({
    type: fc.constant('branch'),
    // biome-ignore lint/suspicious/noThenProperty: it is the name of a key in the file
    then: maybe(name),
    else: maybe(name),
    ...common,
    condition: fc.constant('true'),
  }),
  fc.record({ type: fc.constant('wait'), for: fc.constant('1m'), ...common }),
  fc.record({ type: fc.constant('sensor'), dag: fc.constant('up'), ...common }),
);

const tasks = fc.letrec<{ tasks: Record<string, unknown>; task: unknown }>((tie) => ({
  task: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      type: fc.constant('group'),
      dependsOn: common.dependsOn,
      forEach: common.forEach,
      tasks: tie('tasks'),
    }),
  ),
  tasks: fc.dictionary(name, tie('task'), { minKeys: 1, maxKeys: 6 }),
})).tasks;

/** A record without what is undefined, as it comes out of a text. */
const textOf = (file: unknown): string => JSON.stringify(file);

function expectSound({ tasks: specs, maps = {} }: DagSpec): void {
  const outside = new Set(
    Object.entries(specs)
      .filter(([, { role }]) => role !== undefined && role.kind !== 'teardown')
      .map(([id]) => id),
  );
  for (const [id, spec] of Object.entries(specs)) {
    for (const parent of spec.dependsOn) {
      expect(specs).toHaveProperty([parent]);
      expect(outside.has(parent) || outside.has(id)).toBe(false);
    }
    expect(new Set(spec.dependsOn).size).toBe(spec.dependsOn.length);
    if (spec.map !== undefined) expect(maps[spec.map]!.members).toContain(id);
    if (spec.compensate !== undefined) {
      expect(specs[spec.compensate]!.role).toEqual({ kind: 'compensation', of: id });
    }
    if (spec.role?.kind === 'hook') expect(specs).toHaveProperty([spec.role.of ?? '']);
    if (spec.role?.kind === 'teardown') {
      for (const setup of spec.role.setups) expect(specs).toHaveProperty([setup]);
    }
  }
  for (const [id, spec] of Object.entries(specs)) expectSoundPlace(id, spec, specs);
  expect(buildGraph(specs).ok).toBe(true);
  for (const [id, map] of Object.entries(maps)) {
    expect(map.members.length).toBeGreaterThan(0);
    for (const member of map.members) expect(specs[member]).toMatchObject({ map: id });
    for (const parent of map.dependsOn) expect(specs[taskId(parent)]!.map).not.toBe(id);
  }
}

/** Only what runs on nodes has a place, and only such tasks are its neighbours. */
function expectSoundPlace(id: string, spec: TaskSpec, specs: DagSpec['tasks']): void {
  const { affinity = {}, limits = {}, preemptible, idempotent } = spec;
  const isWork = (task: TaskSpec | undefined): boolean => task?.resources.slots === 1;
  if (!isWork(spec)) expect([affinity, limits, preemptible]).toEqual([{}, {}, undefined]);
  for (const other of [...(affinity.near ?? []), ...(affinity.apart ?? [])]) {
    expect(isWork(specs[other])).toBe(true);
  }
  expect(affinity.near ?? []).not.toContain(id);
  for (const [name, limit] of Object.entries(limits)) {
    expect(limit).toBeGreaterThan(spec.resources[name] ?? 0);
  }
  expect(preemptible === true && !idempotent).toBe(false);
}

test('dag-file: a file that passes the checks becomes a version whose parts fit together', () => {
  let passed = 0;
  fc.assert(
    fc.property(tasks, (some) => {
      const params = { l: { type: 'array', default: [1] } };
      const result = read(textOf({ id: 'x', params, tasks: some }), 'json');
      if (!result.ok) return;
      passed++;
      expectSound(result.value.spec);
      const again = read(textOf(result.value.file), 'json');
      expect(again.ok && again.value.versionId).toBe(result.value.versionId);
    }),
    { numRuns: 100, seed: 4 },
  );
  expect(passed).toBeGreaterThan(10);
});

test('dag-file: nothing that is JSON makes it throw', () => {
  const key = fc.constantFrom('type', 'tasks', 'dependsOn', 'forEach', 'compensate', 'then', 'on');
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom<unknown>('group', 'noop', 'branch', 'a', '{{', 'tasks.a', null, 1, true),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(key, name), tie('any'), { maxKeys: 4 }),
    ),
  })).any;
  fc.assert(
    fc.property(value, value, (some, other) => {
      for (const file of [some, { id: 'x', tasks: some, triggers: other, onExit: other }]) {
        const result = read(textOf(file), 'json');
        if (!result.ok) expect(result.error.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 200, seed: 4 },
  );
});
