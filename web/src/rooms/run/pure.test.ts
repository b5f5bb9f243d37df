import { describe, expect, it } from 'vitest';
import {
  dagId,
  incarnation,
  namespace,
  nodeId,
  runId,
  taskId,
  token,
  versionId,
  wallMs,
} from '../../../../src/base/brand.ts';
import { type Fact, runFact, taskFact } from '../../../../src/model/fact.ts';
import type { RunRow } from '../../../../src/model/run.ts';
import type { TaskRow } from '../../../../src/model/task-instance.ts';
import { plainSpec, plainTask } from '../../../../src/model/testing/plain-specs.ts';
import { type RunRows, runDetailView } from '../../../../src/model/views/run.ts';
import { comparedTasks, comparedValues } from './compare.ts';
import { foldedGroups, graphShape, instanceOfNode } from './graph-shape.ts';
import { forecastOf } from './predict.ts';
import { momentAt, momentsOf, type PastFact, rowsAt, runRowsOf } from './run-rows.ts';
import { stateOfMany, sumOf } from './summary.ts';
import { ticksOf, timelineOf } from './timeline.ts';

const begin = Date.UTC(2026, 0, 1);
const at = (ms: number) => wallMs(begin + ms);
const behind = (...parents: string[]) => plainTask({ dependsOn: parents.map(taskId) });

const content = plainSpec({
  a: plainTask({}),
  b: behind('a'),
  c: behind('a'),
  d: behind('b', 'c'),
});
const whose = { namespace: namespace('default'), runId: runId('r1') };
const run: RunRow = {
  ...{ ...whose, dagId: dagId('dag'), versionId: versionId('v1'), logicalDate: null },
  ...{ trigger: 'manual', params: {}, priority: 0, createdAt: at(0), createdBy: 'ada' },
  ...{ generation: 1, status: 'running', startedAt: at(0) },
};
const version = {
  ...{ namespace: whose.namespace, dagId: run.dagId, versionId: run.versionId, spec: content },
  ...{ createdAt: at(0), createdBy: 'ada' },
};

const attempt = (from: number) => ({
  ...{ number: 1, node: nodeId('n1'), incarnation: incarnation('n1-1'), token: token(7) },
  assignedAt: at(from),
});

const running = (id: string, from: number): TaskRow => ({
  ...{ ...whose, taskId: taskId(id), mapIndex: 0, attempts: [], tries: 0 },
  ...{ status: 'running', attempt: { ...attempt(from), revoked: false }, startedAt: at(from + 50) },
});

const done = (id: string, from: number, to: number): TaskRow => ({
  ...{ ...whose, taskId: taskId(id), mapIndex: 0, tries: 1, status: 'success', endedAt: at(to) },
  attempts: [
    {
      ...{ ...attempt(from), outcome: 'success', startedAt: at(from + 50), endedAt: at(to) },
      ...{ exitCode: 0, signal: null, error: null },
    },
  ],
});

const rows = (...tasks: TaskRow[]): RunRows => ({ run, version, tasks, outputs: [] });

const past = (index: number, fact: Fact): PastFact => ({
  ...{ index, at: new Date(begin + index).toISOString(), by: 'ada', what: 'x', fact },
});

const history = [
  past(4, runFact({ ...run, status: 'queued' })),
  past(5, runFact(run)),
  past(5, taskFact(running('a', 0))),
  past(8, taskFact(done('a', 0, 1_000))),
  past(9, taskFact(running('b', 1_100))),
];

describe('a run as it was', () => {
  const now = rows(done('a', 0, 1_000), done('b', 1_100, 3_000));

  it('stands as the newest rows up to a log index tell', () => {
    const states = (index: number) =>
      runDetailView(rowsAt(now, history, index)).tasks.map(({ state }) => state);
    expect(rowsAt(now, history, 4).run.status).toBe('queued');
    expect(states(5)).toEqual(['running', 'pending', 'pending', 'pending']);
    expect(states(7)).toEqual(states(5));
    expect(states(8)).toEqual(['success', 'scheduled', 'scheduled', 'pending']);
    expect(states(100)).toEqual(['success', 'running', 'scheduled', 'pending']);
  });

  it('is at its begin before there was anything', () => {
    expect(rowsAt(now, history, 1).run.status).toBe('queued');
  });

  it('has one moment for each record', () => {
    const moments = momentsOf(history);
    expect(moments.map(({ index }) => index)).toEqual([4, 5, 8, 9]);
    expect([1, 4, 6, 8, 50].map((index) => momentAt(moments, index))).toEqual([0, 0, 1, 2, 3]);
  });

  it('asks for its version when it goes on with another', () => {
    const source = (versions: readonly (typeof version)[]) => ({
      all: (table: string) =>
        ({ run: [run], version: versions })[table] ?? ([] as readonly unknown[]),
    });
    expect(runRowsOf(source([]) as never, undefined)).toBe('missing');
    expect(runRowsOf(source([version]) as never, undefined)).toMatchObject({ run });
  });
});

describe('what is expected of a run', () => {
  const detail = runDetailView(rows(done('a', 0, 1_000), running('b', 1_100)));
  const durations = new Map(Object.entries({ a: 900, b: 5_000, c: 2_000, d: 1_000 }));
  const forecast = forecastOf(detail.tasks, durations, begin + 2_000);

  it('lets what runs go on as long as it does, and the rest begin behind it', () => {
    const span = (id: string) => {
      const { startMs = 0, endMs = 0 } = forecast.byTask.get(id) ?? {};
      return [startMs - begin, endMs - begin];
    };
    expect(span('a')).toEqual([50, 1_000]);
    expect(span('b')).toEqual([1_150, 6_150]);
    expect(span('c')).toEqual([2_000, 4_000]);
    expect(span('d')).toEqual([6_150, 7_150]);
    expect((forecast.endMs ?? 0) - begin).toBe(7_150);
  });

  it('finds the path that everything waits for', () => {
    expect(forecast.critical).toEqual(['a', 'b', 'd']);
  });

  it('is drawn with what waited, what ran and what is to come', () => {
    const { lanes, toMs } = timelineOf({
      ...{ tasks: detail.tasks, expected: forecast.byTask, by: 'task' },
      ...{ nowMs: begin + 2_000, fromMs: begin },
    });
    expect(lanes.map(({ id, bars }) => [id, bars.map(({ kind }) => kind)])).toEqual([
      ['a', ['waits', 'runs']],
      ['b', ['waits', 'runs']],
      ['c', ['expected']],
      ['d', ['expected']],
    ]);
    expect(lanes[1]?.bars[1]).toMatchObject({ isOpen: true, toMs: begin + 2_000 });
    expect(toMs).toBe(begin + 7_150);
  });

  it('puts what ran on a node at the same time into rows of its lane', () => {
    const both = runDetailView(rows(done('a', 0, 1_000), done('b', 500, 3_000)));
    const { lanes } = timelineOf({
      ...{ tasks: both.tasks, expected: new Map(), by: 'node' },
      ...{ nowMs: begin + 9_000, fromMs: begin },
    });
    expect(lanes.map(({ id, rows: count }) => [id, count])).toEqual([['n1', 2]]);
  });

  it('has round marks on its axis', () => {
    expect(ticksOf(10_000, 6)).toEqual([0, 2_000, 4_000, 6_000, 8_000, 10_000]);
    expect(ticksOf(7_200_000, 5)).toEqual([0, 1_800_000, 3_600_000, 5_400_000, 7_200_000]);
  });
});

describe('the graph of a run', () => {
  const spec = plainSpec(
    {
      a: plainTask({}),
      b: plainTask({ dependsOn: [taskId('a')], group: 'g.h' }),
      m: plainTask({ dependsOn: [taskId('b')], map: 'm', group: 'g' }),
    },
    {
      groups: ['g', 'g.h'],
      maps: {
        m: {
          ...{ over: { item: 'params.x' }, members: [taskId('m')], dependsOn: [taskId('b')] },
          ...{ triggerRule: 'all_success', activeMax: null },
        },
      },
    },
  );
  const seen = runDetailView({
    ...rows(),
    version: { ...version, spec },
    expansions: [{ ...whose, mapId: 'm', size: 3, items: '[1,2,3]' }],
  });
  const shape = graphShape(spec, seen.tasks);

  it('shows a mapped task as a group of its instances, folded until it is opened', () => {
    expect(shape.nodes.map(({ id }) => id)).toEqual(['a', 'b', 'm[0]', 'm[1]', 'm[2]']);
    expect(shape.groups.map(({ id, parent }) => [id, parent])).toEqual([
      ['group:g', null],
      ['group:g.h', 'group:g'],
      ['m', 'group:g'],
    ]);
    expect([...foldedGroups(shape, new Set())]).toEqual(['m']);
    expect([...foldedGroups(shape, new Set(['m', 'group:g']))]).toEqual(['group:g']);
    expect(shape.tasksOf.get('group:g')).toEqual(['b', 'm']);
  });

  it('knows which task a node is', () => {
    expect(instanceOfNode('m[2]', shape)).toEqual({ task: 'm', map: 2 });
    expect(instanceOfNode('m', shape)).toEqual({ task: 'm', map: null });
    expect(instanceOfNode('group:g', shape)).toBeUndefined();
  });

  it('says of many states what needs a look first', () => {
    expect(stateOfMany({ success: 3, failed: 1, running: 2 })).toBe('failed');
    expect(stateOfMany({ success: 3, pending: 1 })).toBe('running');
    expect(stateOfMany({ pending: 4 })).toBe('pending');
    expect(sumOf([{ success: 1 }, { success: 2, failed: 1 }])).toEqual({ success: 3, failed: 1 });
  });
});

describe('two runs beside each other', () => {
  it('tells what differs', () => {
    const left = runDetailView(rows(done('a', 0, 1_000), running('b', 1_100)));
    const right = runDetailView(rows(done('a', 0, 2_500)));
    const [a, b] = comparedTasks(left, right);
    expect(a).toMatchObject({ taskId: 'a', differs: false, slowerMs: 1_500 });
    expect(b).toMatchObject({ left: { state: 'running' }, right: { state: 'scheduled' } });
    expect(comparedValues({ x: 1, y: [2] }, { y: [2], z: null })).toEqual([
      { name: 'x', left: '1', right: null, differs: true },
      { name: 'y', left: '[2]', right: '[2]', differs: false },
      { name: 'z', left: null, right: 'null', differs: true },
    ]);
  });
});
