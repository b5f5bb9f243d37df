import { expect, test } from 'vitest';
import { namespace, runId, taskId, wallMs } from '../../src/base/brand.ts';
import { letterFact, taskFact } from '../../src/model/fact.ts';
import { chainYaml, json, type Kit, kit, post, putDag } from './kit.ts';

const here = namespace('default');

async function started(): Promise<Kit> {
  const all = kit();
  await putDag(all.app, 'chain', chainYaml);
  await post(all.app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  return all;
}

test('http: a task is marked by hand, and the run says who did it and why', async () => {
  const { app } = await started();
  const body = { tasks: ['a'], as: 'success', note: 'it was there' };
  const marked = await post(app, '/api/v1/runs/r1/mark', body);
  expect(marked.status).toBe(200);
  expect(await json(marked)).toMatchObject({ runId: 'r1', tasks: ['a'] });
  const run = await json(await app.request('/api/v1/runs/r1'));
  expect(run.tasks[0]).toMatchObject({ taskId: 'a', state: 'success', markedBy: 'api' });
  expect(run.notes).toMatchObject([{ by: 'api', text: 'marked a as success: it was there' }]);
});

test('http: marking says what is wrong: the task, the state, what is under way', async () => {
  const { app, service } = await started();
  const code = async (body: unknown): Promise<string> =>
    (await json(await post(app, '/api/v1/runs/r1/mark', body))).code;
  expect(await code({ tasks: ['z'], as: 'success' })).toBe('TASK_NOT_FOUND');
  expect(await code({ tasks: ['a'], as: 'lucky' })).toBe('BODY_INVALID');
  expect(await code({ tasks: [], as: 'failed' })).toBe('BODY_INVALID');
  service.setTask(runId('r1'), 'a', 'running');
  expect(await code({ tasks: ['a'], as: 'failed' })).toBe('TASK_ACTIVE');
});

test('http: a run is paused and resumed; an ended one is not', async () => {
  const { app, service } = await started();
  const paused = await json(await post(app, '/api/v1/runs/r1/pause'));
  expect(paused).toMatchObject({ runId: 'r1', paused: true });
  expect(await json(await app.request('/api/v1/runs/r1'))).toMatchObject({ paused: true });
  expect(await json(await post(app, '/api/v1/runs/r1/resume'))).toMatchObject({ paused: false });
  service.endRun(runId('r1'), 'success');
  expect((await json(await post(app, '/api/v1/runs/r1/pause'))).code).toBe('RUN_ENDED');
});

test('http: a living run is given another definition, or told why not', async () => {
  const { app } = await started();
  const noop = { type: 'noop' };
  const definition = { id: 'chain', tasks: { a: noop, b: { ...noop, dependsOn: ['a'] } } };
  const edited = await json(await post(app, '/api/v1/runs/r1/edit', { definition, note: 'short' }));
  expect(edited.versionId).toMatch(/^[0-9a-f]{64}$/);
  const run = await json(await app.request('/api/v1/runs/r1'));
  expect(run.tasks.map((task: { taskId: string }) => task.taskId)).toEqual(['a', 'b']);
  const cycle = { tasks: { a: { ...noop, dependsOn: ['a'] } } };
  const refused = await json(await post(app, '/api/v1/runs/r1/edit', { definition: cycle }));
  expect(refused).toMatchObject({ code: 'DAG_CYCLE', status: 400 });
  expect(refused.problems[0]).toMatchObject({ line: null });
  const none = await post(app, '/api/v1/runs/none/edit', { params: {} });
  expect((await json(none)).code).toBe('RUN_NOT_FOUND');
});

test('http: what waits for a person is listed and decided', async () => {
  const all = kit();
  const yaml = `
id: ask
tasks:
  ok: { type: approval, message: Ship it?, fields: { size: { type: integer, default: 3 } } }
`;
  expect((await putDag(all.app, 'ask', yaml)).status).toBe(201);
  await post(all.app, '/api/v1/dags/ask/runs', { runId: 'r1' });
  const base = { namespace: here, runId: runId('r1'), taskId: taskId('ok'), mapIndex: 0 };
  const waiting = { ...base, attempts: [], tries: 0, status: 'deferred' } as const;
  const since = wallMs(Date.UTC(2026, 0, 1));
  all.service.commit('defer', [
    taskFact({ ...waiting, since, until: null, waitsFor: { kind: 'approval' } }),
  ]);
  const open = await json(await all.app.request('/api/v1/approvals'));
  expect(open.items).toMatchObject([
    { runId: 'r1', taskId: 'ok', message: 'Ship it?', since: '2026-01-01T00:00:00.000Z' },
  ]);
  expect(open.items[0].fields.size).toMatchObject({ type: 'integer', default: 3 });
  const path = '/api/v1/runs/r1/tasks/ok/approve';
  expect((await json(await post(all.app, path, { values: { size: 'x' } }))).status).toBe(400);
  expect(await json(await post(all.app, path, { values: { size: 5 } }))).toMatchObject({
    approved: true,
  });
  expect((await json(await all.app.request('/api/v1/approvals'))).items).toEqual([]);
});

test('http: dead letters are listed, replayed and dropped', async () => {
  const { app, service } = await started();
  const letter = (letterId: string, at: number) =>
    letterFact({
      namespace: here,
      letterId,
      dagId: null,
      kind: 'schedule',
      reason: 'param day must be given',
      replay: {
        kind: 'pause-run',
        namespace: here,
        runId: runId('r1'),
        paused: true,
      },
      at: wallMs(at),
    });
  service.commit('letters', [letter('one', 1), letter('two', 2)]);
  const ids = async (): Promise<string[]> =>
    (await json(await app.request('/api/v1/letters'))).items.map(
      (each: { letterId: string }) => each.letterId,
    );
  expect(await ids()).toEqual(['two', 'one']);
  expect((await post(app, '/api/v1/letters/one/replay')).status).toBe(200);
  expect(await json(await app.request('/api/v1/runs/r1'))).toMatchObject({ paused: true });
  expect((await app.request('/api/v1/letters/two', { method: 'DELETE' })).status).toBe(200);
  expect(await ids()).toEqual([]);
  expect((await json(await post(app, '/api/v1/letters/two/replay'))).code).toBe('LETTER_NOT_FOUND');
});
