import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { localhostCert, localhostKey } from '../../../test/support/localhost-tls.ts';
import type { HttpAction } from '../../model/code-action.ts';
import { outputBytesMax } from '../../model/output.ts';
import { conversationTools, type Opened, talk } from '../testing/conversation.ts';
import { httpRunner } from './http.ts';

const seen: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];
const secret = 'tok-3f9a1c77e0';

/** `/echo` says what it was sent; `/to?…` sends elsewhere; `/long` ends within the secret. */
const server = createServer((request, response) => {
  const { headers } = request;
  const url = new URL(request.url ?? '', 'http://any');
  seen.push({ path: url.pathname, headers });
  const to = url.searchParams.get('to');
  if (to !== null) response.writeHead(307, { location: to }).end();
  else if (url.pathname === '/long') response.end(`${'x'.repeat(outputBytesMax - 6)}${secret}yy`);
  else response.end(JSON.stringify(headers));
});
const shownCerts: boolean[] = [];
const tlsServer = createTlsServer(
  { cert: localhostCert, key: localhostKey, requestCert: true, rejectUnauthorized: false },
  ({ socket }, response) => {
    shownCerts.push((socket as TLSSocket).getPeerCertificate().raw !== undefined);
    response.end('"in"');
  },
);

const listen = (it: Server): Promise<void> =>
  new Promise((done) => it.listen(0, '127.0.0.1', done));
beforeAll(async () => {
  await listen(server);
  await listen(tlsServer);
});
beforeEach(() => {
  seen.length = 0;
  shownCerts.length = 0;
});
afterAll(async () => {
  for (const each of [server, tlsServer]) {
    each.closeAllConnections();
    await new Promise((done) => each.close(done));
  }
});
const portOf = (it: Server): number => (it.address() as AddressInfo).port;
const own = (): string => `http://127.0.0.1:${portOf(server)}`;
/** The same server by another name is another origin. */
const other = (): string => `http://localhost:${portOf(server)}`;

const tools = conversationTools();
const runner = httpRunner(tools);

function ask(url: string, opened: Omit<Opened, 'name'>, headers: HttpAction['headers'] = {}) {
  const auth = { kind: 'connection', name: 'api' } as const;
  const plain = {
    kind: 'http',
    method: 'GET',
    url,
    headers,
    body: null,
    successStatus: [],
  } as const;
  const given = { name: 'api', ...opened };
  return talk(runner, tools.files, { action: { ...plain, auth }, opened: given });
}

const bearer: Omit<Opened, 'name'> = { kind: 'http', secrets: { token: secret } };

it('http auth: a token, a name with a password, or a header of its own', async () => {
  const sent = async (opened: Omit<Opened, 'name'>, name = 'authorization') => {
    const { result } = ask(`${own()}/in`, opened, { Authorization: 'mine', 'X-Key': 'mine' });
    expect((await result).outcome).toBe('success');
    return seen.at(-1)?.headers[name];
  };
  expect(await sent(bearer)).toBe(`Bearer ${secret}`);
  const fields = { user: 'reader' };
  const basic = await sent({ kind: 'http', fields, secrets: { password: 'pässword' } });
  expect(basic).toBe(`Basic ${Buffer.from('reader:pässword').toString('base64')}`);
  const header = { header: 'X-Key' };
  expect(await sent({ ...bearer, fields: header }, 'x-key')).toBe(secret);
  expect(seen.at(-1)?.headers.authorization).toBe('mine');
});

it('http auth: what a server repeats of it is masked, in the log and in the output', async () => {
  const cases = [
    bearer,
    { kind: 'http', fields: { user: 'reader' }, secrets: { password: secret } },
    { kind: 'http', fields: { header: 'X-Key' }, secrets: { token: secret } },
  ];
  for (const opened of cases) {
    const call = ask(`${own()}/echo`, opened);
    const { output } = await call.result;
    const basic = Buffer.from(`reader:${secret}`).toString('base64').replace(/=+$/, '');
    for (const text of [output ?? '', call.log()]) {
      expect(text).toContain('***');
      expect([text.includes(secret), text.includes(basic)]).toEqual([false, false]);
    }
  }
  const long = ask(`${own()}/long`, bearer);
  await long.result;
  expect(long.log()).toContain('x***\n(cut after');
  expect(long.log()).not.toContain(secret.slice(0, 5));
});

it('http auth: follows no redirect to another origin, whatever header it is in', async () => {
  for (const fields of [{}, { header: 'X-Key' }]) {
    seen.length = 0;
    const away = encodeURIComponent(`${other()}/echo`);
    expect((await ask(`${own()}/a?to=${away}`, { ...bearer, fields }).result).outcome).toBe(
      'success',
    );
    expect(seen.map(({ path }) => path)).toEqual(['/a', '/echo']);
    expect(JSON.stringify(seen[0]?.headers)).toContain(secret);
    expect(JSON.stringify(seen[1]?.headers)).not.toContain(secret);
    // Nor does it come back with a redirect that leads back.
    seen.length = 0;
    const back = encodeURIComponent(`${other()}/b?to=${encodeURIComponent(`${own()}/echo`)}`);
    await ask(`${own()}/a?to=${back}`, { ...bearer, fields }).result;
    expect(JSON.stringify(seen[2]?.headers)).not.toContain(secret);
    seen.length = 0;
    await ask(`${own()}/a?to=/echo`, { ...bearer, fields }).result;
    expect(JSON.stringify(seen[1]?.headers)).toContain(secret);
  }
});

it('http auth: with a url it is for that origin alone, and paths stand below it', async () => {
  const opened = { ...bearer, fields: { url: `${own()}/v2/` } };
  expect((await ask('/orders?x=1', opened).result).outcome).toBe('success');
  expect((await ask(`${own()}/v3`, opened).result).outcome).toBe('success');
  expect(seen.map(({ path }) => path)).toEqual(['/v2/orders', '/v3']);
  for (const url of [`${other()}/v2`, 'https://evil.org/', '//evil.org/x', `${own()}@evil.org/`]) {
    const { errorClass, error, retryable } = await ask(url, opened).result;
    if (url.startsWith('//')) expect(error).toBeNull();
    else {
      expect([retryable, errorClass]).toEqual([false, 'request_invalid']);
      expect(error).toContain(`it is for ${own()}, and nothing of it goes to`);
    }
  }
  // What looks like another server is a path below ours.
  expect(seen.map(({ path }) => path)).toEqual(['/v2/orders', '/v3', '/v2//evil.org/x']);
});

it('http auth: a connection of another kind is told by name', async () => {
  expect(await ask(`${own()}/`, { kind: 'slack' }).result).toMatchObject({
    ...{ outcome: 'failed', retryable: false, errorClass: 'request_invalid' },
    error: 'connection "api" is of kind slack, not http',
  });
});

it('http auth: a certificate of ours, and an authority of ours, for one origin', async () => {
  const origin = `https://localhost:${portOf(tlsServer)}`;
  const tls = {
    fields: { ca: localhostCert, cert: localhostCert },
    secrets: { key: localhostKey },
  };
  expect(await ask(`${origin}/`, { kind: 'http', ...tls }).result).toMatchObject({
    output: '"in"',
  });
  expect(shownCerts).toEqual([true]);
  const elsewhere = { ...tls, kind: 'http' };
  const to = encodeURIComponent(`${origin}/`);
  // Of another origin: neither believed nor shown anything.
  const { errorClass } = await ask(`${own()}/?to=${to}`, elsewhere).result;
  expect([errorClass, shownCerts.length]).toEqual(['connection', 1]);
});

it('http auth: certificates that are none fail the task, and nothing else', async () => {
  const origin = `https://localhost:${portOf(tlsServer)}`;
  const bad = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  for (const fields of [{ ca: bad }, { cert: bad }, { ca: 'x' }]) {
    const secrets = 'cert' in fields ? { key: bad } : {};
    const { result } = ask(`${origin}/`, { kind: 'http', fields, secrets });
    expect(await result).toMatchObject({ outcome: 'failed' });
  }
});
