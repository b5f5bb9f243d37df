import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { NotifyAction } from '../../model/message-action.ts';
import { conversationTools, type Opened, talk } from '../testing/conversation.ts';
import { notifyRunner } from './notify.ts';

interface Seen {
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the next request is answered with. */
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ((seen: Seen) => string);
}

const seen: Seen[] = [];
let answer: Answer = {};
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += String(piece);
  const { method, url: path = '', headers } = request;
  const one: Seen = { method, path, headers, body };
  seen.push(one);
  const text = typeof answer.body === 'function' ? answer.body(one) : (answer.body ?? 'ok');
  response.writeHead(answer.status ?? 200, answer.headers).end(text);
});

beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
beforeEach(() => {
  seen.length = 0;
  answer = {};
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const tools = conversationTools();
const runner = notifyRunner(tools);
const at = (path: string): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

const action: NotifyAction = {
  ...{ kind: 'notify', connection: 'ops', title: 'Load failed', message: 'No rows' },
  ...{ severity: 'error', details: { rows: 0 } },
};
const tell = (kind: string, secrets: Opened['secrets'] = {}, fields: Opened['fields'] = {}) =>
  talk(runner, tools.files, { action, opened: { name: 'ops', kind, fields, secrets } });

/** A part of an address that makes it one for us alone. */
const token = 'XXXXXXXXXXXXXXXXXXXXXXXX';

it('notify: a channel is told once, and nothing of its address is written down', async () => {
  answer = { body: ({ path }) => `no such hook: ${path} (${token})` };
  const told = tell('slack', { url: at(`/services/T000/B000/${token}`) });
  expect(await told.result).toMatchObject({
    ...{ outcome: 'success', output: '{"channel":"slack","status":200}' },
  });
  expect(seen).toMatchObject([
    {
      ...{ method: 'POST', path: `/services/T000/B000/${token}` },
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ text: '*[ERROR] Load failed*\nNo rows\n• rows: 0' }),
    },
  ]);
  expect(told.log()).toBe('slack "ops"\n200 OK\n\nno such hook: *** (***)\n');
});

it('notify: each channel is reached where its connection says', async () => {
  const url = at(`/robot?access_token=${token}`);
  answer = { body: '{"errcode":0,"errmsg":"ok"}' };
  for (const kind of ['teams', 'dingtalk', 'feishu', 'wecom', 'webhook']) {
    expect((await tell(kind, { url }).result).outcome).toBe('success');
  }
  answer = { status: 202, body: '{"status":"success","dedup_key":"k"}' };
  const paged = await tell('pagerduty', { routingKey: token }, { url: at('/v2/enqueue') }).result;
  expect(paged.output).toBe('{"channel":"pagerduty","status":202,"id":"k"}');
  expect(seen.map(({ path }) => path)).toEqual([
    ...Array.from({ length: 5 }, () => `/robot?access_token=${token}`),
    '/v2/enqueue',
  ]);
  expect(JSON.parse(seen.at(-1)?.body ?? '')).toMatchObject({
    ...{ routing_key: token, dedup_key: 'skein/default/run-1/call/0' },
  });
});

it('notify: who receives a signed message can check it', async () => {
  await tell('webhook', { url: at('/in'), signKey: 'a shared key' }).result;
  const [got] = seen;
  const signed = `${got?.headers['x-skein-timestamp']}.${got?.body}`;
  const digest = createHmac('sha256', 'a shared key').update(signed).digest('hex');
  expect(got?.headers['x-skein-signature']).toBe(`sha256=${digest}`);
  expect(got?.headers['idempotency-key']).toMatch(/^default\/run-1\/call\/0\/\d+$/);
  await tell('dingtalk', { url: at('/robot?access_token=a'), signKey: 'a shared key' }).result;
  const sent = new URL(seen[1]?.path ?? '', 'http://any').searchParams;
  const text = `${sent.get('timestamp')}\na shared key`;
  const sign = createHmac('sha256', 'a shared key').update(text).digest('base64');
  expect(sent.get('sign')).toBe(sign);
});

const ends: readonly (readonly [string, Answer, object])[] = [
  ['slack', { status: 404, body: 'no_service' }, { retryable: false, errorClass: 'http_404' }],
  ['slack', { status: 500 }, { retryable: true, errorClass: 'http_500' }],
  ['slack', { status: 408 }, { retryable: true, errorClass: 'http_408' }],
  [
    'slack',
    { status: 429, headers: { 'retry-after': '30' } },
    { retryable: true, errorClass: 'http_429', retryAfterMs: 30_000 },
  ],
  [
    'slack',
    { body: '{"ok":false,"error":"not_in_channel"}' },
    { retryable: false, errorClass: 'refused' },
  ],
  [
    'dingtalk',
    { body: '{"errcode":310000,"errmsg":"sign not match"}' },
    {
      ...{ retryable: false, errorClass: 'refused' },
      error: 'dingtalk "ops": it was not taken: 310000: sign not match',
    },
  ],
  ['feishu', { body: '{"code":11232,"msg":"slow down"}' }, { retryable: true }],
  [
    'webhook',
    { status: 302, headers: { location: '/elsewhere' } },
    { retryable: false, errorClass: 'too_many_redirects' },
  ],
];

it.each(ends)('notify: %s that answers %j', async (kind, said, expected) => {
  answer = said;
  expect(await tell(kind, { url: at('/hook') }).result).toMatchObject({
    ...{ outcome: 'failed', ...expected },
  });
  expect(seen).toHaveLength(1);
});

it('notify: goes to no address that the node blocks', async () => {
  const strict = notifyRunner({ ...tools, httpPolicy: { deny: ['loopback'], allow: [] } });
  const given = { name: 'ops', kind: 'webhook', secrets: { url: at('/hook') } };
  const { result } = talk(strict, tools.files, { action, opened: given });
  expect(await result).toMatchObject({ retryable: false, errorClass: 'address_blocked' });
  expect(seen).toEqual([]);
});

it('notify: a connection that is no channel, or is not complete, is told by its name', async () => {
  const errors = [
    await tell('smtp').result,
    await tell('slack').result,
    await tell('webhook', { url: `ftp://${token}` }).result,
    await tell('webhook', { url: `http:/ /${token}` }).result,
    await tell('dingtalk', { url: token }).result,
  ].map(({ error, retryable, errorClass }) => {
    expect([retryable, errorClass]).toEqual([false, 'request_invalid']);
    return error ?? '';
  });
  expect(errors[0]).toBe(
    'connection "ops" is of kind smtp, which is no channel ' +
      '(slack, teams, dingtalk, feishu, wecom, pagerduty, webhook)',
  );
  expect(errors[1]).toBe('connection "ops": it needs a url, or a token');
  expect(errors[2]).toContain('no http:// or https:// address');
  expect(errors.join('')).not.toContain(token);
});

it('notify: what cannot be reached is told without the address', async () => {
  const { result } = tell('slack', { url: `http://127.0.0.1:1/services/${token}` });
  const { error, retryable, errorClass } = await result;
  expect([retryable, errorClass]).toEqual([true, 'connection']);
  expect(error).not.toContain(token);
});
