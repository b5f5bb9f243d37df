import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, it } from 'vitest';
import { localhostCert, localhostKey } from '../../test/support/localhost-tls.ts';
import { openPolicy } from '../model/http-policy.ts';
import { connectionTester } from './connection-test.ts';

const tester = connectionTester(openPolicy);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function webServer(onRequest: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(onRequest ?? (() => {}));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise((done) => server.close(() => done())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('connection test: a web server answers, to our credentials, wherever it redirects', async () => {
  const url = await webServer(({ headers }, response) => {
    const isKnown = headers.authorization === 'Bearer t0ken';
    response.writeHead(isKnown ? 302 : 401, { location: 'http://169.254.169.254/' }).end();
  });
  expect(await tester.test('http', { url, token: 't0ken' })).toMatchObject({
    ...{ reached: true, detail: 'the server answers 302' },
  });
  expect(await tester.test('http', { url })).toMatchObject({
    ...{ reached: true, detail: 'the server answers 401' },
  });
});

it('connection test: addresses that every node blocks are not reached by it', async () => {
  expect(await tester.test('http', { url: 'http://169.254.169.254/' })).toMatchObject({
    ...{ reached: false, detail: expect.stringContaining('is blocked') },
  });
  const smtp = { host: '169.254.169.254', port: '25' };
  expect(await tester.test('smtp', smtp)).toMatchObject({
    ...{ reached: false, detail: expect.stringContaining('is blocked') },
  });
  expect(await tester.test('http', {})).toMatchObject({ reached: false });
});

it('connection test: what this node denies to its tasks is not reached by it either', async () => {
  const url = await webServer((_, response) => void response.end());
  const denied = connectionTester({ allow: [], deny: ['loopback'] });
  expect(await denied.test('http', { url })).toMatchObject({
    ...{ reached: false, detail: expect.stringContaining('is blocked') },
  });
  expect(await tester.test('http', { url })).toMatchObject({ reached: true });
});

it('connection test: a mail server lets us in, or says why not, and is sent nothing', async () => {
  const commands: string[] = [];
  const server = new SMTPServer({
    ...{ cert: localhostCert, key: localhostKey, logger: false, closeTimeout: 10 },
    onAuth: ({ password }, _, done) =>
      password === 'right' ? done(null, { user: 'robot' }) : done(new Error('no')),
    onMailFrom: (_, __, done) => {
      commands.push('MAIL');
      done();
    },
  });
  server.on('error', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise((done) => server.close(() => done())));
  const port = String((server.server.address() as AddressInfo).port);
  const settings = { host: 'localhost', port, user: 'robot', ca: localhostCert };
  expect(await tester.test('smtp', { ...settings, password: 'right' })).toMatchObject({
    ...{ reached: true, detail: 'the mail server lets us in' },
  });
  expect(await tester.test('smtp', { ...settings, password: 'wrong' })).toMatchObject({
    reached: false,
  });
  expect(commands).toEqual([]);
});

it('connection test: what would tell somebody something is not tried', () => {
  expect(tester.test('slack', { url: 'http://127.0.0.1/' })).toBeUndefined();
  expect(tester.test('webhook', { url: 'http://127.0.0.1/' })).toBeUndefined();
});
