import { describe, expect, it } from 'vitest';
import { taskId, versionId } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { makePlan, type Plan } from './plan.ts';
import { inTheWay, runAgain, type Wanted } from './run-again.ts';
import { behind, queuedRun, spec, start, task } from './testing/rows.ts';

/** list -> each of [extract -> load] -> report */
const over = { item: 'outputs.list' };
const dag: DagSpec = spec(
  {
    list: task(),
    extract: task({ map: 'each' }),
    load: behind(['extract'], { map: 'each' }),
    report: behind(['load']),
  },
  {
    maps: {
      each: {
        over,
        members: ['extract', 'load'].map(taskId),
        dependsOn: [taskId('list')],
        triggerRule: 'all_success',
        activeMax: null,
      },
    },
  },
);

const plan: Plan = makePlan({
  ...queuedRun('r1', { name: 'd', content: dag }),
  versionId: versionId('v'),
  spec: dag,
});

const row = (
  id: string,
  index: number,
  status: 'success' | 'failed' | 'upstream_failed',
): TaskRow => {
  const { namespace, runId } = queuedRun('r1', { name: 'd', content: dag });
  const base = { namespace, runId, taskId: taskId(id), mapIndex: index, attempts: [], tries: 0 };
  return status === 'failed'
    ? { ...base, status, endedAt: start, reason: 'it failed' }
    : { ...base, status, endedAt: start };
};

/** Item 1 failed as it was extracted. */
const rows: readonly TaskRow[] = [
  row('list', 0, 'success'),
  row('extract', 0, 'success'),
  row('extract', 1, 'failed'),
  row('load', 0, 'success'),
  row('load', 1, 'upstream_failed'),
  row('report', 0, 'upstream_failed'),
];

const again = (tasks: readonly string[], more: Partial<Wanted> = {}) => {
  const wanted = { tasks: tasks.map(taskId), downstream: false, failedOnly: false, ...more };
  const chosen = runAgain(plan, rows, wanted);
  const instances = rows
    .filter((each) => chosen.has(each))
    .map((each) => `${each.taskId}${each.mapIndex}${chosen.keeps(each) ? '' : ' gone'}`);
  return { instances, maps: [...chosen.maps] };
};
const all = ['list', 'extract', 'load', 'report'];

describe('which instances run again', () => {
  it('of a map that failed in part, only the items that failed', () => {
    expect(again(all, { failedOnly: true })).toEqual({
      instances: ['extract1', 'load1', 'report0'],
      maps: [],
    });
  });

  it('a map whose list is made again is expanded anew, whatever else was chosen', () => {
    expect(again(['list'])).toEqual({
      instances: ['list0', 'extract0', 'extract1 gone', 'load0', 'load1 gone'],
      maps: ['each'],
    });
  });

  it('a map is expanded anew with all of its members, and not with some of them', () => {
    expect(again(['load'])).toEqual({ instances: ['load0', 'load1'], maps: [] });
    expect(again(['extract'], { downstream: true })).toEqual({
      instances: ['extract0', 'extract1 gone', 'load0', 'load1 gone', 'report0'],
      maps: ['each'],
    });
  });

  it('what was undone runs again with what failed', () => {
    const { namespace, runId } = queuedRun('r1', { name: 'd', content: dag });
    const undo: TaskRow = {
      ...{ namespace, runId, taskId: taskId('undo'), mapIndex: 0, attempts: [], tries: 0 },
      cause: {
        on: 'compensate',
        taskId: taskId('list'),
        mapIndex: 0,
        state: 'success',
        reason: null,
      },
      status: 'success',
      endedAt: start,
    };
    const wanted = { tasks: [taskId('list')], downstream: false, failedOnly: true };
    expect(runAgain(plan, [...rows, undo], wanted).tasks.has(taskId('list'))).toBe(true);
    expect(runAgain(plan, rows, wanted).tasks.size).toBe(0);
  });

  it('another item of the same map does not stand in the way', () => {
    const { namespace, runId } = queuedRun('r1', { name: 'd', content: dag });
    const waits = (index: number): TaskRow => ({
      ...{ namespace, runId, taskId: taskId('load'), mapIndex: index, attempts: [], tries: 0 },
      status: 'up_for_retry',
      retryAt: start,
      reason: 'it failed',
    });
    const wanted = { tasks: [taskId('extract')], downstream: false, failedOnly: true };
    const blocked = (index: number): readonly string[] => {
      const alive = [...rows.filter((each) => each.taskId !== 'load'), waits(index)];
      return inTheWay(plan, alive, runAgain(plan, alive, wanted));
    };
    expect(blocked(0)).toEqual([]);
    expect(blocked(1)).toEqual(['load[1]']);
  });
});
