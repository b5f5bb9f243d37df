import { expect, it } from 'vitest';
import type { GridRunView } from '../../../../src/model/views/grid.ts';
import { type GridRow, joined, rowsOf, runMs, stateAt } from './grid-model.ts';

const run = (runId: string, states: string, createdAt = '2026-01-01T00:00:00Z'): GridRunView => ({
  ...{ runId, states, createdAt, versionId: 'v', state: 'success', trigger: 'manual' },
  ...{ logicalDate: null, startedAt: null, endedAt: null, mapped: {}, attempts: {} },
  ...{ failedAt: {}, durationsMs: [...states].map((_, at) => at) },
});
const specOf = (groups: Readonly<Record<string, string | undefined>>) => {
  const tasks = Object.entries(groups).map(([id, group]) => [id, { group }]);
  return { tasks: Object.fromEntries(tasks) } as unknown as Parameters<typeof rowsOf>[1];
};
const named = (rows: readonly GridRow[]): readonly string[] =>
  rows.map(({ kind, id, depth }) => `${' '.repeat(depth)}${kind === 'group' ? '+' : ''}${id}`);

it('grid page: pages of different versions agree on the places of tasks', () => {
  const newer = { tasks: ['a', 'b'], runs: [run('r2', 'sf', '2026-01-02T00:00:00Z')] };
  const older = { tasks: ['a', 'c', 'b'], runs: [run('r1', 'skr')] };
  const { tasks, runs } = joined([newer, older]);
  expect(tasks).toEqual(['a', 'b', 'c']);
  expect(runs.map(({ runId, states }) => [runId, states])).toEqual([
    ['r1', 'srk'],
    ['r2', 'sf'],
  ]);
  expect(runs[0]?.durationsMs).toEqual([0, 2, 1]);
});

it('grid page: of a run in two pages the later one counts', () => {
  const { runs } = joined([
    { tasks: ['a'], runs: [run('r', 'r')] },
    { tasks: ['a'], runs: [run('r', 's')] },
  ]);
  expect(runs.map(({ states }) => states)).toEqual(['s']);
});

it('grid page: tasks of a group stand behind its name, and a folded one hides them', () => {
  const spec = specOf({ a: undefined, x: 'load', b: undefined, y: 'load.inner', z: 'load' });
  const tasks = ['a', 'x', 'b', 'y', 'z'];
  expect(named(rowsOf(tasks, spec, new Set()))).toEqual([
    ...['a', '+load', ' x', ' +load.inner', '  y', ' z', 'b'],
  ]);
  expect(named(rowsOf(tasks, spec, new Set(['load.inner'])))).toEqual([
    ...['a', '+load', ' x', ' +load.inner', ' z', 'b'],
  ]);
  expect(named(rowsOf(tasks, spec, new Set(['load'])))).toEqual(['a', '+load', 'b']);
});

it('grid page: a group is in the state of its member that needs a look first', () => {
  const group: GridRow = {
    ...{ kind: 'group', id: 'g', depth: 0 },
    isFolded: true,
    members: [0, 2],
  };
  expect(stateAt(run('r', 'sfs'), group)).toBe('success');
  expect(stateAt(run('r', 'ssr'), group)).toBe('running');
  expect(stateAt(run('r', '.f.'), group)).toBeUndefined();
  expect(stateAt(run('r', 'sf'), { kind: 'task', id: 'b', depth: 0, index: 1 })).toBe('failed');
});

it('grid page: a run that goes on has taken as long as until now', () => {
  const startedAt = '1970-01-01T00:00:01.000Z';
  expect(runMs({ startedAt, endedAt: null }, 4_000)).toBe(3_000);
  expect(runMs({ startedAt, endedAt: '1970-01-01T00:00:02.500Z' }, 4_000)).toBe(1_500);
  expect(runMs({ startedAt: null, endedAt: null }, 4_000)).toBe(0);
});
