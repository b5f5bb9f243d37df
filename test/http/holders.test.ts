import { expect, test } from 'vitest';
import type { GateHold } from '../../src/model/attempt.ts';
import { holdersShownMax } from '../../src/model/views/holders.ts';
import { hold } from './fake-holds.ts';
import { json, kit, post, putDag } from './kit.ts';

const dag = 'id: d\nmaxActiveRuns: 3\ntasks: { a: { type: shell, command: echo, pool: db } }\n';

async function held(holds: readonly GateHold[]) {
  const { app, service } = kit();
  await putDag(app, 'd', dag);
  for (const at of holds.keys()) {
    await post(app, '/api/v1/dags/d/runs', { runId: `r${at + 1}` });
  }
  hold(service, holds);
  return { app, service, told: await json(await app.request('/api/v1/holders')) };
}

test('http: pools and keys name the attempts that hold them, the oldest first', async () => {
  const { told } = await held([
    { pool: { name: 'db', slots: 2 } },
    { pool: { name: 'db', slots: 1 }, key: 'customer-7' },
  ]);
  const [db] = told.pools;
  expect(db).toMatchObject({ pool: 'db', slots: 8, taken: 3, leftOut: 0 });
  const names = db.holders.map(({ runId, taskId, slots, node }: Record<string, unknown>) =>
    [runId, taskId, slots, node].join(' '),
  );
  expect(names).toEqual(['r1 a 2 n1', 'r2 a 1 n1']);
  expect(told.keys).toMatchObject([{ key: 'customer-7', taken: 1, holders: [{ runId: 'r2' }] }]);
});

test('http: a pool that is gone is told as long as somebody holds it', async () => {
  const { told } = await held([{ pool: { name: 'gone', slots: 1 } }]);
  expect(told.pools).toMatchObject([
    { pool: 'db', slots: 8, taken: 0, holders: [] },
    { pool: 'gone', slots: null, taken: 1 },
  ]);
});

test('http: a DAG tells which runs hold its places, and other namespaces see nothing', async () => {
  const { app, service, told } = await held([{}, {}]);
  expect(told.dags).toMatchObject([{ dagId: 'd', maxActiveRuns: 3, active: 2, queued: 0 }]);
  expect(told.dags[0].runs.map(({ runId }: { runId: string }) => runId)).toEqual(['r1', 'r2']);
  const other = await json(await app.request('/api/v1/holders?namespace=other'));
  expect(other).toEqual({ pools: [], keys: [], dags: [] });
  const [first] = service.state.runs();
  service.endRun(first!.run.runId, 'success');
  const after = await json(await app.request('/api/v1/holders'));
  expect(after.dags).toMatchObject([{ active: 1 }]);
});

test('http: no more holders are named than the limit; the others are counted', async () => {
  const one: GateHold = { pool: { name: 'db', slots: 1 } };
  const { told } = await held(Array.from({ length: holdersShownMax + 2 }, () => one));
  const [db] = told.pools;
  expect([db.taken, db.holders.length, db.leftOut]).toEqual([102, holdersShownMax, 2]);
  expect(told.dags[0]).toMatchObject({ active: 102, leftOut: 2 });
});
