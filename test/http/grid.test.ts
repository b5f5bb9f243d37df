import { expect, test } from 'vitest';
import { runId } from '../../src/base/brand.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

const grid = '/api/v1/dags/chain/grid';

test('http: the grid of a DAG comes in pages, newest runs first', async () => {
  const { app, service } = kit();
  await putDag(app, 'chain', chainYaml);
  for (const id of ['r1', 'r2', 'r3']) await post(app, '/api/v1/dags/chain/runs', { runId: id });
  service.setTask(runId('r3'), 'a', 'success');
  const first = await json(await app.request(`${grid}?limit=2`));
  expect(first.runs.map((run: { runId: string }) => run.runId)).toEqual(['r3', 'r2']);
  expect(first.runs[0].states[first.tasks.indexOf('a')]).toBe('s');
  const second = await json(await app.request(`${grid}?limit=2&cursor=${first.cursor}`));
  expect([second.runs.length, second.cursor]).toEqual([1, null]);
});

test('http: the grid of a DAG that is not there, and more runs than it gives', async () => {
  const { app } = kit();
  expect((await json(await app.request(grid))).code).toBe('DAG_NOT_FOUND');
  expect((await app.request(`${grid}?limit=101`)).status).toBe(400);
});
