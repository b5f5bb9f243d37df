import { expect, test } from 'vitest';
import { problemReply } from '../../src/api/contract-replies.ts';
import { incarnation, nodeId, wallMs } from '../../src/base/brand.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { startHttpServer } from '../../src/http/server.ts';
import { nodeFact } from '../../src/model/fact.ts';
import { waitingMax } from '../../src/node/forecasts.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

/** A cluster of one node, and the DAG of the kit. */
async function cluster() {
  const made = kit();
  const life = { nodeId: nodeId('n1'), incarnation: incarnation('n1-1') };
  const room = { capacity: { cpu: 4_000, memory: 2 ** 32, slots: 8 }, labels: {} };
  const since = wallMs(Date.now());
  const row = { ...life, ...room, address: 'http://n1', status: 'alive', since } as const;
  made.service.commit('node-seen', [nodeFact(row)]);
  await putDag(made.app, 'chain', chainYaml);
  return made;
}

test('POST plan says when a run that is started now would end, and changes nothing', async () => {
  const { app, service } = await cluster();
  const before = service.state.digest();
  const response = await post(app, '/api/v1/dags/chain/plan', { horizon: '1h' });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-skein-index')).toBe(String(service.index));
  const plan = await json(response);
  expect(plan).toMatchObject({
    span: { end: 'reached' },
    run: { dagId: 'chain', startsAt: expect.any(String), endsAt: expect.any(String) },
    tasks: [
      { taskId: 'a', node: 'n1', critical: true, behind: { kind: 'begin' } },
      { taskId: 'b', node: 'n1', critical: true, behind: { kind: 'upstream', taskId: 'a' } },
      { taskId: 'c', node: 'n1', critical: true, behind: { kind: 'upstream', taskId: 'b' } },
    ],
    tasksOmitted: 0,
    nodes: [{ node: 'n1', attempts: 3 }],
    fires: [],
  });
  expect(Math.round(plan.durationMs / 1000)).toBe(3);
  expect(plan.critical.map((task: { taskId: string }) => task.taskId)).toEqual(['a', 'b', 'c']);
  expect(plan.assumptions.join(' ')).toContain('nothing is known');
  expect(service.state.digest()).toBe(before);
  expect(service.submissions).toHaveLength(1);
});

test('POST plan refuses what could not be started', async () => {
  const { app } = await cluster();
  const unknown = await post(app, '/api/v1/dags/nobody/plan', {});
  expect(unknown.status).toBe(404);
  expect(await json(unknown)).toMatchObject({ code: 'DAG_NOT_FOUND' });
  const long = await post(app, '/api/v1/dags/chain/plan', { horizon: '400d' });
  expect(await json(long)).toMatchObject({ code: 'BODY_INVALID', status: 400 });
});

test('POST whatif shows the cluster as it is and changed', async () => {
  const { app } = await cluster();
  await post(app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  const response = await post(app, '/api/v1/whatif', {
    ...{ addNodes: 2, pools: { mysql: 4 }, crons: { chain: '*/10 * * * *' } },
    ...{ horizon: '50m' },
  });
  expect(response.status).toBe(200);
  const { asItIs, changed, runs } = await json(response);
  expect(asItIs).toMatchObject({ runsEnded: 1, starts: 3, span: { end: 'quiet' } });
  expect(changed).toMatchObject({ runsEnded: 6, span: { end: 'horizon' } });
  const names = changed.nodes.map(({ node }: { node: string }) => node);
  expect(names).toEqual(['n1', 'new-1', 'new-2']);
  expect(runs).toMatchObject([{ runId: 'r1', dagId: 'chain', earlierMs: expect.any(Number) }]);
});

test('POST whatif refuses what is not there or makes no sense', async () => {
  const { app } = await cluster();
  const ask = async (body: object) => json(await post(app, '/api/v1/whatif', body));
  expect(await ask({ addNodes: 1, like: 'n9' })).toMatchObject({ code: 'NODE_NOT_FOUND' });
  expect(await ask({ crons: { nobody: '* * * * *' } })).toMatchObject({ code: 'DAG_NOT_FOUND' });
  expect(await ask({ crons: { chain: '99 * * * *' } })).toMatchObject({ code: 'BODY_INVALID' });
  expect(await ask({ addNodes: -1 })).toMatchObject({ code: 'BODY_INVALID' });
  expect(await ask({ order: 'random' })).toMatchObject({ code: 'BODY_INVALID' });
});

test('a node makes one forecast at a time; few of those who ask meanwhile wait', async () => {
  const { app } = await cluster();
  const asked = Array.from({ length: waitingMax + 3 }, () =>
    post(app, '/api/v1/dags/chain/plan', {}),
  );
  const responses = await Promise.all(asked);
  const statuses = responses.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(waitingMax + 1);
  const busy = responses.filter(({ status }) => status === 503);
  expect(busy).toHaveLength(2);
  for (const response of busy) {
    expect(response.headers.get('retry-after')).toBe('5');
    expect(problemReply.parse(await json(response)).code).toBe('FORECAST_BUSY');
  }
});

test('a client that goes away aborts its forecast', async () => {
  const { service } = await cluster();
  const signals: AbortSignal[] = [];
  const plan = (_: unknown, signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<never>(() => {});
  };
  const forecasts = { value: { ...service.forecasts, plan } };
  const server = await startHttpServer({
    ...{ service: Object.create(service, { forecasts }), host: '127.0.0.1', port: 0 },
    trace: silentTrace,
  });
  const gone = new AbortController();
  const url = `${server.url}/api/v1/dags/chain/plan`;
  const asked = fetch(url, { method: 'POST', signal: gone.signal }).catch(() => 'gone');
  await until(() => signals.length === 1);
  expect(signals[0]?.aborted).toBe(false);
  gone.abort();
  expect(await asked).toBe('gone');
  await until(() => signals[0]?.aborted === true);
  await server.stop(0);
});

/** Waits for a condition, turn by turn of the event loop; the test's own time limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('a forecast ends when the client goes away, and the next one begins', async () => {
  const { service, app } = await cluster();
  const gone = new AbortController();
  gone.abort();
  const asked = { namespace: 'default', dagId: 'chain', params: {}, horizonMs: 1_000 };
  const made = await service.forecasts.plan(asked as never, gone.signal);
  expect(made).toMatchObject({ ok: false, error: { code: 'FORECAST_BUSY' } });
  expect((await post(app, '/api/v1/dags/chain/plan', {})).status).toBe(200);
});
