import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { outputBytesMax } from '../../model/output.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { MemoryFiles } from '../memory-files.ts';
import type { ActionOf, RunningJob, RunResult } from '../runner.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { httpRunner } from './http.ts';

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  body: string;
}

const seen: Seen[] = [];
const server = createServer((request, response) => {
  const entry = { method: request.method, path: request.url, headers: request.headers, body: '' };
  seen.push(entry);
  request.on('data', (chunk: Buffer) => {
    entry.body += chunk.toString();
  });
  request.on('end', () => respond(request.url ?? '', response));
});

function respond(path: string, response: ServerResponse): void {
  const [, name, argument = ''] = path.split('/');
  switch (name) {
    case 'json':
      response.end('{"rows": 3}\n');
      return;
    case 'text':
      response.end('not json');
      return;
    case 'binary':
      response.end(Buffer.from([0xff, 0xfe, 0x00]));
      return;
    case 'empty':
      response.end();
      return;
    case 'letters':
      response.end('x'.repeat(Number(argument)));
      return;
    case 'later':
      response.writeHead(503, { 'retry-after': decodeURIComponent(argument) }).end();
      return;
    case 'status':
      response.writeHead(Number(argument)).end('{"told": true}');
      return;
    case 'bytes':
      response.end(JSON.stringify('x'.repeat(Number(argument) - 2)));
      return;
    case 'hops':
      response.writeHead(302, {
        location: argument === '0' ? '/json' : `/hops/${Number(argument) - 1}`,
      });
      response.end();
      return;
    case 'moved':
      response.writeHead(Number(argument), { location: '/json' }).end();
      return;
    case 'elsewhere':
      response.writeHead(307, { location: `http://localhost:${port()}/json` }).end();
      return;
    case 'cut':
      response.writeHead(200, { 'content-length': 100 });
      response.write('{');
      setImmediate(() => response.destroy());
      return;
    default:
    // Never answers.
  }
}

const port = (): number => (server.address() as AddressInfo).port;
const files = new MemoryFiles(clock);
const runner = httpRunner({ clock, files, dataDir: '/data' });

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

let requests = 0;

function start(
  url: string,
  more: Partial<ActionOf<'http'>> = {},
): { job: RunningJob; result: Promise<RunResult>; log: () => string | undefined } {
  requests += 1;
  const action = { kind: 'http', method: 'GET', url, headers: {}, body: null, successStatus: [] };
  const dispatch = dispatchOf('call', requests, {
    action: { ...action, ...more } as ActionOf<'http'>,
  });
  let job: RunningJob | undefined;
  const result = new Promise<RunResult>((resolve) => {
    job = runner.start(dispatch, (event) => {
      if (event.kind === 'ended') resolve(event.result);
    });
  });
  const directory = `/data/attempts/default/run-1/call/0/1-${dispatch.id.token}`;
  return { job: job!, result, log: () => files.text(`${directory}/stdout`) };
}

const get = (path: string, more: Partial<ActionOf<'http'>> = {}) =>
  start(`http://127.0.0.1:${port()}${path}`, more);

describe('http', () => {
  test('a JSON answer is the output, and the log says what happened', async () => {
    const call = get('/json');
    expect(await call.result).toMatchObject({ outcome: 'success', output: '{"rows": 3}' });
    expect(call.log()).toBe(`GET http://127.0.0.1:${port()}/json\n200 OK\n\n{"rows": 3}\n\n`);
  });

  test('an answer that is no JSON is one text; what is no text at all is no output', async () => {
    const text = await get('/text').result;
    expect(text).toMatchObject({ outcome: 'success', output: '"not json"' });
    expect(await get('/binary').result).toMatchObject({ outcome: 'success', output: null });
    expect(await get('/empty').result).toMatchObject({ outcome: 'success', output: null });
    // One byte less than allowed, and two quotes more.
    const long = await get(`/letters/${outputBytesMax - 1}`).result;
    expect(long).toMatchObject({ outcome: 'success', output: null });
  });

  test('method, headers and body arrive', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Day': '2026-01-01' };
    await get('/json', { method: 'POST', headers, body: '{"a":"ü"}' }).result;
    expect(seen).toMatchObject([
      { method: 'POST', path: '/json', body: '{"a":"ü"}', headers: { 'x-day': '2026-01-01' } },
    ]);
  });

  test('a status that is no success fails, and the log has the answer', async () => {
    const call = get('/status/503');
    expect(await call.result).toMatchObject({
      outcome: 'failed',
      retryable: true,
      error: 'the server answered 503',
      errorClass: 'http_503',
      output: null,
    });
    expect(call.log()).toContain('503 Service Unavailable\n\n{"told": true}');
  });

  test('the task may say which statuses are success', async () => {
    const successStatus = [404];
    expect(await get('/status/404', { successStatus }).result).toMatchObject({
      outcome: 'success',
      output: '{"told": true}',
    });
    expect(await get('/json', { successStatus }).result).toMatchObject({ outcome: 'failed' });
    const moved = await get('/moved/302', { successStatus: [302] }).result;
    expect(moved).toMatchObject({ outcome: 'success' });
  });

  test('an answer of 64 KiB is an output; a larger one is cut and is none', async () => {
    const most = await get(`/bytes/${outputBytesMax}`).result;
    expect(most.output?.length).toBe(outputBytesMax);
    const more = get(`/bytes/${outputBytesMax + 1}`);
    expect(await more.result).toMatchObject({ outcome: 'success', output: null });
    expect(more.log()).toContain(`(cut after ${outputBytesMax} bytes)`);
  });

  test('five redirects are followed, a sixth is not', async () => {
    expect(await get('/hops/4').result).toMatchObject({ outcome: 'success' });
    expect(await get('/hops/5').result).toMatchObject({
      outcome: 'failed',
      retryable: false,
      error: 'redirected more than 5 times',
    });
  });

  test.each([
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'text'],
    [308, 'POST', 'text'],
  ])('after %i a POST goes on as %s', async (status, method, body) => {
    await get(`/moved/${status}`, { method: 'POST', body: 'text' }).result;
    expect(seen[1]).toMatchObject({ method, body, path: '/json' });
  });

  test('credentials do not follow to another origin', async () => {
    await get('/elsewhere', { headers: { Authorization: 'Bearer x', 'X-Day': '1' } }).result;
    expect(seen.length).toBe(2);
    expect(seen[1]?.headers).not.toHaveProperty('authorization');
    expect(seen[1]?.headers).toMatchObject({ 'x-day': '1', host: `localhost:${port()}` });
  });

  test('auth becomes a header, and stays with its origin', async () => {
    const basic = { kind: 'basic', user: 'me', password: 'a:b ü' } as const;
    await get('/moved/302', { auth: basic, headers: { Authorization: 'mine' } }).result;
    const expected = `Basic ${Buffer.from('me:a:b ü').toString('base64')}`;
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([expected, expected]);
    await get('/elsewhere', { auth: { kind: 'bearer', token: 't' } }).result;
    expect(seen[2]?.headers.authorization).toBe('Bearer t');
    expect(seen[3]?.headers).not.toHaveProperty('authorization');
  });

  test('a password in an address may hold what only looks like a code', async () => {
    const url = `http://me:100%@127.0.0.1:${port()}/json`;
    expect(await start(url).result).toMatchObject({ outcome: 'success' });
    const expected = `Basic ${Buffer.from('me:100%').toString('base64')}`;
    expect(seen[0]?.headers.authorization).toBe(expected);
  });

  test('the task may say how many redirects are followed', async () => {
    expect(await get('/hops/7', { redirects: 8 }).result).toMatchObject({ outcome: 'success' });
    expect(await get('/hops/0', { redirects: 0 }).result).toMatchObject({
      errorClass: 'too_many_redirects',
      retryable: false,
    });
    expect(seen.at(-1)?.path).toBe('/hops/0');
  });

  test('a server that says when to come back is heard, unless the task says no', async () => {
    expect(await get('/later/7').result).toMatchObject({ retryAfterMs: 7000 });
    const far = encodeURIComponent('Fri, 31 Dec 2199 23:59:59 GMT');
    expect(await get(`/later/${far}`).result).toMatchObject({ retryAfterMs: 86_400_000 });
    for (const path of ['/later/soon', '/later/-5', '/status/503']) {
      expect(await get(path).result).not.toHaveProperty('retryAfterMs');
    }
    const deaf = await get('/later/7', { retryAfter: false }).result;
    expect(deaf).not.toHaveProperty('retryAfterMs');
  });

  test('names and passwords of a URL stay out of the log', async () => {
    const call = start(`http://me:secret@127.0.0.1:${port()}/json`);
    await call.result;
    expect(call.log()).not.toContain('secret');
    expect(seen[0]?.headers.authorization).toMatch(/^Basic /);
    const wrong = start('http://me:secret/@exa mple.org/json');
    expect((await wrong.result).error).toBe('"http://exa mple.org/json" is not a URL');
    expect(wrong.log()).not.toContain('secret');
  });

  test('a server that is not there, or breaks off, is a failure worth another try', async () => {
    expect(await start('http://127.0.0.1:1/').result).toMatchObject({
      outcome: 'failed',
      retryable: true,
      error: expect.stringContaining('the request failed:'),
    });
    expect(await get('/cut').result).toMatchObject({
      outcome: 'failed',
      retryable: true,
      error: expect.stringContaining('broke off'),
    });
  });

  test.each([
    ['no url', { url: 'no url' }],
    ['another protocol', { url: 'ftp://127.0.0.1/' }],
    ['a method that is none', { method: 'G T' }],
    ['a header that is none', { headers: { 'X-Bad': 'a\nb' } }],
  ])('%s is a failure for good', async (_name, more) => {
    expect(await get('/json', more).result).toMatchObject({ outcome: 'failed', retryable: false });
  });

  test('a stop cuts the request off at once', async () => {
    const call = get('/never');
    await expect.poll(() => seen.length).toBe(1);
    call.job.stop('TERM');
    expect(await call.result).toMatchObject({ outcome: 'failed' });
    const early = get('/never');
    early.job.stop('KILL');
    expect(await early.result).toMatchObject({ error: 'stopped before it started' });
  });
});
