import type { Hono } from 'hono';
import { expect, test } from 'vitest';
import { taskDetailReply } from '../../src/api/contract-replies.ts';
import { incarnation, nodeId, runId, wallMs } from '../../src/base/brand.ts';
import { nodeFact, taskFact } from '../../src/model/fact.ts';
import type { NodeRow } from '../../src/model/node.ts';
import type { FakeService } from './fake-service.ts';
import { json, kit, post, putDag } from './kit.ts';

const put = (app: Hono, path: string, body: unknown): Promise<Response> =>
  Promise.resolve(
    app.request(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
const get = async (app: Hono, path: string) => json(await app.request(path));

const dag =
  'id: d\ntasks:\n' +
  '  a: { type: shell, command: echo, resources: { cpu: 1.5, memory: 1Gi, gpu: 1 } }\n';

const node = (name: string, differs: Partial<NodeRow> = {}): NodeRow => ({
  nodeId: nodeId(name),
  incarnation: incarnation('i1'),
  capacity: { cpu: 4000, memory: 8 * 2 ** 30, gpu: 1000, slots: 16 },
  labels: { zone: 'a' },
  address: `http://${name}:8080`,
  status: 'alive',
  since: wallMs(Date.UTC(2026, 0, 1)),
  ...differs,
});

/** Task `a` of run r1 in the default namespace is alive on n1. */
async function busy(): Promise<{ readonly app: Hono; readonly service: FakeService }> {
  const { app, service } = kit();
  await putDag(app, 'd', dag);
  await post(app, '/api/v1/dags/d/runs', { runId: 'r1' });
  service.setTask(runId('r1'), 'a', 'running');
  const taints = [{ key: 'gpu', value: '', effect: 'refuse' }] as const;
  const special = node('n2', { pool: 'gpu', queues: ['train'], taints, status: 'lost' });
  service.commit('nodes', [nodeFact(node('n1')), nodeFact(special)]);
  return { app, service };
}

test('http: a namespace gets a weight and limits, in cores and bytes', async () => {
  const { app } = kit();
  const path = '/api/v1/namespaces/sales';
  const quota = { cpu: 1.5, memory: '8Gi', gpu: 2, runningTasks: 100, runsPerMinute: 60 };
  const made = await put(app, path, { weight: 3, quota, description: 'who sells' });
  expect([made.status, await json(made)]).toMatchObject([201, { outcome: 'created' }]);
  const again = await put(app, path, { weight: 3, quota, description: 'who sells' });
  expect([again.status, (await json(again)).outcome]).toEqual([200, 'unchanged']);
  expect(await get(app, path)).toEqual({
    namespace: 'sales',
    weight: 3,
    description: 'who sells',
    quota: {
      ...{ cpu: 1.5, memory: 8 * 2 ** 30, gpu: 2, runningTasks: 100, runsPerMinute: 60 },
      ...{ activeRuns: null, queuedRuns: null, dags: null },
    },
    used: {
      ...{ cpu: 0, memory: 0, gpu: 0, runningTasks: 0, activeRuns: 0, queuedRuns: 0, dags: 0 },
    },
    updatedAt: '2026-01-01T00:00:00.000Z',
    updatedBy: 'api',
  });
  expect((await json(await put(app, path, { quota: { cpu: null } }))).outcome).toBe('changed');
  expect(await get(app, path)).toMatchObject({ weight: 1, quota: { cpu: null, memory: null } });
  expect(await json(await app.request(path, { method: 'DELETE' }))).toMatchObject({
    namespace: 'sales',
  });
  expect(await get(app, path)).toMatchObject({ code: 'OBJECT_NOT_FOUND', status: 404 });
});

test('http: namespaces are listed with what they use, in pages', async () => {
  const { app } = await busy();
  await put(app, '/api/v1/namespaces/sales', { quota: { dags: 2 } });
  const first = await get(app, '/api/v1/namespaces?limit=1');
  expect(first.items).toMatchObject([
    {
      ...{ namespace: 'default', weight: 1, updatedAt: null, updatedBy: null },
      used: { cpu: 1.5, memory: 2 ** 30, gpu: 1, runningTasks: 1, activeRuns: 1, dags: 1 },
    },
  ]);
  const second = await get(app, `/api/v1/namespaces?cursor=${first.cursor}`);
  expect(second).toMatchObject({ items: [{ namespace: 'sales', weight: 1 }], cursor: null });
  expect(await get(app, '/api/v1/namespaces/default')).toEqual(first.items[0]);
});

test('http: what a quota cannot say is refused with its place', async () => {
  const { app } = kit();
  for (const [body, path] of [
    [{ weight: 0 }, 'weight'],
    [{ quota: { cpu: -1 } }, 'quota.cpu'],
    [{ quota: { memory: 1024 } }, 'quota.memory'],
    [{ quota: { runningTasks: 1.5 } }, 'quota.runningTasks'],
    [{ quota: { tasks: 1 } }, 'quota.tasks'],
  ] as const) {
    const refused = await json(await put(app, '/api/v1/namespaces/sales', body));
    expect([refused.code, refused.problems[0].path]).toEqual(['BODY_INVALID', path]);
  }
});

test('http: the order of scheduling is changed in part', async () => {
  const { app } = kit();
  const path = '/api/v1/scheduling';
  const usual = { order: 'critical-path', fairShare: 'namespaces', classAgeingMs: 3_600_000 };
  expect(await get(app, path)).toEqual({ ...usual, updatedAt: null, updatedBy: null });
  expect(await json(await put(app, path, { order: 'sjf', classAgeing: '90m' }))).toMatchObject({
    outcome: 'changed',
  });
  const changed = { ...usual, order: 'sjf', classAgeingMs: 5_400_000, updatedBy: 'api' };
  expect(await get(app, path)).toMatchObject(changed);
  expect((await json(await put(app, path, { order: 'sjf' }))).outcome).toBe('unchanged');
  for (const body of [{ order: 'lifo' }, { fairShare: 'users' }, { classAgeing: '0s' }]) {
    expect((await json(await put(app, path, body))).code).toBe('BODY_INVALID');
  }
});

test('http: nodes are shown as places for tasks', async () => {
  const { app } = await busy();
  const { items } = await get(app, '/api/v1/nodes');
  expect(items).toMatchObject([
    {
      ...{ node: 'n1', state: 'alive', pool: 'default', queues: [], taints: [], drain: null },
      capacity: { cpu: 4, memory: 8 * 2 ** 30, gpu: 1, slots: 16 },
      used: { cpu: 1.5, memory: 2 ** 30, gpu: 1, slots: 1 },
      free: { cpu: 2.5, memory: 7 * 2 ** 30, gpu: 0, slots: 15 },
      running: 1,
    },
    {
      ...{ node: 'n2', state: 'lost', pool: 'gpu', queues: ['train'], running: 0, used: {} },
      taints: [{ key: 'gpu', value: '', effect: 'refuse' }],
    },
  ]);
  const { attempts, ...one } = await get(app, '/api/v1/nodes/n1');
  expect(one).toEqual({ ...items[0], attemptsLeftOut: 0 });
  expect(attempts).toMatchObject([
    {
      ...{ namespace: 'default', dagId: 'd', runId: 'r1', taskId: 'a', mapIndex: 0, attempt: 1 },
      ...{ state: 'running', stopping: false, givesWay: null },
      resources: { cpu: 1.5, memory: 2 ** 30, gpu: 1, slots: 1 },
    },
  ]);
  const none = await get(app, '/api/v1/nodes/n9');
  expect(none).toMatchObject({ code: 'NODE_NOT_FOUND', status: 404 });
});

test('http: an attempt that is to give way is shown with its reason till it is gone', async () => {
  const { app, service } = await busy();
  const row = [...[...service.state.runs()][0]!.tasks.values()][0]!;
  if (row.status !== 'running') expect.unreachable('a runs');
  const givesWay = { to: 'drained', reason: 'node n1 is drained' } as const;
  const attempt = { ...row.attempt, revoked: true, givesWay };
  service.commit('drained', [taskFact({ ...row, attempt })]);
  // Its node came back with less than is taken of it.
  service.commit('node', [nodeFact(node('n1', { capacity: { cpu: 1000, slots: 1 } }))]);
  const seen = await get(app, '/api/v1/nodes/n1');
  expect(seen).toMatchObject({ running: 1, free: { cpu: 0, slots: 0 } });
  expect(seen.attempts).toMatchObject([{ stopping: true, givesWay }]);
  const { attempt: live, startedAt: at, ...base } = row;
  const { number, node: on, incarnation: life, token, assignedAt } = live;
  const { reason } = givesWay;
  const ended = {
    ...{ number, node: on, incarnation: life, token, assignedAt, startedAt: at, endedAt: at },
    ...{ exitCode: null, signal: null, error: reason },
    outcome: 'drained',
  } as const;
  const waits = { ...base, status: 'up_for_retry', retryAt: at, reason } as const;
  service.commit('gone', [taskFact({ ...waits, attempts: [ended] })]);
  expect(await get(app, '/api/v1/nodes/n1')).toMatchObject({ running: 0, attempts: [], used: {} });
  const task = await json(await app.request('/api/v1/runs/r1/tasks/a'));
  expect(taskDetailReply.parse(task).attempts).toMatchObject([{ state: 'drained' }]);
});

test('http: a node is drained, with a grace or without, and resumed', async () => {
  const { app, service } = await busy();
  const path = '/api/v1/cluster/nodes/n1';
  const index = service.index + 1;
  const drained = await json(await post(app, `${path}/drain`, { grace: '10m' }));
  expect(drained).toEqual({ node: 'n1', until: expect.any(String), attempts: 1, index });
  const { drain } = await get(app, '/api/v1/nodes/n1');
  expect(drain).toMatchObject({ until: drained.until, by: 'api' });
  expect(Date.parse(drain.until) - Date.parse(drain.since)).toBe(600_000);
  expect((await get(app, '/api/v1/nodes')).items[1].drain).toBeNull();
  // Without a body: what runs there may end by itself.
  expect(await json(await post(app, `${path}/drain`))).toMatchObject({ until: null });
  expect(await json(await post(app, `${path}/resume`))).toMatchObject({ node: 'n1' });
  expect((await get(app, '/api/v1/nodes/n1')).drain).toBeNull();
  for (const verb of ['drain', 'resume']) {
    const unknown = await post(app, `/api/v1/cluster/nodes/n9/${verb}`);
    expect((await json(unknown)).code).toBe('NODE_NOT_FOUND');
  }
  const wrong = await json(await post(app, `${path}/drain`, { grace: 600 }));
  expect(wrong.code).toBe('BODY_INVALID');
});

test('http: what belongs to no namespace takes none, and is read after a write', async () => {
  const { app } = kit();
  const refused = await get(app, '/api/v1/nodes?namespace=sales');
  expect(refused.problems[0]).toMatchObject({ path: 'namespace' });
  expect((await app.request('/api/v1/scheduling?minIndex=0')).status).toBe(200);
});
