import { expect, test } from 'vitest';
import { runId } from '../../src/base/brand.ts';
import { keptGiven as kept } from './fake-logs.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

/** Task `a` of run `r1` has run once, on node n1. */
async function ranKit(text: string | undefined) {
  const all = kit();
  await putDag(all.app, 'chain', chainYaml);
  await post(all.app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  all.service.setTask(runId('r1'), 'a', 'success');
  if (text !== undefined) all.service.given.set('r1/a/1', text);
  return all;
}

const at = '/api/v1/runs/r1/tasks/a/attempts';

test.each(['latest', '1'])('http: what attempt %s was given, with its node', async (attempt) => {
  const { app } = await ranKit(JSON.stringify(kept));
  const response = await app.request(`${at}/${attempt}/given`);
  expect(await json(response)).toEqual({ ...kept, attempt: 1, node: 'n1' });
});

test.each([
  [undefined, 'has nothing of it'],
  ['{"at": "2026-', 'has it damaged'],
  ['{"at": 7}', 'has it damaged'],
])('http: what is kept as %j is not there', async (text, why) => {
  const { app } = await ranKit(text);
  const problem = await json(await app.request(`${at}/1/given`));
  expect(problem).toMatchObject({ status: 404, code: 'GIVEN_NOT_FOUND' });
  expect(problem.detail).toContain(why);
});

test.each([
  [`${at}/2/given`, 'ATTEMPT_NOT_FOUND'],
  [`${at}/1/given?mapIndex=1`, 'TASK_NOT_FOUND'],
  ['/api/v1/runs/r1/tasks/b/attempts/latest/given', 'ATTEMPT_NOT_FOUND'],
  ['/api/v1/runs/r9/tasks/a/attempts/1/given', 'RUN_NOT_FOUND'],
])('http: %s is refused', async (path, code) => {
  const { app } = await ranKit(JSON.stringify(kept));
  expect((await json(await app.request(path))).code).toBe(code);
});
