import { expect, test } from 'vitest';
import { runId } from '../../src/base/brand.ts';
import { nodeFact, poolFact } from '../../src/model/fact.ts';
import { refusal } from '../../src/model/refusal.ts';
import { here, node, start } from '../../src/scheduler/testing/rows.ts';
import { json, kit, post, putDag } from './kit.ts';

const yaml = `
id: load
tasks:
  fetch: { type: noop, pool: mysql, poolSlots: 3 }
  store: { type: noop, dependsOn: [fetch], resources: { memory: 8Gi } }
  other: { type: noop, dependsOn: [fetch], resources: { memory: 8Gi } }
`;

async function story() {
  const all = kit();
  await putDag(all.app, 'load', yaml);
  await post(all.app, '/api/v1/dags/load/runs', { runId: 'r1' });
  const said = { description: '', updatedAt: start, updatedBy: 'test' };
  const pool = poolFact({ namespace: here, name: 'mysql', slots: 2, ...said });
  all.service.commit('given', [pool, nodeFact(node('n1', { capacity: { cpu: 8_000, slots: 8 } }))]);
  const get = async (path: string) => {
    const response = await all.app.request(`/api/v1/${path}`);
    return { response, body: await json(response) };
  };
  return { ...all, get };
}

test('why: names every gate of a task, with values and what would open it', async () => {
  const { get, service } = await story();
  const { response, body } = await get('why/r1/store');
  expect(response.status).toBe(200);
  expect(response.headers.get('x-skein-index')).toBe(String(service.index));
  expect(body).toMatchObject({ runId: 'r1', dagId: 'load', state: 'pending', placement: null });
  expect(body.gates.map(({ code }: { code: string }) => code)).toEqual(['UPSTREAM', 'NO_NODE']);
  const fetch = await get('why/r1/fetch?eta=false');
  expect(fetch.body.gates).toMatchObject([
    {
      kind: 'pool',
      code: 'POOL_TOO_SMALL',
      text: 'it asks for 3 slots of pool mysql, which has 2',
      values: { pool: 'mysql', asked: 3, used: 0, slots: 2 },
      opens: { by: 'person', command: 'skein pool set mysql --slots 3' },
    },
  ]);
  expect(fetch.body).toMatchObject({ eta: null, noEta: 'none was asked for' });
});

test('why: says when it is expected to start, or why nobody knows', async () => {
  const { get } = await story();
  const { body } = await get('why/r1/fetch');
  expect(body.eta).toMatchObject({ startsAt: null });
  expect(body.noEta).toBeNull();
});

test('why: of a run, those that wait for the same together', async () => {
  const { get } = await story();
  const { body } = await get('why/r1');
  expect(body).toMatchObject({ state: 'running', running: 0, waiting: 3, leftOut: 0 });
  expect(body.groups.map(({ count }: { count: number }) => count)).toEqual([2, 1]);
  expect(body.groups[0].instances).toEqual([
    { taskId: 'other', mapIndex: 0 },
    { taskId: 'store', mapIndex: 0 },
  ]);
});

test('why: of a run that has ended, how', async () => {
  const { get, service } = await story();
  service.setTask(runId('r1'), 'fetch', 'success');
  service.endRun(runId('r1'), 'failed');
  const task = await get('why/r1/fetch');
  expect(task.body).toMatchObject({ state: 'success', gates: [], noEta: null });
  expect(task.body.summary).toBe(
    'it has ended: success; the run has ended: failed: as the test said',
  );
  expect(task.body.placement).toMatchObject({ attempt: 1, node: 'n1', chosen: null });
  const { body } = await get('why/r1');
  expect(body.summary).toBe('the run has ended: failed: as the test said');
});

test('why: what is not there, and a cluster without a leader', async () => {
  const { get, service } = await story();
  expect((await get('why/nobody/fetch')).body.code).toBe('RUN_NOT_FOUND');
  expect((await get('why/nobody')).body.code).toBe('RUN_NOT_FOUND');
  expect((await get('why/r1/nothing')).body.code).toBe('TASK_NOT_FOUND');
  expect((await get('why/r1/fetch?mapIndex=7')).body.code).toBe('TASK_NOT_FOUND');
  expect((await get('why/r1/fetch?mapIndex=x')).response.status).toBe(400);
  service.refuseAll = refusal('NO_LEADER', 'nobody leads');
  const { response, body } = await get('why/r1/fetch');
  expect([response.status, body.code]).toEqual([503, 'NO_LEADER']);
});

test('queues: tasks that ask for the same, and what closes their queue', async () => {
  const { get } = await story();
  const { body } = await get('queues');
  expect(body).toMatchObject({ waiting: 1, leftOut: 0 });
  expect(body.queues).toMatchObject([
    {
      namespace: 'default',
      priorityClass: 'normal',
      waiting: 1,
      first: { runId: 'r1', taskId: 'fetch', mapIndex: 0 },
      asks: ['pool mysql (slots 3)'],
      gates: [{ code: 'POOL_TOO_SMALL' }],
    },
  ]);
  expect((await get('queues?namespace=elsewhere')).body.queues).toEqual([]);
});
