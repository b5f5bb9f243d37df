/** The lifeline on real sockets: it begins at once, outlives all limits, and ends with its node. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { silentTrace } from '../../src/base/trace.ts';
import type { HttpLimits } from '../../src/http/limits.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import { FakeService } from './fake-service.ts';
import { json, kit } from './kit.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop(0);
});

async function serve(limits: Partial<HttpLimits> = {}): Promise<HttpServer> {
  const server = await startHttpServer({
    service: new FakeService(),
    host: '127.0.0.1',
    port: 0,
    trace: silentTrace,
    limits,
  });
  open.push(server);
  return server;
}

/** Resolves as soon as the headers are there. */
async function lifeline(server: HttpServer): Promise<IncomingMessage> {
  const request = get(`${server.url}/api/v1/lifeline`, { agent: false });
  const [response]: IncomingMessage[] = await once(request, 'response');
  return response!;
}

test('http: a lifeline begins at once and ends when its node stops', async () => {
  const server = await serve();
  const line = await lifeline(server);
  expect(line.statusCode).toBe(200);
  const ended = once(line.resume(), 'end');
  await server.stop(1_000);
  await ended;
});

test('http: no time limit of the server cuts a lifeline', async () => {
  const server = await serve({ requestMs: 50, headersMs: 50, heartbeatMs: 10, stalledMs: 10 });
  const line = await lifeline(server);
  let isOver = false;
  line.resume().once('close', () => {
    isOver = true;
  });
  // A request that stands still meets every limit while the lifeline lives on.
  const slow = connect(server.port, server.host);
  slow.write('GET /healthz HTTP/1.1\r\n');
  await once(slow.resume(), 'close');
  expect(isOver).toBe(false);
  line.destroy();
});

test('http: a lifeline whose holder goes away gives its place back', async () => {
  const { app, lifelines } = kit({ lifelinesMax: 2 });
  const first = await app.request('/api/v1/lifeline');
  const second = await app.request('/api/v1/lifeline');
  expect([first.status, second.status, lifelines.size]).toEqual([200, 200, 2]);
  const third = await app.request('/api/v1/lifeline');
  expect([third.status, (await json(third)).code]).toEqual([503, 'TOO_MANY_STREAMS']);
  await first.body?.cancel();
  expect(lifelines.size).toBe(1);
  expect((await app.request('/api/v1/lifeline')).status).toBe(200);
});
