import { expect, it } from 'vitest';
import { incarnation, namespace, nodeId, runId, taskId, token, wallMs } from '../../base/brand.ts';
import { behind, task as free, queuedRun, spec, start } from '../../scheduler/testing/rows.ts';
import type { EndedAttempt } from '../attempt.ts';
import type { DagSpec } from '../dag.ts';
import type { RunRow } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import { type GridCells, gridCellSteps, gridState, gridView } from './grid.ts';
import { allSteps, taskStates } from './instances.ts';

const attempt = (number: number, lastedMs: number): EndedAttempt => ({
  ...{ number, node: nodeId('n1'), incarnation: incarnation('i'), token: token(number) },
  ...{ assignedAt: wallMs(0), startedAt: wallMs(1_000), endedAt: wallMs(1_000 + lastedMs) },
  ...{ outcome: 'failed', exitCode: 1, signal: null, error: null },
});

const common = (id: string, mapIndex = 0) => ({
  ...{ namespace: namespace('default'), runId: runId('r'), taskId: taskId(id), mapIndex },
  ...{ attempts: [], tries: 0 },
});

function cellsOf(content: DagSpec, tasks: readonly TaskRow[], more: object = {}): GridCells {
  const run: RunRow = {
    ...queuedRun('r', { name: 'd', content }),
    ...{ status: 'running', startedAt: start },
  };
  const rows = { run, spec: content, tasks, outputs: [], expansions: [], ...more };
  return allSteps(gridCellSteps(rows));
}

const a = taskId('a');
const b = taskId('b');
const chain = spec({ [a]: free(), [b]: behind(['a']) });

it('grid: a cell is the state of the task, and how long its last attempt took', () => {
  const attempts = [attempt(1, 5_000), attempt(2, 2_000)];
  const endedAt = wallMs(3_000);
  const failed: TaskRow = { ...common('a'), attempts, status: 'failed', endedAt, reason: 'no' };
  const { tasks, runs } = gridView('d', ['a', 'b'], [cellsOf(chain, [failed])]);
  expect(tasks).toEqual(['a', 'b']);
  expect(runs).toMatchObject([
    {
      ...{ states: 'fp', durationsMs: [2_000, null], mapped: {}, attempts: { a: 2 } },
      ...{ failedAt: { a: '1970-01-01T00:00:03.000Z' }, state: 'running' },
    },
  ]);
});

it('grid: a mapped task is one cell, with the state that matters most, and counts', () => {
  const member = { ...free(), map: 'a' };
  const map = { members: [a], dependsOn: [], triggerRule: 'all_success', activeMax: null };
  const content = { ...spec({ [a]: member }), maps: { a: map } } as unknown as DagSpec;
  const ended = (mapIndex: number, lastedMs: number): TaskRow => ({
    ...{ ...common('a', mapIndex), attempts: [attempt(1, lastedMs)] },
    ...{ status: 'success', endedAt: wallMs(9_000) },
  });
  const failed: TaskRow = {
    ...{ ...common('a', 2), status: 'failed', endedAt: wallMs(4_000), reason: 'no' },
  };
  const expansions = [{ namespace: namespace('default'), runId: runId('r'), mapId: 'a', size: 3 }];
  const rows = [ended(0, 100), ended(1, 700), failed];
  const { runs } = gridView('d', ['a'], [cellsOf(content, rows, { expansions })]);
  expect(runs).toMatchObject([
    { states: 'f', durationsMs: [700], mapped: { a: { success: 2, failed: 1 } } },
  ]);
});

it('grid: a run of another version has its own tasks, and none of those that it lacks', () => {
  const old = spec({ [b]: free() });
  const { tasks, runs } = gridView(
    'd',
    ['a'],
    [cellsOf(spec({ [a]: free() }), []), cellsOf(old, [])],
  );
  expect(tasks).toEqual(['a', 'b']);
  expect(runs.map(({ states }) => states)).toEqual(['w.', '.w']);
});

it('grid: every state has a letter of its own', () => {
  const letters = [...'pwqrdtsfkuc'];
  expect(letters.map(gridState)).toEqual(taskStates);
  expect(gridState('.')).toBeUndefined();
});
