/** Webhooks and events by hand, as the server hears them. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { json, type Kit, kit, post, putDag } from './kit.ts';

const secret = 'correct horse battery staple';
const digest = createHash('sha256').update(secret).digest('hex');
const yaml = `
tasks: { a: { type: noop } }
triggers:
  - name: open
    webhook: {}
  - name: closed
    webhook: { secretSha256: ${digest} }
  - name: ready
    all: [{ asset: "asset://raw" }, { cron: "0 3 * * *" }]
    window: 2h
`;

async function server(): Promise<Kit> {
  const all = kit();
  const { status } = await putDag(all.app, 'd', yaml);
  expect(status).toBe(201);
  return withTriggers(all);
}

/** The stand-in of the service knows no events; here every one of them is taken. */
function withTriggers(all: Kit): Kit {
  const { service } = all;
  const submit = service.submit.bind(service);
  service.submit = async (submission) => {
    const { command } = submission;
    const { index } = service;
    if (command.kind === 'outside-events') {
      service.submissions.push(submission);
      return ok({ reply: { kind: 'events-taken', runs: [], known: 0 }, index });
    }
    if (command.kind !== 'switch-trigger') return submit(submission);
    service.submissions.push(submission);
    return ok({ reply: { kind: 'trigger-switched', enabled: command.enabled }, index });
  };
  return all;
}

const hook = (name: string): string => `/api/v1/hooks/default/d/${name}`;

const told = ({ service }: Kit): readonly unknown[] =>
  service.submissions.flatMap(({ command }) =>
    command.kind === 'outside-events' ? command.events : [],
  );

describe('a webhook', () => {
  it('tells the leader of the event, and answers 202 with its key', async () => {
    const all = await server();
    const response = await post(all.app, hook('open'), { order: 7 }, { 'x-event-id': 'e1' });
    expect(response.status).toBe(202);
    expect(await json(response)).toMatchObject({ key: 'e1', runs: [], known: 0 });
    expect(told(all)).toEqual([
      {
        source: { kind: 'webhook', namespace: 'default', dagId: 'd', trigger: 'open' },
        key: 'e1',
        payload: '{"order":7}',
      },
    ]);
  });

  it('on a node that is behind waits until it has caught up', async () => {
    const all = await server();
    const { reader } = all.service;
    const { dag, ready } = reader;
    reader.dag = async () => ({ index: all.service.index, value: undefined });
    reader.ready = async () => {
      reader.dag = dag;
      return ready();
    };
    const response = await post(all.app, hook('open'), {});
    expect([response.status, told(all)]).toMatchObject([202, { length: 1 }]);
  });

  it.each([
    [{}, 'HOOK_SECRET_WRONG', /missing/],
    [{ 'x-skein-secret': 'guess' }, 'HOOK_SECRET_WRONG', /wrong/],
    [{ 'x-skein-secret': digest }, 'HOOK_SECRET_WRONG', /wrong/],
  ])('with a secret refuses %j', async (headers, code, says) => {
    const all = await server();
    const response = await post(all.app, hook('closed'), {}, headers);
    const problem = await json(response);
    expect([response.status, problem.code]).toEqual([401, code]);
    expect(problem.detail).toMatch(says);
    expect(told(all)).toEqual([]);
  });

  it('with a secret lets in who knows it', async () => {
    const all = await server();
    const response = await post(all.app, hook('closed'), {}, { 'x-skein-secret': secret });
    expect(response.status).toBe(202);
  });

  it.each([
    ['Idempotency-Key', 'idempotency-key'],
    ['X-Event-Id', 'x-event-id'],
    ['X-GitHub-Delivery', 'x-github-delivery'],
  ])('takes the key of the event from %s', async (_, header) => {
    const all = await server();
    await post(all.app, hook('open'), {}, { [header]: 'e1' });
    expect(told(all)).toMatchObject([{ key: 'e1' }]);
  });

  it('counts each delivery without a key as another event', async () => {
    const all = await server();
    await post(all.app, hook('open'), {});
    await post(all.app, hook('open'), {});
    const keys = told(all).map((event) => JSON.stringify(event));
    expect(new Set(keys).size).toBe(2);
  });

  it.each([
    ['text/plain', 'hello', '"hello"'],
    ['text/plain', '{"a": 1}', '{"a":1}'],
    ['application/x-www-form-urlencoded', '{"a": 1}', '{"a":1}'],
    ['application/x-www-form-urlencoded', '{a: 1}', '"{a: 1}"'],
    ['text/plain', '[1]', '"[1]"'],
    ['application/json', '{ "a" : 1 }', '{"a":1}'],
    ['application/cloudevents+json', '[1]', '[1]'],
    ['application/x-www-form-urlencoded', 'a=1', '"a=1"'],
    ['application/json', '', 'null'],
  ])('reads %s %j', async (type, body, payload) => {
    const all = await server();
    const request = { method: 'POST', headers: { 'content-type': type }, body };
    expect((await all.app.request(hook('open'), request)).status).toBe(202);
    expect(told(all)).toMatchObject([{ payload }]);
  });

  it.each([
    [404, 'TRIGGER_NOT_FOUND', 'no', '{}', {}],
    [404, 'TRIGGER_NOT_FOUND', 'ready', '{}', {}],
    [400, 'EVENT_INVALID', 'open', '{"a":', {}],
    [400, 'EVENT_INVALID', 'open', '{}', { 'x-event-id': 'k'.repeat(251) }],
    [413, 'EVENT_TOO_LARGE', 'open', JSON.stringify('x'.repeat(16 * 1024)), {}],
    [413, 'EVENT_TOO_LARGE', 'open', JSON.stringify('x'.repeat(100_000)), {}],
    [403, 'CROSS_SITE', 'open', '{}', { origin: 'https://elsewhere.example' }],
  ])('answers %i %s', async (status, code, name, body, headers) => {
    const all = await server();
    const type = { 'content-type': 'application/json', ...headers };
    const response = await all.app.request(hook(name), { method: 'POST', headers: type, body });
    expect([response.status, (await json(response)).code]).toEqual([status, code]);
    expect(told(all)).toEqual([]);
  });
});

describe('an event by hand', () => {
  const send = '/api/v1/events/send';

  it.each([
    [
      { kind: 'subject', subject: 'orders.new' },
      { kind: 'subject', subject: 'orders.new' },
    ],
    [
      { kind: 'asset', uri: 'asset://raw' },
      { kind: 'asset', uri: 'asset://raw', namespace: 'default' },
    ],
    [
      { kind: 'trigger', dagId: 'd', trigger: 'open' },
      { kind: 'trigger', dagId: 'd', trigger: 'open', namespace: 'default' },
    ],
  ])('%j', async (asked, source) => {
    const all = await server();
    const response = await post(all.app, send, { ...asked, key: 'k', payload: { by: 'ada' } });
    expect(response.status).toBe(202);
    expect(told(all)).toEqual([{ source, key: 'k', payload: '{"by":"ada"}' }]);
  });

  it('takes its Idempotency-Key for the key of the event', async () => {
    const all = await server();
    const body = { kind: 'asset', uri: 'asset://raw' };
    await post(all.app, send, body, { 'idempotency-key': 'once' });
    expect(told(all)).toMatchObject([{ key: 'once', payload: 'null' }]);
  });

  it.each([
    { kind: 'subject', subject: 'orders.*' },
    { kind: 'subject', subject: 'two words' },
    { kind: 'mail', to: 'ada' },
    { kind: 'asset' },
  ])('refuses %j', async (body) => {
    const { app } = await server();
    const response = await post(app, send, body);
    expect([response.status, (await json(response)).code]).toEqual([400, 'BODY_INVALID']);
  });
});

describe('triggers', () => {
  it('are listed with their sources and what they wait for', async () => {
    const { app } = await server();
    const { items } = await json(await app.request('/api/v1/triggers'));
    expect(items).toMatchObject([
      { trigger: 'closed', sources: ['webhook'] },
      { trigger: 'open', sources: ['webhook (no secret)'], enabled: true, paused: false },
      {
        trigger: 'ready',
        needs: 'all',
        sources: ['asset asset://raw', 'time 0 3 * * *'],
        window: expect.stringContaining('2h'),
        kept: [],
        nextTimeAt: expect.stringMatching(/T03:00:00/),
      },
    ]);
    const missing = await app.request('/api/v1/triggers?dag=no');
    expect(missing.status).toBe(404);
  });

  it('are switched by name', async () => {
    const all = await server();
    const response = await post(all.app, '/api/v1/dags/d/triggers/open/disable');
    expect([response.status, await json(response)]).toMatchObject([200, { enabled: false }]);
    expect(all.service.submissions.at(-1)?.command).toMatchObject({
      kind: 'switch-trigger',
      trigger: 'open',
      enabled: false,
    });
  });
});

describe('assets', () => {
  it('are listed with who produces and who needs them', async () => {
    const { app } = await server();
    const producer = 'tasks: { load: { type: noop, produces: ["asset://raw"] } }';
    await putDag(app, 'up', producer);
    const { items } = await json(await app.request('/api/v1/assets'));
    expect(items).toEqual([
      {
        uri: 'asset://raw',
        producers: [{ dagId: 'up', taskId: 'load' }],
        consumers: [{ dagId: 'd', trigger: 'ready' }],
        freshness: null,
      },
    ]);
  });
});
