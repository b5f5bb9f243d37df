import { expect, test } from 'vitest';
import { runId, taskId } from '../../src/base/brand.ts';
import { expansionFact, type Fact, runFact, taskFact } from '../../src/model/fact.ts';
import { refusal } from '../../src/model/refusal.ts';
import { dagFacts, queuedRun, spec, start, task } from '../../src/scheduler/testing/rows.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

async function startedKit() {
  const all = kit();
  await putDag(all.app, 'chain', chainYaml);
  const response = await post(all.app, '/api/v1/dags/chain/runs', {
    runId: 'r1',
    params: { x: 1 },
  });
  expect(response.status).toBe(201);
  expect(await json(response)).toEqual({ runId: 'r1', index: 2 });
  return all;
}

test('http: a run shows its tasks: ready ones are scheduled, the others pending', async () => {
  const { app } = await startedKit();
  const run = await json(await app.request('/api/v1/runs/r1'));
  expect(run).toMatchObject({ runId: 'r1', dagId: 'chain', state: 'running', params: { x: 1 } });
  expect(run.counts).toEqual({ scheduled: 1, pending: 2 });
  expect(run.tasks.map((task: { state: string }) => task.state)).toEqual([
    'scheduled',
    'pending',
    'pending',
  ]);
});

test('http: attempts show node, token, times, exit and error', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'failed');
  const task = await json(await app.request('/api/v1/runs/r1/tasks/a'));
  expect(task).toMatchObject({ taskId: 'a', state: 'failed', node: 'n1', output: null });
  expect(task.attempts).toMatchObject([
    { attempt: 1, node: 'n1', token: 3, exitCode: 3, error: 'exit code 3', durationMs: 1500 },
  ]);
});

test('http: an ended run looks as it did when it was live', async () => {
  const { app, service } = await startedKit();
  for (const task of ['a', 'b', 'c']) service.setTask(runId('r1'), task, 'success');
  service.endRun(runId('r1'), 'success');
  const run = await json(await app.request('/api/v1/runs/r1'));
  expect(run).toMatchObject({ state: 'success', durationMs: 5000, counts: { success: 3 } });
});

test('http: runs are filtered by DAG and state, and paged', async () => {
  const { app, service } = await startedKit();
  await post(app, '/api/v1/dags/chain/runs', { runId: 'r2' });
  await post(app, '/api/v1/dags/chain/runs', { runId: 'r3' });
  service.endRun(runId('r2'), 'failed');
  const ids = async (query: string): Promise<string[]> =>
    (await json(await app.request(`/api/v1/runs${query}`))).items.map(
      (run: { runId: string }) => run.runId,
    );
  expect(await ids('')).toEqual(['r3', 'r2', 'r1']);
  expect(await ids('?state=running,queued')).toEqual(['r3', 'r1']);
  expect(await ids('?state=failed&dag=chain')).toEqual(['r2']);
  expect(await ids('?dag=other')).toEqual([]);
  expect(await ids('?limit=1')).toEqual(['r3']);
});

test('http: a repeated Idempotency-Key starts one run, with another body none', async () => {
  const { app, service } = kit();
  await putDag(app, 'chain', chainYaml);
  const key = { 'idempotency-key': 'k1' };
  const first = await json(await post(app, '/api/v1/dags/chain/runs', {}, key));
  const second = await json(await post(app, '/api/v1/dags/chain/runs', {}, key));
  expect(second).toEqual(first);
  expect(service.submissions.length).toBe(2);
  const other = await post(app, '/api/v1/dags/chain/runs', { priority: 3 }, key);
  expect([other.status, (await json(other)).code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
});

test('http: cancel and rerun', async () => {
  const { app } = await startedKit();
  expect((await post(app, '/api/v1/runs/r1/cancel')).status).toBe(200);
  expect((await json(await app.request('/api/v1/runs/r1'))).state).toBe('cancelled');
  const rerun = await post(app, '/api/v1/runs/r1/rerun', { tasks: ['a'], downstream: true });
  expect(await json(rerun)).toMatchObject({ runId: 'r1', tasks: ['a'] });
});

test('http: the history of a run comes page by page', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'queued');
  service.setTask(runId('r1'), 'a', 'success');
  const first = await json(await app.request('/api/v1/runs/r1/events?limit=2'));
  expect(first.items).toMatchObject([
    { index: 2, what: 'start-run', taskId: null, state: 'running' },
    { index: 3, what: 'task-queued', taskId: 'a', state: 'queued', attempt: 1, token: 3 },
  ]);
  const rest = await json(await app.request(`/api/v1/runs/r1/events?cursor=${first.cursor}`));
  expect(rest.items).toMatchObject([{ index: 4, state: 'success', exitCode: 0 }]);
});

test('http: unknown runs, tasks and attempts have a code each and say what to do', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'success');
  for (const [path, code] of [
    ['/api/v1/runs/nope', 'RUN_NOT_FOUND'],
    ['/api/v1/runs/nope/events', 'RUN_NOT_FOUND'],
    ['/api/v1/runs/nope/history', 'RUN_NOT_FOUND'],
    ['/api/v1/runs/r1/tasks/nope', 'TASK_NOT_FOUND'],
    ['/api/v1/runs/r1/tasks/b/attempts/latest/log', 'ATTEMPT_NOT_FOUND'],
    ['/api/v1/runs/r1/tasks/a/attempts/9/log', 'ATTEMPT_NOT_FOUND'],
    ['/api/v1/runs/r1/tasks/a/attempts/1/log', 'LOG_NOT_FOUND'],
  ] as const) {
    const response = await app.request(path);
    expect(response.status).toBe(404);
    const problem = await json(response);
    expect(problem.code).toBe(code);
    expect(problem.next).not.toBe('');
  }
});

test('http: a read waits for its index, and says so when nobody leads', async () => {
  const { app, service } = await startedKit();
  expect((await app.request('/api/v1/runs/r1?minIndex=2&consistency=linearizable')).status).toBe(
    200,
  );
  service.refuseAll = refusal('NO_LEADER', 'no leader answered within 5 s');
  const response = await app.request('/api/v1/runs/r1?consistency=linearizable');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  const write = await post(app, '/api/v1/dags/chain/runs', {});
  expect([write.status, (await json(write)).code]).toEqual([503, 'NO_LEADER']);
});

test('http: instances of a map are listed in pages, and each is found by its index', async () => {
  const { app, service } = kit();
  service.commit('test', mappedRun(5));
  const page = async (query: string) => json(await app.request(`/api/v1/runs/m1/tasks${query}`));
  const named = ({ items }: { items: { taskId: string; mapIndex: number }[] }) =>
    items.map(({ taskId: id, mapIndex }) => `${id}[${mapIndex}]`);
  const first = await page('?limit=4');
  expect(named(first)).toEqual(['list[0]', 'load[0]', 'load[1]', 'load[2]']);
  expect(named(await page(`?limit=4&cursor=${first.cursor}`))).toEqual(['load[3]', 'load[4]']);
  expect(named(await page('?state=failed'))).toEqual(['load[3]']);
  expect(named(await page('?task=list'))).toEqual(['list[0]']);
  const one = await json(await app.request('/api/v1/runs/m1/tasks/load?mapIndex=3'));
  expect(one).toMatchObject({ mapIndex: 3, state: 'failed', item: 'i3', map: 'load' });
  const none = await app.request('/api/v1/runs/m1/tasks/load?mapIndex=9');
  expect([none.status, (await json(none)).detail]).toEqual([404, 'run m1 has no task "load[9]"']);
  expect((await app.request('/api/v1/runs/m1/tasks?state=odd')).status).toBe(400);
  expect((await app.request('/api/v1/runs/m1/tasks?cursor=x')).status).toBe(400);
});

/** A run whose task `load` works on a list, and has failed for its fourth item. */
function mappedRun(size: number): readonly Fact[] {
  const load = taskId('load');
  const list = taskId('list');
  const content = spec(
    { list: task(), load: task({ map: 'load', dependsOn: [list] }) },
    {
      maps: {
        load: {
          ...{ over: { item: '[]' }, members: [load], dependsOn: [list] },
          ...{ triggerRule: 'all_success', activeMax: null },
        },
      },
    },
  );
  const run = queuedRun('m1', { name: 'mapped', content });
  const whose = { namespace: run.namespace, runId: run.runId };
  const ended = { ...whose, attempts: [], tries: 0, endedAt: start };
  const items = JSON.stringify(Array.from({ length: size }, (_, i) => `i${i}`));
  return [
    ...dagFacts('mapped', content),
    runFact({ ...run, status: 'running', startedAt: start }),
    taskFact({ ...ended, taskId: list, mapIndex: 0, status: 'success' }),
    expansionFact({ ...whose, mapId: 'load', size, items }),
    taskFact({ ...ended, taskId: load, mapIndex: 3, status: 'failed', reason: 'it broke' }),
  ];
}

test('http: the history of a run is its rows, to be seen as of any log index', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'running');
  service.setTask(runId('r1'), 'a', 'success');
  const first = await json(await app.request('/api/v1/runs/r1/history?limit=2'));
  expect(first).toMatchObject({
    cursor: '2',
    items: [
      { index: 2, what: 'start-run', fact: { table: 'run', row: { status: 'running' } } },
      { index: 3, fact: { table: 'task', key: 'default/r1/a/0', row: { status: 'running' } } },
    ],
  });
  const rest = await json(await app.request('/api/v1/runs/r1/history?cursor=2'));
  expect(rest).toMatchObject({ cursor: null, items: [{ fact: { row: { status: 'success' } } }] });
});
