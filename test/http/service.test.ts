import { expect, test } from 'vitest';
import { contract } from '../../src/api/contract.ts';
import type { Endpoint } from '../../src/api/contract-kit.ts';
import {
  incarnation,
  namespace as namespaceOf,
  nodeId,
  runId,
  type VersionId,
} from '../../src/base/brand.ts';
import {
  backfillFact,
  calendarFact,
  connectionFact,
  dagFact,
  letterFact,
  namespaceFact,
  nodeFact,
  nodePoolFact,
  poolFact,
  variableFact,
} from '../../src/model/fact.ts';
import { keptGiven } from './fake-logs.ts';
import type { FakeService } from './fake-service.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

test('http: health says whether the node lives, is ready, and why not', async () => {
  const { app, service } = kit();
  expect((await app.request('/healthz')).status).toBe(200);
  expect((await app.request('/readyz')).status).toBe(200);
  expect(await json(await app.request('/health'))).toMatchObject({
    status: 'ready',
    role: 'leader',
  });
  service.isUp = false;
  expect((await app.request('/healthz')).status).toBe(200);
  const unready = await app.request('/readyz');
  expect([unready.status, (await json(unready)).code]).toEqual([503, 'NOT_READY']);
  expect((await app.request('/health')).status).toBe(503);
});

test('http: cluster, node, transfer and metrics', async () => {
  const { app } = kit();
  const cluster = await json(await app.request('/api/v1/cluster'));
  expect(cluster).toMatchObject({ leader: 'n1', term: 2 });
  expect(cluster.members[0]).toMatchObject({
    node: 'n1',
    role: 'leader',
    state: 'alive',
    capacity: { cpu: 2, memory: 2 ** 30, slots: 256 },
    used: { cpu: 0.25, slots: 1 },
  });
  expect(await json(await app.request('/api/v1/node'))).toMatchObject({ node: 'n1', term: 2 });
  expect(await json(await post(app, '/api/v1/cluster/transfer', { to: 'n2' }))).toEqual({
    leader: 'n2',
  });
  expect(await (await app.request('/metrics')).text()).toBe('queued_tasks 0\n');
});

test('http: an unknown address is a problem, and a wrong method names the right ones', async () => {
  const { app } = kit();
  const nowhere = await app.request('/api/v1/nope');
  expect([nowhere.status, (await json(nowhere)).code]).toEqual([404, 'ROUTE_NOT_FOUND']);
  const wrong = await app.request('/api/v1/dags/x', { method: 'POST' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'PUT, GET, DELETE']);
});

test('http: every route of the contract is served', async () => {
  const { app } = kit();
  for (const { method, path } of Object.values<Endpoint>(contract)) {
    const response = await app.request(path.replace(/\{\w+\}/g, '1'), { method });
    expect([path, response.status === 405]).toEqual([path, false]);
    if (response.status === 404) expect((await json(response)).code).not.toBe('ROUTE_NOT_FOUND');
    else await response.body?.cancel();
  }
});

/** One of each thing beside runs; returns the version of the DAG, which has a canary. */
function commitObjects(service: FakeService): VersionId {
  const dag = [...service.state.dags()][0]!;
  const { namespace, dagId, versionId } = dag;
  const updated = { updatedAt: dag.createdAt, updatedBy: 'test' };
  const named = { namespace, name: 'x', ...updated };
  const days = { weekdays: [0], days: ['2026-12-25'], yearly: [], except: [] };
  const counts = { started: 1, succeeded: 1, failed: 0 };
  const canary = { versionId, share: 0.5, runsLeft: null, failureRateMax: null, runsMin: 5 };
  const whole = { from: dag.createdAt, to: dag.createdAt, direction: 'forward' } as const;
  const progress = { status: 'running', at: null, total: 1, passedOver: 0 } as const;
  service.commit('objects', [
    poolFact({ ...named, slots: 1, description: '' }),
    namespaceFact({
      ...{ namespace: namespaceOf('x'), weight: 1, quota: { cpu: 1 }, description: '' },
      ...updated,
    }),
    nodePoolFact({
      ...{ name: 'x', min: 0, max: 3, up: 80, down: 30, waitMsMax: null, cooldownMs: 60_000 },
      ...{ provider: { kind: 'local-process' }, wanted: null, scalings: [], ...updated },
    }),
    nodeFact({
      ...{ nodeId: nodeId('n1'), incarnation: incarnation('i1'), address: 'http://n1:8080' },
      ...{ capacity: { cpu: 1000 }, labels: {}, status: 'alive', since: dag.createdAt },
    }),
    variableFact({ ...named, value: { a: [1] } }),
    calendarFact({ ...named, description: '', ...days }),
    connectionFact({
      ...{ ...named, kind: 'http', description: '', fields: { url: 'http://x' } },
      secrets: { token: { key: 'aaaaaaaa', box: 'x' } },
    }),
    dagFact({ ...dag, canary: { ...canary, ...counts } }),
    backfillFact({
      ...{ namespace, backfillId: 'b1', dagId, versionId, ...whole, ...progress, ...counts },
      ...{ activeMax: 1, only: 'all', params: {}, endedAt: null },
      ...{ createdAt: dag.createdAt, createdBy: 'test' },
    }),
    letterFact({
      ...{ namespace, letterId: 'l1', dagId, kind: 'event', reason: 'no', at: dag.createdAt },
      replay: { kind: 'pause-dag', namespace, dagId, paused: false },
    }),
  ]);
  return versionId;
}

test('http: every reply is what the contract says', async () => {
  const { app, service } = kit();
  await putDag(app, 'chain', chainYaml);
  await post(app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  service.setTask(runId('r1'), 'a', 'success');
  const version = commitObjects(service);
  service.given.set('r1/a/1', JSON.stringify(keptGiven));
  for (const endpoint of Object.values<Endpoint>(contract)) {
    if (endpoint.method !== 'GET' || endpoint.media !== 'application/json') continue;
    const path = endpoint.path
      .replace('{dagId}', 'chain')
      .replace('{runId}', 'r1')
      .replace('{taskId}', 'a')
      .replace('{attempt}', 'latest')
      .replace('{name}', 'x')
      .replace('{backfillId}', 'b1')
      .replace('{node}', 'n1')
      .replace(/logs\/search$/, 'logs/search?q=x')
      .replace(/v1\/rows$/, 'v1/rows?tables=dag,run,node')
      .replace(/\{(before|after)\}/g, version);
    const response = await app.request(path);
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get('x-skein-index')).toBe('4');
    expect(endpoint.reply.safeParse(await response.json()).error).toBeUndefined();
  }
});

test('http: the OpenAPI document has every endpoint and resolves its references', async () => {
  const { app } = kit();
  const document = await json(await app.request('/api/v1/openapi.json'));
  expect(document.openapi).toBe('3.1.0');
  for (const { method, path } of Object.values<Endpoint>(contract)) {
    expect(document.paths[path][method.toLowerCase()].responses).toBeDefined();
  }
  const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
  for (const [, name] of names) expect(document.components.schemas[name!]).toBeDefined();
});

test('http: an error of our own is answered without a stack and traced', async () => {
  const { app, service } = kit();
  service.reader.look = async () => {
    throw new Error('disk on fire');
  };
  const response = await app.request('/api/v1/dags');
  const problem = await json(response);
  expect([response.status, problem.code]).toEqual([500, 'INTERNAL']);
  expect(JSON.stringify(problem)).not.toMatch(/disk on fire|\.ts:/);
});
