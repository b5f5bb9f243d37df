/** What a node answers before its log is open: how its start goes, and nothing of what is in it. */
import { expect, test } from 'vitest';
import { contract } from '../../src/api/contract.ts';
import type { Endpoint } from '../../src/api/contract-kit.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { createApp } from '../../src/http/app.ts';
import { httpLimits } from '../../src/http/limits.ts';
import { Streams } from '../../src/http/streams.ts';
import { lateService } from '../../src/node/late-service.ts';
import { FakeService } from './fake-service.ts';
import { fakeStatus } from './fake-status.ts';
import { chainYaml, json, post, putDag } from './kit.ts';

const nobody: FakeService | undefined = undefined;

function late() {
  const parts: { real: FakeService | undefined } = { real: nobody };
  const service = lateService({
    real: () => parts.real,
    status: () => fakeStatus('n1', new FakeService().index),
    expect: 3,
    autopilot: false,
    dagsDir: () => ({ folder: null, files: [] }),
    waitsFor: () => 'the node opens its log',
  });
  const [streams, lifelines] = [new Streams(8), new Streams(8)];
  const limits = httpLimits;
  const app = createApp({
    ...{ service, streams, lifelines, testHooks: null, limits, trace: silentTrace },
  });
  return { app, parts };
}

/** These tell of the node and not of the log. */
const tells: readonly Endpoint[] = [
  contract.live,
  contract.health,
  contract.getNode,
  contract.getCluster,
  contract.getDagsDir,
  contract.openapi,
  contract.lifeline,
];

/** What an endpoint has to be asked with. */
const asked = ({ path }: Endpoint): string => {
  const plain = path.replace(/\{(before|after)\}/g, 'abcdef').replace(/\{\w+\}/g, '1');
  if (path.endsWith('/v1/rows')) return `${plain}?tables=run`;
  return path.endsWith('/logs/search') ? `${plain}?q=x` : plain;
};

test('http: without an open log no read is answered, and the start is told', async () => {
  const { app } = late();
  const reads = Object.values<Endpoint>(contract).filter(({ method }) => method === 'GET');
  const others: unknown[] = [];
  for (const read of reads) {
    const response = await app.request(asked(read));
    if (tells.includes(read)) {
      const status = read === contract.health ? 503 : 200;
      expect([read.path, response.status]).toEqual([read.path, status]);
      await response.body?.cancel();
      continue;
    }
    const { code } = await json(response);
    if (code !== 'NOT_READY') others.push([read.path, response.status, code]);
  }
  expect(others).toEqual([]);
});

test('http: what is refused without a log says what the node waits for, and passes', async () => {
  const { app, parts } = late();
  const refused = await app.request('/api/v1/dags');
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await json(refused)).detail).toBe('the node opens its log');
  expect((await json(await putDag(app, 'chain', chainYaml))).code).toBe('NOT_READY');
  parts.real = new FakeService();
  expect((await putDag(app, 'chain', chainYaml)).status).toBe(201);
  expect((await post(app, '/api/v1/dags/chain/runs', { runId: 'r1' })).status).toBe(201);
  expect((await app.request('/api/v1/runs/r1')).status).toBe(200);
  // It reopens on a snapshot.
  parts.real = undefined;
  expect((await app.request('/api/v1/runs/r1')).status).toBe(503);
});
