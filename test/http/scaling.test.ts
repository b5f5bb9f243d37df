import type { Hono } from 'hono';
import { expect, test } from 'vitest';
import { wallMs } from '../../src/base/brand.ts';
import { nodeFact, nodePoolFact } from '../../src/model/fact.ts';
import { node } from '../../src/scheduler/testing/rows.ts';
import { json, kit } from './kit.ts';

const path = '/api/v1/node-pools/burst';

const put = (app: Hono, body: unknown, at = path): Promise<Response> =>
  Promise.resolve(
    app.request(at, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

const local = { max: 2, provider: { kind: 'local-process' } };

test('http: a node pool is given rules, changed, listed and let be', async () => {
  const { app } = kit();
  expect((await put(app, local)).status).toBe(201);
  const again = await put(app, local);
  expect([again.status, (await json(again)).outcome]).toEqual([200, 'unchanged']);
  expect((await json(await put(app, { ...local, wait: null, up: 90 }))).outcome).toBe('changed');
  const list = await json(await app.request('/api/v1/node-pools'));
  expect(list.items).toMatchObject([
    {
      ...{ name: 'burst', min: 0, max: 2, up: 90, down: 30, waitMsMax: null, cooldownMs: 120_000 },
      ...{ provider: { kind: 'local-process' }, wanted: null, alive: [], last: null },
    },
  ]);
  const gone = await app.request(path, { method: 'DELETE' });
  expect(await json(gone)).toMatchObject({ name: 'burst' });
  expect((await json(await app.request(path))).code).toBe('OBJECT_NOT_FOUND');
  expect((await app.request(`${path}/scalings`)).status).toBe(404);
});

test('http: a pool shows its nodes and what was decided, newest first', async () => {
  const { app, service } = kit();
  await put(app, local);
  const row = service.state.nodePool('burst')!;
  const scaling = (from: number, to: number, outcome: string | null) => {
    return { at: wallMs(from * 1_000), from, to, reason: 'cpu 90 %', outcome };
  };
  const drain = { since: wallMs(0), until: null, by: 'autoscaler' };
  service.commit('scale', [
    nodePoolFact({ ...row, wanted: 2, scalings: [scaling(0, 1, 'done'), scaling(1, 2, null)] }),
    nodeFact(node('burst-1', { pool: 'burst' })),
    nodeFact(node('burst-2', { pool: 'burst', drain })),
    nodeFact(node('burst-3', { pool: 'burst', status: 'lost' })),
    nodeFact(node('n1')),
  ]);
  expect(await json(await app.request(path))).toMatchObject({
    ...{ wanted: 2, alive: ['burst-1'], draining: ['burst-2'], last: { from: 1, to: 2 } },
  });
  const { items } = await json(await app.request(`${path}/scalings`));
  expect(items).toMatchObject([
    { at: '1970-01-01T00:00:01.000Z', from: 1, to: 2, reason: 'cpu 90 %', outcome: null },
    { from: 0, to: 1, outcome: 'done' },
  ]);
});

test('http: rules that cannot be meant are refused', async () => {
  const { app } = kit();
  const refused = async (body: unknown, at?: string): Promise<string> => {
    const response = await put(app, body, at);
    expect(response.status).toBe(400);
    return JSON.stringify(await json(response));
  };
  expect(await refused({ ...local, min: 3 })).toContain('is less than min');
  expect(await refused({ ...local, up: 30 })).toContain('must be less than up');
  expect(await refused({ max: 2 })).toContain('provider');
  const command = (program: string, args: readonly string[] = []) => {
    return { max: 2, provider: { kind: 'command', program, args } };
  };
  expect(await refused(command('scale.sh'))).toContain('absolute path');
  expect(await refused(command('/bin/scale', ['a\0b']))).toContain('NUL');
  const kubernetes = { kind: 'kubernetes', statefulSet: '../secrets' };
  expect(await refused({ max: 2, provider: kubernetes })).toContain('Kubernetes');
  expect(await refused({ ...local, cooldown: '0s' })).toContain('longer than zero');
  expect(await refused(local, '/api/v1/node-pools/a.b')).toContain('letters, digits');
});
