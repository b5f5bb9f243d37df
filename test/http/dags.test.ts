import { expect, test, vi } from 'vitest';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

test('http: a new DAG answers 201, the same again and a changed one 200', async () => {
  const { app } = kit();
  const created = await putDag(app, 'chain', chainYaml);
  expect(created.status).toBe(201);
  const body = await json(created);
  expect(body).toMatchObject({
    dagId: 'chain',
    namespace: 'default',
    outcome: 'created',
    index: 1,
  });
  expect(created.headers.get('x-skein-index')).toBe('1');
  const again = await putDag(app, 'chain', chainYaml);
  expect([again.status, (await json(again)).outcome]).toEqual([200, 'unchanged']);
  const changed = await putDag(app, 'chain', `${chainYaml}  d: { type: noop }\n`);
  expect([changed.status, (await json(changed)).outcome]).toEqual([200, 'changed']);
});

test('http: YAML and JSON of the same content are the same version', async () => {
  const { app } = kit();
  const yaml = await json(await putDag(app, 'x', 'tasks: { a: { type: noop } }'));
  const asJson = await app.request('/api/v1/dags/x', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"tasks":{"a":{"type":"noop"}}}',
  });
  expect(await json(asJson)).toMatchObject({ versionId: yaml.versionId, outcome: 'unchanged' });
});

test('http: a dry run checks and changes nothing', async () => {
  const { app, service } = kit();
  const response = await putDag(app, 'chain', chainYaml, '?dryRun=true');
  expect([response.status, (await json(response)).outcome]).toEqual([200, 'checked']);
  expect(service.submissions).toEqual([]);
});

test('http: a cycle is refused and the answer names it', async () => {
  const { app } = kit();
  const yaml = 'tasks:\n  a: {type: noop, dependsOn: [b]}\n  b: {type: noop, dependsOn: [a]}\n';
  const response = await putDag(app, 'loop', yaml);
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = await json(response);
  expect(problem.code).toBe('DAG_CYCLE');
  expect(problem.detail).toContain('a -> b -> a');
  expect(problem.next).toContain('Remove');
});

test('http: every mistake of a definition is listed with line and column', async () => {
  const { app } = kit();
  const yaml = 'retires: 1\ntasks:\n  a: {type: shell}\n  b: {type: noop, dependsOn: [aa]}\n';
  const problem = await json(await putDag(app, 'bad', yaml));
  expect(problem.code).toBe('DAG_INVALID');
  expect(
    problem.problems.map(({ path, line }: { path: string; line: number }) => [path, line]),
  ).toEqual([
    ['retires', 1],
    ['tasks.a.command', 3],
    ['tasks.b.dependsOn[0]', 4],
  ]);
});

test('http: a definition whose id is not that of the address is refused', async () => {
  const { app } = kit();
  const problem = await json(await putDag(app, 'other', chainYaml));
  expect(problem).toMatchObject({ code: 'DAG_INVALID', status: 400 });
  expect(problem.detail).toContain('the file says "chain", the request "other"');
});

test('http: a body of an unknown type is refused with the types that are read', async () => {
  const { app } = kit();
  const response = await app.request('/api/v1/dags/x', { method: 'PUT', body: 'x' });
  expect(response.status).toBe(415);
  expect((await json(response)).detail).toContain('application/yaml');
});

test('http: DAGs are listed page by page', async () => {
  const { app } = kit();
  for (const id of ['c', 'a', 'b']) await putDag(app, id, 'tasks: { a: { type: noop } }');
  const first = await json(await app.request('/api/v1/dags?limit=2'));
  expect(first.items.map((dag: { dagId: string }) => dag.dagId)).toEqual(['a', 'b']);
  const second = await json(await app.request(`/api/v1/dags?limit=2&cursor=${first.cursor}`));
  expect(second.items.map((dag: { dagId: string }) => dag.dagId)).toEqual(['c']);
  expect(second.cursor).toBeNull();
});

test('http: a list of DAGs counts live runs once and looks closer at its page only', async () => {
  const { app, service } = kit();
  const ids = Array.from({ length: 30 }, (_, place) => `d${100 + place}`);
  for (const id of ids) {
    await putDag(app, id, 'tasks: { a: { type: noop, produces: ["asset://x"] } }');
    await post(app, `/api/v1/dags/${id}/runs`, {});
  }
  await post(app, '/api/v1/dags/d101/runs', {});
  const runs = service.state.runs.bind(service.state);
  let runsSeen = 0;
  vi.spyOn(service.state, 'runs').mockImplementation(function* () {
    for (const run of runs()) {
      runsSeen += 1;
      yield run;
    }
  });
  const schedules = vi.spyOn(service.state, 'schedule');
  const page = await json(await app.request('/api/v1/dags?limit=3'));
  const counts = page.items.map((dag: { activeRuns: number }) => dag.activeRuns);
  expect([counts, runsSeen, schedules.mock.calls.length]).toEqual([[1, 2, 1], 31, 3]);
  await app.request('/api/v1/triggers');
  await app.request('/api/v1/assets');
  expect(runsSeen).toBe(31);
});

test('http: a DAG shows its versions, and its definition with every default', async () => {
  const { app } = kit();
  await putDag(app, 'chain', chainYaml);
  const dag = await json(await app.request('/api/v1/dags/chain'));
  expect(dag).toMatchObject({ dagId: 'chain', paused: false, tasks: 3 });
  expect(dag.spec.tasks.a).toMatchObject({ retries: 0, retryDelayMs: 300_000, idempotent: true });
  const versions = await json(await app.request('/api/v1/dags/chain/versions'));
  expect(versions.items).toMatchObject([{ versionId: dag.versionId, current: true }]);
  const old = await app.request('/api/v1/dags/chain?version=0000');
  expect([old.status, (await json(old)).code]).toEqual([404, 'VERSION_NOT_FOUND']);
});

test('http: versions of a DAG are listed page by page where somebody asks for pages', async () => {
  const { app } = kit();
  for (let tasks = 1; tasks <= 3; tasks++) {
    const all = Array.from({ length: tasks }, (_, place) => `t${place}: { type: noop }`);
    await putDag(app, 'd', `tasks: { ${all.join(', ')} }`);
  }
  const list = '/api/v1/dags/d/versions';
  const sizes = (page: { items: { tasks: number }[] }) => page.items.map(({ tasks }) => tasks);
  const whole = await json(await app.request(list));
  expect([sizes(whole), whole.cursor]).toEqual([[3, 2, 1], null]);
  const first = await json(await app.request(`${list}?limit=2`));
  const second = await json(await app.request(`${list}?limit=2&cursor=${first.cursor}`));
  expect([sizes(first), sizes(second), second.cursor]).toEqual([[3, 2], [1], null]);
});

test('http: pause, unpause and remove', async () => {
  const { app } = kit();
  await putDag(app, 'chain', chainYaml);
  expect(await json(await post(app, '/api/v1/dags/chain/pause'))).toMatchObject({ paused: true });
  expect((await json(await app.request('/api/v1/dags/chain'))).paused).toBe(true);
  expect(await json(await post(app, '/api/v1/dags/chain/unpause'))).toMatchObject({
    paused: false,
  });
  const removed = await app.request('/api/v1/dags/chain', { method: 'DELETE' });
  expect(removed.status).toBe(200);
  const gone = await app.request('/api/v1/dags/chain');
  expect([gone.status, (await json(gone)).code]).toEqual([404, 'DAG_NOT_FOUND']);
});

test('http: namespaces are apart', async () => {
  const { app } = kit();
  await putDag(app, 'chain', chainYaml, '?namespace=team-a');
  expect((await app.request('/api/v1/dags/chain')).status).toBe(404);
  expect((await app.request('/api/v1/dags/chain?namespace=team-a')).status).toBe(200);
});
