import { expect, test } from 'vitest';
import { incarnation, namespace, nodeId, runId, taskId, token, wallMs } from '../../base/brand.ts';
import { behind, spec } from '../../scheduler/testing/rows.ts';
import type { DagSpec, TaskSpec } from '../dag.ts';
import type { RunStatus } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import type { TriggerRule } from '../trigger-rule.ts';
import { taskDetailView, taskViews } from './task.ts';

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

const statesOf = (
  spec: DagSpec,
  tasks: readonly TaskRow[],
  runStatus: RunStatus = 'running',
): readonly string[] => taskViews({ spec, tasks, runStatus }).map(({ state }) => state);

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
  const [view] = taskViews({ spec: chain, tasks: [row], runStatus: 'running' });
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
  const instances = { spec: chain, tasks: [], outputs, runStatus: 'running' } as const;
  expect(taskDetailView(instances, runId('r'), a)?.output).toEqual({ rows: 3 });
  expect(taskDetailView(instances, runId('r'), b)?.output).toBeNull();
  expect(taskDetailView(instances, runId('r'), taskId('nope'))).toBeUndefined();
});
