import type { Hono } from 'hono';
import { expect, test } from 'vitest';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

const put = (app: Hono, path: string, body: unknown): Promise<Response> =>
  Promise.resolve(
    app.request(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
const remove = async (app: Hono, path: string) =>
  json(await app.request(path, { method: 'DELETE' }));

test('http: a pool is put, listed, and not deleted under a DAG', async () => {
  const { app } = kit();
  const path = '/api/v1/pools/db';
  expect((await put(app, path, { slots: 2 })).status).toBe(201);
  const again = await put(app, path, { slots: 2 });
  expect([again.status, (await json(again)).outcome]).toEqual([200, 'unchanged']);
  const list = await json(await app.request('/api/v1/pools'));
  expect(list.items).toMatchObject([{ name: 'db', slots: 2, updatedBy: 'api' }]);
  await putDag(app, 'd', 'id: d\ntasks: { a: { type: noop, pool: db } }\n');
  expect(await remove(app, path)).toMatchObject({ code: 'OBJECT_IN_USE', status: 409 });
  await putDag(app, 'd', 'id: d\ntasks: { a: { type: noop } }\n');
  expect(await remove(app, path)).toMatchObject({ name: 'db' });
  expect((await json(await app.request(path))).code).toBe('OBJECT_NOT_FOUND');
});

test('http: a variable is any JSON, up to its limit', async () => {
  const { app } = kit();
  const path = '/api/v1/variables/v';
  expect((await put(app, path, { value: { a: [1, null] } })).status).toBe(201);
  expect(await json(await app.request(path))).toMatchObject({ value: { a: [1, null] } });
  expect((await put(app, path, { value: 'x'.repeat(20_000) })).status).toBe(400);
  expect((await put(app, path, {})).status).toBe(400);
});

test('http: a calendar has days that exist', async () => {
  const { app } = kit();
  const path = '/api/v1/calendars/holidays';
  const days = ['2026-12-25', '2026-01-01', '2026-12-25'];
  expect((await put(app, path, { days, yearly: ['02-29'], weekdays: [0] })).status).toBe(201);
  expect(await json(await app.request(path))).toMatchObject({ days: ['2026-01-01', '2026-12-25'] });
  expect((await put(app, path, { days: ['2026-02-30'] })).status).toBe(400);
  expect((await put(app, path, { yearly: ['13-01'] })).status).toBe(400);
  expect((await put(app, path, { weekdays: [7] })).status).toBe(400);
});

test('http: a backfill is counted, started, paused and looked at', async () => {
  const { app } = kit();
  await putDag(app, 'chain', chainYaml);
  const range = { from: '2025-12-01', to: '2025-12-05' };
  const path = '/api/v1/dags/chain/backfills';
  const dry = await post(app, path, { ...range, dryRun: true });
  expect([dry.status, await json(dry)]).toMatchObject([200, { backfillId: null, total: 5 }]);
  const started = await post(app, path, range);
  expect(started.status).toBe(201);
  const { backfillId } = await json(started);
  expect(await json(await post(app, `/api/v1/backfills/${backfillId}/pause`))).toMatchObject({
    state: 'paused',
  });
  const list = await json(await app.request('/api/v1/backfills?dag=chain'));
  expect(list.items).toMatchObject([
    { backfillId, state: 'paused', total: 5, started: 0, from: '2025-12-01T00:00:00.000Z' },
  ]);
  await post(app, `/api/v1/backfills/${backfillId}/cancel`);
  const resumed = await post(app, `/api/v1/backfills/${backfillId}/resume`);
  expect((await json(resumed)).code).toBe('BACKFILL_ENDED');
  const none = await app.request('/api/v1/backfills/none');
  expect((await json(none)).code).toBe('BACKFILL_NOT_FOUND');
  expect((await json(await post(app, path, { from: 'soon', to: 'later' }))).status).toBe(400);
});

test('http: versions are told apart, promoted, and tried on some runs', async () => {
  const { app } = kit();
  const first = await json(await putDag(app, 'chain', chainYaml));
  const changed = chainYaml
    .replace('echo b', 'echo B')
    .replace(/ {2}c:.*\n/, '  d: { type: noop }\n');
  const second = await json(await putDag(app, 'chain', changed));
  const short = (id: string): string => id.slice(0, 8);
  const diff = await json(
    await app.request(
      `/api/v1/dags/chain/versions/${short(first.versionId)}/diff/${short(second.versionId)}`,
    ),
  );
  expect(diff).toMatchObject({ added: ['d'], removed: ['c'], before: first.versionId });
  expect(diff.changed).toMatchObject([
    { taskId: 'b', fields: [{ path: 'action.command', before: 'echo b', after: 'echo B' }] },
  ]);
  const promote = `/api/v1/dags/chain/versions/${short(first.versionId)}/promote`;
  expect(await json(await post(app, promote))).toMatchObject({ versionId: first.versionId });
  const canary = '/api/v1/dags/chain/canary';
  expect((await put(app, canary, { version: short(second.versionId), runs: 1 })).status).toBe(200);
  expect(await json(await app.request(canary))).toMatchObject({ runsLeft: 1, runsMin: 5 });
  expect(await remove(app, canary)).toMatchObject({ dagId: 'chain' });
  expect((await json(await app.request(canary))).code).toBe('CANARY_NOT_FOUND');
  expect((await json(await put(app, canary, { runs: 1 }))).code).toBe('CANARY_INVALID');
  const none = await post(app, '/api/v1/dags/chain/versions/ffffffff/promote');
  expect((await json(none)).code).toBe('VERSION_NOT_FOUND');
});

test('http: the folder of DAG files is shown', async () => {
  const { app, service } = kit();
  expect(await json(await app.request('/api/v1/dags-dir'))).toEqual({ folder: null, files: [] });
  service.folder = { folder: '/dags', files: [] };
  expect(await json(await app.request('/api/v1/dags-dir'))).toMatchObject({ folder: '/dags' });
});
