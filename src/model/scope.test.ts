import { expect, test } from 'vitest';
import { checkExpression, evaluate } from './expression.ts';
import { makeScope, type ScopeInput, scopeNames, typesOf } from './scope.ts';
import { render } from './template.ts';

const input: ScopeInput = {
  run: {
    runId: 'run-1',
    dagId: 'sales',
    namespace: 'team',
    logicalDate: Date.UTC(2026, 10, 21, 3, 4, 5),
    trigger: 'schedule',
    createdAt: Date.UTC(2026, 10, 22),
    dataInterval: { start: Date.UTC(2026, 10, 20), end: Date.UTC(2026, 10, 21) },
  },
  task: { taskId: 'load', mapIndex: 2, attempt: 3 },
  params: { n: 1 },
  tasks: { taskIds: [], find: () => undefined },
  item: { file: 'a.csv' },
  triggerPayload: { path: '/in' },
  vars: { bucket: 'b' },
};

const shown = (text: string, changes: Partial<ScopeInput> = {}): string => {
  const result = render(text, makeScope({ ...input, ...changes }), 'text');
  return result.ok ? result.value : `! ${result.error}`;
};

test.each([
  ['{{ ds }} {{ ds_nodash }}', '2026-11-21 20261121'],
  ['{{ ts }} {{ ts_nodash }}', '2026-11-21T03:04:05+00:00 20261121T030405'],
  ['{{ logical_date }} {{ execution_date }}', '2026-11-21T03:04:05Z 2026-11-21T03:04:05Z'],
  [
    '{{ data_interval_start }} {{ data_interval_end }}',
    '2026-11-20T00:00:00Z 2026-11-21T00:00:00Z',
  ],
  ['{{ run.id }} {{ run.dagId }} {{ run.namespace }}', 'run-1 sales team'],
  ['{{ run.trigger }} {{ run.createdAt }}', 'schedule 2026-11-22T00:00:00Z'],
  ['{{ run.logicalDate }} {{ run.dataInterval.end }}', '2026-11-21T03:04:05Z 2026-11-21T00:00:00Z'],
  ['{{ task.id }} {{ task.mapIndex }} {{ task.attempt }}', 'load 2 3'],
  ['{{ run_id }} {{ dag_id }} {{ task_id }} {{ mapIndex }}', 'run-1 sales load 2'],
  ['{{ params.n }} {{ item.file }} {{ trigger.path }} {{ vars.bucket }}', '1 a.csv /in b'],
])('scope: %s is %s', (text, expected) => {
  expect(shown(text)).toBe(expected);
});

test('scope: without a logical date the date names stand for the creation of the run', () => {
  const run = { ...input.run, logicalDate: null, dataInterval: null };
  expect(shown('{{ ds }} {{ ts }}', { run })).toBe('2026-11-22 2026-11-22T00:00:00+00:00');
  expect(shown('{{ data_interval_start }}', { run })).toBe('2026-11-22T00:00:00Z');
  expect(shown('{{ run.logicalDate | default("none") }}', { run })).toBe('none');
});

test('scope: what a place does not have is missing, and default() helps', () => {
  expect(shown('{{ item }}', { item: undefined })).toContain('there is no item here');
  expect(shown('{{ task.id }}', { task: null })).toContain('there is no task here');
  expect(shown('{{ item.file | default("-") }}', { item: undefined })).toBe('-');
});

test('scope: a scope has no names but its own', () => {
  const scope = makeScope(input);
  expect(Object.keys(scope).sort()).toEqual([...scopeNames].sort());
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    expect(scope[name]).toBeUndefined();
    expect(checkExpression(name, scopeNames).ok).toBe(false);
  }
  expect(typesOf(['ds', 'constructor'])).toEqual({ ds: 'string', constructor: 'dyn' });
});

test('scope: tasks are looked up when an expression asks, and once', () => {
  const taskIds = Array.from({ length: 10_000 }, (_, at) => `t${at}`);
  const asked: string[] = [];
  const find = (taskId: string) => {
    asked.push(taskId);
    return { state: 'success', output: { n: Number(taskId.slice(1)) } };
  };
  const scope = makeScope({ ...input, tasks: { taskIds, find } });
  expect(evaluate('tasks.t7.output.n + tasks["t8"].output.n + tasks.t7.output.n', scope)).toEqual({
    ok: true,
    value: 22,
  });
  expect(asked).toEqual(['t7', 't8']);
  expect(evaluate('tasks.nobody', scope)).toEqual({ ok: false, error: 'tasks has no "nobody"' });
  expect(evaluate('has(tasks.t9) && "t10" in tasks && size(tasks) == 10000', scope)).toEqual({
    ok: true,
    value: true,
  });
  expect(asked).toEqual(['t7', 't8', 't9']);
  expect(evaluate('tasks.exists(id, tasks[id].output.n == 100)', scope)).toMatchObject({
    value: true,
  });
  expect(asked).toHaveLength(101);
});

test('scope: how the attempts of a task went, as far as there were any', () => {
  const at = Date.parse('2026-11-21T03:00:00Z');
  const work = { exitCode: 3, startedAt: at, endedAt: null, attempts: 2 };
  const find = (id: string) => ({ state: 'running', output: null, ...(id === 'a' && { work }) });
  const tasks = { taskIds: ['a', 'b'], find };
  expect(
    shown('{{ tasks.a.exitCode }} {{ tasks.a.startedAt }} {{ tasks.a.attempts }}', { tasks }),
  ).toBe('3 2026-11-21T03:00:00Z 2');
  expect(shown('{{ tasks.a.endedAt | default("-") }}', { tasks })).toBe('-');
  expect(shown('{{ tasks.b.exitCode | default("-") }} {{ tasks.b.attempts }}', { tasks })).toBe(
    '- 0',
  );
});
