import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { nodeId, runId } from '../../src/base/brand.ts';
import type { HttpLimits } from '../../src/http/limits.ts';
import { taskFact } from '../../src/model/fact.ts';
import type { TaskRow } from '../../src/model/task-instance.ts';
import type { FakeService } from './fake-service.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

const content = Buffer.from('the bytes of a model');
const sha256 = createHash('sha256').update(content).digest('hex');

/** Task `a` of run `r1` has left a model, and nodes have it. */
async function leftKit(bytes: Uint8Array | null = content, limits: Partial<HttpLimits> = {}) {
  const all = kit({ streamsMax: 1, ...limits });
  await putDag(all.app, 'chain', chainYaml);
  await post(all.app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  all.service.setTask(runId('r1'), 'a', 'success');
  leave(all.service);
  if (bytes !== null) all.service.objects.set(sha256, [bytes.subarray(0, 5), bytes.subarray(5)]);
  return all;
}

function leave(service: FakeService): void {
  const [live] = [...service.state.runs()];
  const [row] = [...live!.tasks.values()];
  const nodes = [nodeId('n1'), nodeId('n2')];
  const artifact = { name: 'model', kind: 'file', sha256, bytes: content.length, nodes } as const;
  const attempts = row!.attempts.map((attempt) => ({ ...attempt, artifacts: [artifact] }));
  service.commit('left', [taskFact({ ...row, attempts } as TaskRow)]);
}

const at = '/api/v1/runs/r1/tasks/a/artifacts';

test('http: artifacts of a task are listed, and part of its attempt', async () => {
  const { app } = await leftKit();
  const item = { name: 'model', kind: 'file', bytes: 20, sha256, nodes: ['n1', 'n2'] };
  expect(await json(await app.request(at))).toEqual({ attempt: 1, items: [item] });
  expect(await json(await app.request(`${at}?attempt=1`))).toEqual({ attempt: 1, items: [item] });
  const task = await json(await app.request('/api/v1/runs/r1/tasks/a'));
  expect(task.attempts[0].artifacts).toEqual([item]);
});

test('http: the bytes of an artifact come with their length, digest and name', async () => {
  const { app, streams } = await leftKit();
  for (const method of ['GET', 'HEAD']) {
    const response = await app.request(`${at}/model`, { method });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': '20',
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="model"',
      etag: `"${sha256}"`,
      'x-skein-artifact': 'file',
    });
    expect(await response.text()).toBe(method === 'GET' ? String(content) : '');
  }
  expect(streams.size).toBe(0);
});

test('http: a stream of other bytes than were recorded breaks off', async () => {
  const { app, streams } = await leftKit(Buffer.from('The bytes of a model'));
  const response = await app.request(`${at}/model`);
  await expect(response.text()).rejects.toThrow('the artifact is damaged');
  expect(streams.size).toBe(0);
});

test.each([
  [`${at}/other`, 404, 'ARTIFACT_NOT_FOUND'],
  [`${at}/..%2f..%2fetc%2fpasswd`, 404, 'ARTIFACT_NOT_FOUND'],
  [`${at}/%00`, 404, 'ARTIFACT_NOT_FOUND'],
  [`${at}/model?attempt=2`, 404, 'ATTEMPT_NOT_FOUND'],
  [`${at}/model?mapIndex=1`, 404, 'TASK_NOT_FOUND'],
  [`${at}/model?attempt=x`, 400, 'QUERY_INVALID'],
  ['/api/v1/runs/r1/tasks/b/artifacts', 404, 'ATTEMPT_NOT_FOUND'],
  ['/api/v1/runs/r1/tasks/z/artifacts/model', 404, 'TASK_NOT_FOUND'],
  ['/api/v1/runs/r9/tasks/a/artifacts/model', 404, 'RUN_NOT_FOUND'],
])('http: %s is refused', async (path, status, code) => {
  const { app } = await leftKit();
  const response = await app.request(path);
  expect([response.status, (await json(response)).code]).toEqual([status, code]);
});

test('http: an artifact that no node gives is said, with where it was', async () => {
  const { app, streams } = await leftKit(null);
  const problem = await json(await app.request(`${at}/model`));
  expect(problem).toMatchObject({
    ...{ code: 'ARTIFACT_UNAVAILABLE', detail: expect.stringContaining('on n1 and n2') },
  });
  expect(streams.size).toBe(0);
});

test('http: artifacts count among the streams of a node', async () => {
  const { app } = await leftKit();
  const open = await app.request(`${at}/model`);
  const second = await app.request(`${at}/model`);
  expect((await json(second)).code).toBe('TOO_MANY_STREAMS');
  await open.text();
  expect((await app.request(`${at}/model`)).status).toBe(200);
});

test('http: a reader of an artifact that takes nothing loses its place', async () => {
  const { app, streams } = await leftKit(content, { stalledMs: 10 });
  const response = await app.request(`${at}/model`);
  expect(streams.size).toBe(1);
  while (streams.size > 0) await new Promise((resolve) => setImmediate(resolve));
  await expect(response.text()).rejects.toThrow('stalled');
});

test('http: an artifact that cannot even be looked for takes no place', async () => {
  const { app, service, streams } = await leftKit();
  service.objects.get = broken;
  expect((await app.request(`${at}/model`)).status).toBe(500);
  expect(streams.size).toBe(0);
});

const broken = (): never => {
  throw new Error('a disk that cannot be read');
};
