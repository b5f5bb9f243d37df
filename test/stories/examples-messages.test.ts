/**
 * The examples that tell people, on one real cluster, with a real mail server and a real web server
 * at the other end. What they were given in secret stands in no log and no answer.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localhostCert, localhostKey } from '../support/localhost-tls.ts';
import { Examples, taskOf } from './examples-kit.ts';
import { beginStory, type Story } from './story-cluster.ts';

const key = randomBytes(32).toString('base64');
const secret = randomBytes(12).toString('hex');
let story: Story;
let examples: Examples;

const mails: { readonly to: readonly string[]; readonly raw: string }[] = [];
const mailServer = new SMTPServer({
  ...{ cert: localhostCert, key: localhostKey, logger: false },
  onAuth: ({ password }, _, done) =>
    password === secret ? done(null, { user: 'robot' }) : done(new Error('no')),
  onData: (stream, { envelope }, done) => {
    let raw = '';
    stream.on('data', (piece: Buffer) => {
      raw += piece.toString();
    });
    stream.on('end', () => {
      mails.push({ to: envelope.rcptTo.map(({ address }) => address), raw });
      done();
    });
  },
});
mailServer.on('error', () => {});

const asked: {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}[] = [];
const webServer = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += String(piece);
  const { url: path = '', headers } = request;
  asked.push({ path, headers, body });
  response.statusCode = path === '/v1/nothing' ? 404 : 200;
  response.end(path.startsWith('/v1/') ? '{"orders":4}' : `told by ${path}`);
});

beforeAll(async () => {
  await new Promise<void>((done) => mailServer.listen(0, '127.0.0.1', done));
  await new Promise<void>((done) => webServer.listen(0, '127.0.0.1', done));
  story = await beginStory({ nodeEnv: { SKEIN_ENCRYPTION_KEY: key } });
  examples = new Examples(story);
  const mailPort = String((mailServer.server.address() as AddressInfo).port);
  const web = `http://127.0.0.1:${(webServer.address() as AddressInfo).port}`;
  const from = 'Skein <skein@example.org>';
  await put('mail', {
    kind: 'smtp',
    fields: { host: 'localhost', port: mailPort, user: 'robot', from, ca: localhostCert },
    secrets: { password: secret },
  });
  await put('ops', { kind: 'slack', secrets: { url: `${web}/services/${secret}` } });
  await put('shop-api', { kind: 'http', fields: { url: `${web}/v1` }, secrets: { token: secret } });
});
afterAll(async () => {
  await story?.end();
  webServer.closeAllConnections();
  webServer.close();
  await new Promise((done) => mailServer.close(() => done(undefined)));
});

async function put(name: string, body: object): Promise<void> {
  const url = `${story.cluster.nodes[0]?.api.url}/api/v1/connections/${name}`;
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  expect(reply.status).toBe(201);
}

it('email: is sent to whom it is for, and its attempt says who was told', async () => {
  const run = await examples.run('59-email.yaml');
  expect(run.state).toBe('success');
  expect(mails).toHaveLength(1);
  expect(mails[0]?.to).toEqual(['ada@example.org', 'team@example.org']);
  expect(mails[0]?.raw).toContain('Subject: email: 42 rows\r\n');
  expect(mails[0]?.raw).toContain(`Run ${run.runId} has counted 42 rows.`);
  expect(await examples.output(run, 'report')).toMatchObject({
    accepted: ['ada@example.org', 'team@example.org'],
    rejected: [],
  });
  expect(await examples.log(run, 'report')).toContain('accepted ada@example.org');
  const two = await examples.run('59-email.yaml', { who: 'ada@example.org, eve@evil.org' });
  expect(taskOf(two, 'report')).toMatchObject({ state: 'failed' });
  expect(taskOf(two, 'report').attempts).toHaveLength(1);
  expect(mails).toHaveLength(1);
});

it('notify: the team is told, by an address that stands nowhere', async () => {
  const run = await examples.run('60-notify.yaml');
  expect(run.state).toBe('success');
  expect(asked.map(({ path }) => path)).toEqual(['/v1/orders', `/services/${secret}`]);
  expect(asked[0]?.headers.authorization).toBe(`Bearer ${secret}`);
  expect(JSON.parse(asked[1]?.body ?? '')).toEqual({
    text: `*[WARNING] Orders*\nThere are 4 orders\n• run: ${run.runId}\n• orders: 4`,
  });
  expect(await examples.output(run, 'tell')).toEqual({ channel: 'slack', status: 200 });
  const log = await examples.log(run, 'tell');
  expect(log).toContain('slack "ops"\n200 OK\n\ntold by ***');
  expect(log + JSON.stringify(await examples.look(run.runId))).not.toContain(secret);
});

it('notify: a callback tells of the failure', async () => {
  const run = await examples.run('60-notify.yaml', { path: 'nothing' });
  expect(run.state).toBe('failed');
  expect(taskOf(run, 'ask').reason).toContain('404');
  expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual({
    text: `*[CRITICAL] notify has failed*\nRun ${run.runId} has failed`,
  });
});
