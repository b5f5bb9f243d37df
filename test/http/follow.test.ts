/** What a follower outside of the cluster needs: rows at one index, and the facts behind it. */
import { expect, test } from 'vitest';
import { serverEvents } from '../../src/api/server-events.ts';
import { runId } from '../../src/base/brand.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

async function startedKit() {
  const all = kit();
  await putDag(all.app, 'chain', chainYaml);
  await post(all.app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  all.service.setTask(runId('r1'), 'a', 'running');
  return all;
}

const namesOf = ({ facts }: { facts: { table: string; key: string }[] }): string[] =>
  facts.map(({ table, key }) => `${table} ${key}`);

test('http: rows of whole tables stand at one index', async () => {
  const { app } = await startedKit();
  const response = await app.request('/api/v1/rows?tables=dag,run');
  const rows = await json(response);
  expect(rows.index).toBe(3);
  expect(response.headers.get('x-skein-index')).toBe('3');
  expect(namesOf(rows)).toEqual(['dag default/chain', 'run default/r1']);
  const strange = await app.request('/api/v1/rows?tables=dag,secrets');
  expect([strange.status, (await json(strange)).code]).toEqual([400, 'QUERY_INVALID']);
});

test('http: the rows of a run are all that is recorded of it', async () => {
  const { app } = await startedKit();
  const rows = await json(await app.request('/api/v1/runs/r1/rows'));
  expect(namesOf(rows).map((name) => name.split(' ')[0])).toEqual(['version', 'run', 'task']);
  const none = await app.request('/api/v1/runs/none/rows');
  expect([none.status, (await json(none)).code]).toEqual([404, 'RUN_NOT_FOUND']);
});

test('http: a stream of tables leaves out the others', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'success');
  await post(app, '/api/v1/dags/chain/pause');
  const response = await app.request('/api/v1/events?after=2&tables=dag');
  for await (const { id, data } of serverEvents(response.body!)) {
    if (data === '') continue;
    // Neither the task of record 3 nor that of record 4.
    expect([id, JSON.parse(data).decisions[0].what]).toEqual(['5', 'pause-dag']);
    break;
  }
});

const fromPageOf = (origin: string) => ({ origin, 'sec-fetch-site': 'same-site' });

test('http: the page of another node of the cluster may read and write', async () => {
  const { app } = await startedKit();
  const headers = fromPageOf('http://n2:8080');
  const asked = await app.request('/api/v1/dags/chain/pause', { method: 'OPTIONS', headers });
  expect(asked.status).toBe(204);
  expect(asked.headers.get('access-control-allow-origin')).toBe('http://n2:8080');
  expect(asked.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  const read = await app.request('/api/v1/dags', { headers });
  expect(read.headers.get('access-control-allow-origin')).toBe('http://n2:8080');
  const written = await post(app, '/api/v1/dags/chain/pause', undefined, headers);
  expect(written.status).toBe(200);
});

test('http: no other page is let in', async () => {
  const { app, service } = await startedKit();
  const before = service.submissions.length;
  for (const origin of ['http://n2:8081', 'https://n2:8080', 'http://evil.example', 'null']) {
    const headers = fromPageOf(origin);
    const asked = await app.request('/api/v1/dags/chain/pause', { method: 'OPTIONS', headers });
    const read = await app.request('/api/v1/dags', { headers });
    const written = await post(app, '/api/v1/dags/chain/pause', undefined, headers);
    expect(written.status).toBe(403);
    for (const { headers: answered } of [asked, read, written]) {
      expect(answered.get('access-control-allow-origin')).toBeNull();
    }
  }
  expect(service.submissions.length).toBe(before);
});
