import { expect, test } from 'vitest';
import {
  dagId,
  incarnation,
  logIndex,
  namespace,
  nodeId,
  runId,
  taskId,
  token,
  wallMs,
} from '../../base/brand.ts';
import { behind, task as free, queuedRun, spec, start } from '../../scheduler/testing/rows.ts';
import type { DagSpec, TaskSpec } from '../dag.ts';
import type { RunRow, RunStatus } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import type { TriggerRule } from '../trigger-rule.ts';
import { eventView } from './event.ts';
import { allSteps, type InstanceRows, instanceSteps } from './instances.ts';
import { mappedShownMax, runDetailView } from './run.ts';
import { type TaskView, taskDetailView, taskView } from './task.ts';
import { waitsText } from './words.ts';

const task = (dependsOn: readonly string[], triggerRule: TriggerRule = 'all_success'): TaskSpec =>
  behind(dependsOn, { triggerRule });

const common = (id: string) => ({
  namespace: namespace('default'),
  runId: runId('r'),
  taskId: taskId(id),
  mapIndex: 0,
  attempts: [],
  tries: 0,
});

const ended = (id: string, status: 'success' | 'upstream_failed'): TaskRow => ({
  ...common(id),
  status,
  endedAt: wallMs(1000),
});

const runOf = (content: DagSpec, status: RunStatus): RunRow => {
  const queued = queuedRun('r', { name: 'd', content });
  return { ...queued, status, startedAt: start, endedAt: start, reason: '' } as RunRow;
};

const rowsOf = (content: DagSpec, differs: Partial<InstanceRows> = {}): InstanceRows => ({
  run: runOf(content, 'running'),
  spec: content,
  tasks: [],
  outputs: [],
  expansions: [],
  ...differs,
});

const taskViews = (rows: InstanceRows): readonly TaskView[] =>
  allSteps(instanceSteps(rows)).map(taskView);

const statesOf = (
  content: DagSpec,
  tasks: readonly TaskRow[],
  status: RunStatus = 'running',
): readonly string[] =>
  taskViews(rowsOf(content, { tasks, run: runOf(content, status) })).map(({ state }) => state);

const a = taskId('a');
const b = taskId('b');
const c = taskId('c');
const chain = spec({ [a]: task([]), [b]: task(['a']), [c]: task(['b']) });

test('views: without a row a task is scheduled when it could start, else pending', () => {
  expect(statesOf(chain, [])).toEqual(['scheduled', 'pending', 'pending']);
  expect(statesOf(chain, [ended('a', 'success')])).toEqual(['success', 'scheduled', 'pending']);
});

test('views: a task whose rule needs no success is scheduled behind a failure', () => {
  const branched = spec({ [a]: task([]), [b]: task(['a'], 'all_done'), [c]: task(['a']) });
  const tasks = [ended('a', 'upstream_failed')];
  expect(statesOf(branched, tasks)).toEqual(['upstream_failed', 'scheduled', 'pending']);
});

test('views: nothing is scheduled in a queued run, nothing waits in an ended one', () => {
  expect(statesOf(chain, [], 'queued')).toEqual(['pending', 'pending', 'pending']);
  expect(statesOf(chain, [ended('a', 'success')], 'cancelled')).toEqual([
    'success',
    'cancelled',
    'cancelled',
  ]);
});

test('views: after a rerun a row that waits again is derived like an absent one', () => {
  const again: TaskRow = { ...common('b'), status: 'pending' };
  expect(statesOf(chain, [ended('a', 'success'), again])[1]).toBe('scheduled');
  expect(statesOf(chain, [again])[1]).toBe('pending');
});

test('views: the live attempt comes last, with its node and without an end', () => {
  const assigned = {
    number: 1,
    node: nodeId('n1'),
    incarnation: incarnation('i'),
    token: token(5),
    assignedAt: wallMs(0),
  };
  const past = {
    ...assigned,
    outcome: 'lost',
    startedAt: null,
    endedAt: wallMs(4000),
    exitCode: null,
    signal: null,
    error: 'node n1 fell silent',
  } as const;
  const live = { ...assigned, number: 2, node: nodeId('n2'), token: token(9), revoked: false };
  const row: TaskRow = {
    ...common('a'),
    attempts: [past],
    status: 'running',
    attempt: live,
    startedAt: wallMs(5000),
  };
  const [view] = taskViews(rowsOf(chain, { tasks: [row] }));
  expect(view).toMatchObject({ state: 'running', node: 'n2', endedAt: null });
  expect(view!.attempts).toMatchObject([
    { attempt: 1, node: 'n1', token: 5, state: 'lost', durationMs: 4000 },
    { attempt: 2, node: 'n2', token: 9, state: 'running', startedAt: '1970-01-01T00:00:05.000Z' },
  ]);
});

test('views: an output is shown as the JSON that it is', () => {
  const outputs = [
    {
      namespace: namespace('default'),
      runId: runId('r'),
      taskId: a,
      mapIndex: 0,
      token: token(5),
      json: '{"rows":3}',
    },
  ];
  const rows = rowsOf(chain, { outputs });
  expect(taskDetailView(rows, a, 0)?.output).toEqual({ rows: 3 });
  expect(taskDetailView(rows, b, 0)?.output).toBeNull();
  expect(taskDetailView(rows, taskId('nope'), 0)).toBeUndefined();
});

const mapped = spec(
  { list: free(), load: free({ map: 'load', dependsOn: [taskId('list')] }), end: behind(['load']) },
  {
    maps: {
      load: {
        over: { item: 'tasks.list.output' },
        members: [taskId('load')],
        dependsOn: [taskId('list')],
        triggerRule: 'all_success',
        activeMax: 2,
      },
    },
  },
);

const expansion = (items: readonly unknown[]) => ({
  namespace: namespace('default'),
  runId: runId('r'),
  mapId: 'load',
  size: items.length,
  items: JSON.stringify(items),
});

test('views: a map has one pending instance until its list is known, then one an item', () => {
  expect(statesOf(mapped, [])).toEqual(['scheduled', 'pending', 'pending']);
  const tasks = [ended('list', 'success'), { ...ended('load', 'success'), mapIndex: 1 }];
  const rows = rowsOf(mapped, { tasks, expansions: [expansion(['x', 'y', 'z'])] });
  const seen = taskViews(rows).map(({ taskId, mapIndex, state }) => [taskId, mapIndex, state]);
  expect(seen).toEqual([
    ['list', 0, 'success'],
    ['load', 0, 'scheduled'],
    ['load', 1, 'success'],
    ['load', 2, 'scheduled'],
    ['end', 0, 'pending'],
  ]);
  expect(taskDetailView(rows, taskId('load'), 2)).toMatchObject({ item: 'z', map: 'load' });
  expect(taskDetailView(rows, taskId('load'), 3)).toBeUndefined();
});

test('views: the detail of a run counts every instance and shows those that need a look', () => {
  const items = Array.from({ length: 3000 }, (_, i) => i);
  const tasks: TaskRow[] = items.map((mapIndex) => ({ ...ended('load', 'success'), mapIndex }));
  tasks[2999] = { ...ended('load', 'upstream_failed'), mapIndex: 2999 };
  const run = runOf(mapped, 'running');
  const whose = { namespace: run.namespace, dagId: run.dagId, versionId: run.versionId };
  const version = { ...whose, spec: mapped, createdAt: start, createdBy: 'ada' };
  const all = [ended('list', 'success'), ...tasks];
  const expansions = [expansion(items)];
  const view = runDetailView({ run, version, tasks: all, outputs: [], expansions });
  expect(view.tasks).toHaveLength(mappedShownMax + 2);
  expect(view.tasks.at(-2)).toMatchObject({ mapIndex: 2999, state: 'upstream_failed' });
  expect(view.tasksLeftOut).toBe(2000);
  expect(view.counts).toEqual({ success: 3000, upstream_failed: 1, pending: 1 });
  expect(view.maps).toMatchObject([{ map: 'load', size: 3000, activeMax: 2 }]);
  expect(view.maps[0]?.counts).toEqual({ load: { success: 2999, upstream_failed: 1 } });
});

test('views: a deferred task says what it waits for, and since and until when', () => {
  const row: TaskRow = {
    ...common('a'),
    status: 'deferred',
    since: wallMs(0),
    until: wallMs(1000),
    waitsFor: { kind: 'run', dagId: dagId('child'), runId: runId('r9') },
  };
  const [view] = taskViews(rowsOf(chain, { tasks: [row] }));
  expect(view).toMatchObject({ state: 'deferred', waits: { for: 'run', runId: 'r9' } });
  expect(waitsText(view!.waits!)).toBe('waits for run r9 of child, until 1970-01-01T00:00:01.000Z');
  const look = { ...view!.waits!, for: 'look', looks: 3 } as const;
  expect(waitsText(look, () => '10:00')).toBe('looked 3 times, looks again at 10:00');
});

test('views: a hook is there once for each time it was started, and says by what', () => {
  const role = { kind: 'hook', on: 'failure', of: a } as const;
  const content = spec({ a: free(), call: free({ role }), undo: free({ role }) });
  const cause = { on: 'failure', taskId: a, mapIndex: 0, state: 'failed', reason: null } as const;
  const born = { ...common('call'), mapIndex: 1, cause, status: 'pending' } as const;
  const views = taskViews(rowsOf(content, { tasks: [born] }));
  expect(views.map(({ taskId, state }) => [taskId, state])).toEqual([
    ['a', 'scheduled'],
    ['call', 'scheduled'],
  ]);
  expect(views[1]).toMatchObject({ role: { kind: 'hook', of: 'a' }, cause: { taskId: 'a' } });
});

test('views: the history of a run says how many items a list had', () => {
  const said = { index: logIndex(7), at: wallMs(0), by: 'scheduler', what: 'attempt-ended' };
  expect(eventView({ ...said, row: expansion([1, 2]) })).toMatchObject({
    ...{ taskId: 'load', mapIndex: null, state: 'expanded', reason: '2 items' },
  });
});

test('views: what is scheduled says why it does not start, as far as rows say it', () => {
  const pooled = spec({ a: free({ pool: 'mysql', poolSlots: 2 }), b: free() });
  const reasonOf = (differs: Partial<InstanceRows>): readonly (string | null)[] =>
    taskViews(rowsOf(pooled, differs)).map(({ reason }) => reason);
  expect(reasonOf({ pools: new Map() })).toEqual(['there is no pool "mysql"', null]);
  expect(reasonOf({ pools: new Map([['mysql', 1]]) })[0]).toMatch(/^it asks for 2 slots/);
  expect(reasonOf({ pools: new Map([['mysql', 2]]) })).toEqual([null, null]);
  const run: RunRow = { ...runOf(pooled, 'running'), isPaused: true };
  expect(reasonOf({ run })).toEqual(['its run is paused', 'its run is paused']);
});
