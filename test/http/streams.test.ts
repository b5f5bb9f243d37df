import { expect, test } from 'vitest';
import { serverEvents } from '../../src/api/server-events.ts';
import { logIndex, nodeId, runId } from '../../src/base/brand.ts';
import { chainYaml, json, kit, post, putDag } from './kit.ts';

async function startedKit(limits = {}) {
  const all = kit(limits);
  await putDag(all.app, 'chain', chainYaml);
  await post(all.app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  return all;
}

/** The next `count` events with data, then the reader leaves. */
async function take(response: Response, count: number) {
  const events: { id: string; data: { index: number; decisions: { what: string }[] } }[] = [];
  for await (const { id, data } of serverEvents(response.body!)) {
    if (data === '') continue;
    events.push({ id, data: JSON.parse(data) });
    if (events.length === count) break;
  }
  return events;
}

test('http: the event stream begins behind ?after, and ids are log indexes', async () => {
  const { app } = await startedKit();
  const response = await app.request('/api/v1/events?after=0');
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = await take(response, 2);
  expect(events.map(({ id, data }) => [id, data.index, data.decisions[0]!.what])).toEqual([
    ['1', 1, 'apply-dag'],
    ['2', 2, 'start-run'],
  ]);
});

test('http: a reader that comes back with Last-Event-ID gets each event once', async () => {
  const { app, service } = await startedKit();
  const first = await take(await app.request('/api/v1/events?after=0'), 1);
  service.setTask(runId('r1'), 'a', 'queued');
  const headers = { 'last-event-id': first[0]!.id };
  const rest = await take(await app.request('/api/v1/events?after=0', { headers }), 2);
  expect(rest.map(({ id }) => id)).toEqual(['2', '3']);
});

test('http: without an index the event stream begins now', async () => {
  const { app, service } = await startedKit();
  const response = await app.request('/api/v1/events');
  service.setTask(runId('r1'), 'a', 'queued');
  expect((await take(response, 1)).map(({ id }) => id)).toEqual(['3']);
});

test('http: in a stream of one run heartbeats move the id past other runs', async () => {
  const { app, service } = await startedKit({ heartbeatMs: 5 });
  const response = await app.request('/api/v1/events?after=0&run=r1');
  await post(app, '/api/v1/dags/chain/runs', { runId: 'other' });
  const seen: [string, boolean][] = [];
  for await (const { id, data } of serverEvents(response.body!)) {
    seen.push([id, data !== '']);
    if (id === '3') break;
  }
  expect(seen.filter(([, hasData]) => hasData)).toEqual([['2', true]]);
  expect(service.watchers).toBe(0);
});

test('http: remembered answers of other clients are no part of the event stream', async () => {
  const { app, service } = await startedKit();
  service.commit('remember', [
    {
      table: 'request',
      key: 'secret-key',
      row: null,
    },
  ]);
  service.setTask(runId('r1'), 'a', 'queued');
  const events = await take(await app.request('/api/v1/events?after=2'), 1);
  expect(events.map(({ id }) => id)).toEqual(['4']);
});

test('http: events that the log has given up are refused', async () => {
  const { app, service } = await startedKit();
  service.firstIndex = logIndex(40);
  const refused = await app.request('/api/v1/events', { headers: { 'last-event-id': '38' } });
  expect([refused.status, (await json(refused)).code]).toEqual([410, 'EVENTS_GONE']);
  const behind = await app.request('/api/v1/events?after=39');
  expect(behind.status).toBe(200);
  await behind.body!.cancel();
});

test('http: streams are limited, and a place is free when its reader leaves', async () => {
  const { app, streams } = await startedKit({ streamsMax: 1 });
  const first = await app.request('/api/v1/events?after=0');
  const refused = await app.request('/api/v1/events');
  expect([refused.status, (await json(refused)).code]).toEqual([503, 'TOO_MANY_STREAMS']);
  expect(refused.headers.get('retry-after')).toBe('5');
  await first.body!.cancel();
  expect(streams.size).toBe(0);
  const next = await app.request('/api/v1/events');
  expect(next.status).toBe(200);
  await next.body!.cancel();
});

test('http: a reader that takes nothing is held back, and cut in the end', async () => {
  const { app, service, streams } = await startedKit({
    streamBytesMax: 64,
    heartbeatMs: 2,
    stalledMs: 10,
  });
  const slow = await app.request('/api/v1/events?after=0');
  for (let i = 0; i < 50; i++) service.setTask(runId('r1'), 'a', 'queued');
  while (streams.size > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(service.watchers).toBe(0);
  const text = await slow.text();
  expect(text.length).toBeLessThan(3_000);
});

test('http: when the node stops, its streams end', async () => {
  const { app, streams } = await startedKit();
  const response = await app.request('/api/v1/events');
  streams.endAll();
  expect(await response.text()).toBe(': skein events\n\n');
});

test('http: HEAD of a stream opens none', async () => {
  const { app, streams } = await startedKit();
  const response = await app.request('/api/v1/events', { method: 'HEAD' });
  expect([response.status, streams.size]).toEqual([200, 0]);
});

test('http: the log of an attempt is text, by stream and from an offset', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'success');
  service.logs.set('r1/a/1/stdout', { text: 'x'.repeat(200_000), end: true });
  service.logs.set('r1/a/1/stderr', { text: 'oops', end: true });
  const path = '/api/v1/runs/r1/tasks/a/attempts';
  const stdout = await app.request(`${path}/1/log`);
  expect(stdout.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect((await stdout.text()).length).toBe(200_000);
  expect(await (await app.request(`${path}/latest/log?stream=stderr&offset=2`)).text()).toBe('ps');
});

test('http: a followed log that breaks gives up its place', async () => {
  const { app, service, streams } = await startedKit();
  service.logs.set('r1/a/1/stdout', { text: 'so far', end: false });
  service.setTask(runId('r1'), 'a', 'running');
  const response = await app.request('/api/v1/runs/r1/tasks/a/attempts/1/log?follow=true');
  service.logs.get = () => {
    throw new Error('a disk that cannot be read');
  };
  await expect(response.text()).rejects.toThrow('a disk');
  expect(streams.size).toBe(0);
});

test('http: a live log ends where it is, with follow where the attempt ends', async () => {
  const { app, service, streams } = await startedKit();
  service.setTask(runId('r1'), 'a', 'running');
  service.logs.set('r1/a/1/stdout', { text: 'one\n', end: false });
  const path = '/api/v1/runs/r1/tasks/a/attempts/1/log';
  expect(await (await app.request(path)).text()).toBe('one\n');
  const followed = await app.request(`${path}?follow=true`);
  expect(streams.size).toBe(1);
  const text = followed.text();
  service.logs.set('r1/a/1/stdout', { text: 'one\ntwo\n', end: true });
  expect(await text).toBe('one\ntwo\n');
  expect(streams.size).toBe(0);
});

test('http: a log that is read from a copy says so, before and at its end', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'success');
  const copy = { of: nodeId('n1'), on: nodeId('n2'), isWhole: false };
  const asked: unknown[] = [];
  service.readLog = async ({ offset, copyOn }) => {
    asked.push([offset, copyOn]);
    const bytes = Buffer.from(offset === 0 ? 'one\n' : '');
    return { bytes, end: offset > 0, copy };
  };
  const path = '/api/v1/runs/r1/tasks/a/attempts/1/log';
  const response = await app.request(`${path}?follow=true`);
  const { headers } = response;
  expect(headers.get('x-skein-log-copy')).toBe('n2');
  expect(headers.get('x-skein-log-whole')).toBe('false');
  const mark = 'node n1 cannot be reached; this is the copy on n2, and its end may be missing';
  expect(await response.text()).toBe(`one\n\n[skein: ${mark}]\n`);
  expect(asked).toEqual([
    [0, undefined],
    [4, 'n2'],
  ]);
});

test('http: what is left out of a log is said in its place', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'success');
  service.readLog = async ({ offset }) => {
    const isIn = offset > 0 && offset < 1000;
    const leftOut = { bytes: 1000 - offset, limitBytes: 100 * 2 ** 20 };
    if (isIn) return { bytes: new Uint8Array(), end: false, leftOut };
    return { bytes: Buffer.from(offset === 0 ? 'first\n' : 'last\n'), end: offset > 0 };
  };
  for (const query of ['', '?follow=true']) {
    const path = `/api/v1/runs/r1/tasks/a/attempts/1/log${query}`;
    const mark = '[skein: 994 bytes left out here; the limit is 100 MiB a stream]';
    const text = await (await app.request(path)).text();
    expect(text).toBe(`first\n\n${mark}\nlast\n`);
  }
});

test('http: logs are searched by run and by DAG', async () => {
  const { app, service } = await startedKit();
  service.setTask(runId('r1'), 'a', 'success');
  service.logs.set('r1/a/1/stdout', { text: 'fine\nrefused\nrefused again\n', end: true });
  const found = await (await app.request('/api/v1/runs/r1/logs/search?q=refused')).json();
  expect(found).toMatchObject({
    matches: [
      { taskId: 'a', attempt: 1, stream: 'stdout', line: 2, text: 'refused', copyOn: null },
      { line: 3 },
    ],
    ...{ isCut: false, unsearched: 0, runs: 1 },
  });
  const one = await app.request('/api/v1/runs/r1/logs/search?q=refused&limit=1');
  expect(await one.json()).toMatchObject({ matches: [{ line: 2 }], isCut: true });
  const bad = await app.request('/api/v1/runs/r1/logs/search?q=(&regex=true');
  expect(await bad.json()).toMatchObject({ code: 'QUERY_INVALID' });
  expect((await app.request('/api/v1/runs/none/logs/search?q=x')).status).toBe(404);
  expect((await app.request('/api/v1/dags/none/logs/search?q=x')).status).toBe(404);
});

test('http: a stream that can bring nothing is closed, not left silent', async () => {
  const { app, service, streams } = await startedKit();
  service.isUp = false;
  const response = await app.request('/api/v1/events?after=0');
  await response.text();
  expect(streams.size).toBe(0);
});
