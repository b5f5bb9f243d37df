/** What only a real socket shows: sizes, slowness, broken requests, readers that go away. */
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { silentTrace } from '../../src/base/trace.ts';
import type { HttpLimits } from '../../src/http/limits.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import { FakeService } from './fake-service.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.stop(0);
});

async function serve(limits: Partial<HttpLimits> = {}) {
  const service = new FakeService();
  const server = await startHttpServer({
    service,
    host: '127.0.0.1',
    port: 0,
    trace: silentTrace,
    limits,
  });
  open.push(server);
  return { service, server };
}

/** Everything that the server says on one connection until it closes it. */
function conversation(server: HttpServer, talk: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, server.host, () => talk(socket));
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

const megabyte = Buffer.alloc(1024 * 1024, 0x78);

/** Sends 100 MB as fast as the server takes them. */
function pour(socket: Socket, wrap: (piece: Buffer) => Buffer): void {
  let left = 100;
  const next = (): void => {
    while (left-- > 0 && !socket.destroyed) if (!socket.write(wrap(megabyte))) return;
  };
  socket.on('drain', next);
  next();
}

test('http: 100 MB of JSON are answered 413 without being kept in memory', async () => {
  const { server } = await serve();
  const before = process.memoryUsage.rss();
  const heard = await conversation(server, (socket) => {
    const type = 'Content-Type: application/json';
    const length = 'Content-Length: 104857600';
    socket.write(head('POST /api/v1/dags/x/runs HTTP/1.1', 'Host: localhost', type, length));
    pour(socket, (piece) => piece);
  });
  expect(heard).toMatch(/^HTTP\/1\.1 413 /);
  expect(heard.toLowerCase()).toContain('connection: close');
  expect(heard).toContain('"code":"TOO_LARGE"');
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
});

test('http: 100 MB in chunks are cut off at the limit', async () => {
  const { server } = await serve();
  const heard = await conversation(server, (socket) => {
    const type = 'Content-Type: application/yaml';
    socket.write(
      head('PUT /api/v1/dags/x HTTP/1.1', 'Host: localhost', type, 'Transfer-Encoding: chunked'),
    );
    pour(socket, (piece) => Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')]));
  });
  expect(heard).toMatch(/^HTTP\/1\.1 413 /);
  expect(heard).toContain('"code":"TOO_LARGE"');
});

test('http: a client that asks before it sends too much is refused before it sends', async () => {
  const { server } = await serve();
  const heard = await conversation(server, (socket) => {
    const length = 'Content-Length: 104857600';
    const type = 'Content-Type: application/json';
    const expectation = 'Expect: 100-continue';
    socket.write(
      head('POST /api/v1/dags/x/runs HTTP/1.1', 'Host: localhost', type, length, expectation),
    );
  });
  expect(heard).toMatch(/^HTTP\/1\.1 413 /);
});

test('http: headers that trickle in are cut off with 408', async () => {
  const { server } = await serve({ headersMs: 100, requestMs: 200 });
  const heard = await conversation(server, (socket) => {
    socket.write('GET /api/v1/dags HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => socket.write('X-Drip: 1\r\n'), 20);
    socket.on('close', () => clearInterval(drip));
  });
  expect(heard).toMatch(/^HTTP\/1\.1 408 /);
  expect(heard).toContain('"code":"REQUEST_TIMEOUT"');
});

test('http: a body that trickles in is cut off with 408', async () => {
  const { server } = await serve({ headersMs: 100, requestMs: 200 });
  const heard = await conversation(server, (socket) => {
    const type = 'Content-Type: application/json';
    socket.write(
      head('POST /api/v1/dags/x/runs HTTP/1.1', 'Host: localhost', type, 'Content-Length: 99'),
    );
    socket.write('{');
  });
  expect(heard).toContain('408');
});

test('http: too many headers are answered 431', async () => {
  const { server } = await serve();
  const heard = await conversation(server, (socket) => {
    const lines = Array.from({ length: 2_000 }, (_, i) => `X-Filler-${i}: ${'y'.repeat(20)}`);
    socket.write(head('GET /healthz HTTP/1.1', 'Host: localhost', ...lines));
  });
  expect(heard).toMatch(/^HTTP\/1\.1 431 /);
});

test('http: two lengths in one request are no request', async () => {
  const { server, service } = await serve();
  const heard = await conversation(server, (socket) => {
    const both = ['Content-Length: 5', 'Transfer-Encoding: chunked'];
    socket.write(head('POST /api/v1/dags/x/pause HTTP/1.1', 'Host: localhost', ...both));
    socket.write('0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
  expect(heard).toMatch(/^HTTP\/1\.1 400 /);
  expect(heard).toContain('"code":"REQUEST_MALFORMED"');
  expect(service.submissions).toEqual([]);
});

test('http: garbage is answered 400 and other clients do not notice', async () => {
  const { server } = await serve();
  const heard = await conversation(server, (socket) => socket.write('\x16\x03\x01 hello\r\n\r\n'));
  expect(heard).toMatch(/^HTTP\/1\.1 400 /);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

test('http: a reader of the event stream that goes away frees its watch', async () => {
  const { server, service } = await serve();
  const heard = conversation(server, (socket) => {
    socket.write(head('GET /api/v1/events HTTP/1.1', 'Host: localhost'));
    socket.on('data', () => socket.destroy());
  });
  expect(await heard).toContain('text/event-stream');
  while (service.watchers > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(service.watchers).toBe(0);
});

test('http: stopping ends streams and closes the port', async () => {
  const { server } = await serve();
  const response = await fetch(`${server.url}/api/v1/events`);
  const text = response.text();
  await server.stop(1_000);
  expect(await text).toBe(': skein events\n\n');
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});

test('http: a node answers to the names that it was told, and to no others', async () => {
  const service = new FakeService();
  const allowedHosts = ['skein.example.org'];
  const where = { host: '127.0.0.1', port: 0, trace: silentTrace };
  const server = await startHttpServer({ service, ...where, allowedHosts });
  open.push(server);
  const asked = (host: string): Promise<string> =>
    conversation(server, (socket) =>
      socket.write(head('GET /healthz HTTP/1.1', `Host: ${host}`, 'Connection: close')),
    );
  expect(await asked('skein.example.org')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await asked(`127.0.0.1:${server.port}`)).toMatch(/^HTTP\/1\.1 200 /);
  const refused = await asked('evil.example');
  expect(refused).toMatch(/^HTTP\/1\.1 403 /);
  expect(refused).toContain('"code":"HOST_UNKNOWN"');
});

test('http: a request that names no host is no browser, and is answered', async () => {
  const { server } = await serve();
  for (const request of [
    head('GET /healthz HTTP/1.0'),
    head('GET /healthz HTTP/1.1', 'Connection: close'),
  ]) {
    const heard = await conversation(server, (socket) => socket.write(request));
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard).toContain('x-skein-index: ');
  }
});

test.each([
  ['a host that is none', 400, 'REQUEST_MALFORMED', ['GET /healthz HTTP/1.1', 'Host: a b']],
  ['a host with an account', 400, 'REQUEST_MALFORMED', ['GET / HTTP/1.1', 'Host: a:b@evil']],
  ['an empty host', 403, 'HOST_UNKNOWN', ['GET /healthz HTTP/1.1', 'Host: ']],
  ['an empty host of HTTP/1.0', 403, 'HOST_UNKNOWN', ['GET /healthz HTTP/1.0', 'Host:']],
  ['another host of HTTP/1.0', 403, 'HOST_UNKNOWN', ['GET / HTTP/1.0', 'Host: evil.example']],
  [
    'a second host',
    403,
    'HOST_UNKNOWN',
    ['GET /healthz HTTP/1.1', 'Host: localhost', 'Host: evil.example'],
  ],
  ['no address', 400, 'REQUEST_MALFORMED', ['OPTIONS * HTTP/1.1', 'Host: localhost']],
  [
    'an expectation that nobody knows',
    400,
    'REQUEST_MALFORMED',
    ['POST /api/v1/dags/x/pause HTTP/1.1', 'Host: localhost', 'Expect: much'],
  ],
] as const)(
  'http: a request with %s is refused with a problem',
  async (_what, status, code, lines) => {
    const { server, service } = await serve();
    const request = head(...lines, 'Connection: close');
    const heard = await conversation(server, (socket) => socket.write(request));
    expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(heard).toContain(`"code":"${code}"`);
    expect(heard).toContain('content-type: application/problem+json');
    expect(heard).toContain('x-skein-index: ');
    expect(service.submissions).toEqual([]);
  },
);

test('http: a port that is taken is an error of the start, not of the process', async () => {
  const { server, service } = await serve();
  const again = startHttpServer({
    service,
    host: '127.0.0.1',
    port: server.port,
    trace: silentTrace,
  });
  await expect(again).rejects.toThrow(/EADDRINUSE/);
});
