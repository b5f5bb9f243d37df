import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HttpAction } from '../../model/code-action.ts';
import { AddressPolicy, checkRanges, type HttpPolicy } from '../../model/http-policy.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { MemoryFiles } from '../memory-files.ts';
import type { RunResult } from '../runner.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { httpRunner } from './http.ts';
import { type Resolve, systemResolve } from './http-connector.ts';

/** Addresses that only a thief of credentials asks for. */
const blocked = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.0.1',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  'fe80::1',
  'fe80::1%eth0',
  'febf:ffff::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '::169.254.169.254',
  '::ffff:0:169.254.169.254',
  '64:ff9b::169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '2001:0:1:2:3:4:5601:5601',
  '',
  'localhost',
  '1.2.3',
];
const open = [
  '127.0.0.1',
  '10.1.2.3',
  '192.168.0.1',
  '93.184.216.34',
  '169.253.255.255',
  '169.255.0.0',
  '::1',
  'fd00::1',
  'fec0::1',
  '2606:2800:220:1::1',
  '64:ff9b::8.8.8.8',
  '::ffff:127.0.0.1',
];
const refusalOf = (address: string, policy: Partial<HttpPolicy> = {}): string | undefined =>
  new AddressPolicy({ allow: [], deny: [], ...policy }).refusal(address);

describe('addresses of http tasks', () => {
  test.each(blocked)('%j is blocked by default', (address) => {
    expect(refusalOf(address)).toBeDefined();
  });

  test.each(open)('%s is open by default', (address) => {
    expect(refusalOf(address)).toBeUndefined();
  });

  test('a node may deny ranges and names of ranges, in every form of an address', () => {
    const deny = ['loopback', 'private', '93.184.216.0/23'];
    for (const address of open.filter((it) => !/^(169|64:|2606)/.test(it))) {
      expect(refusalOf(address, { deny })).toBeDefined();
    }
    expect(refusalOf('93.184.217.255', { deny })).toContain('(93.184.216.0/23)');
    expect(refusalOf('93.184.218.0', { deny })).toBeUndefined();
    expect(refusalOf('0.0.0.0', { deny })).toBeDefined();
    expect(refusalOf('::', { deny })).toBeDefined();
  });

  test('what it allows wins, and nothing beside it', () => {
    const policy = { deny: ['all'], allow: ['10.1.0.0/16', '169.254.169.254'] };
    expect(refusalOf('10.1.2.3', policy)).toBeUndefined();
    expect(refusalOf('169.254.169.254', policy)).toBeUndefined();
    expect(refusalOf('10.2.2.3', policy)).toBeDefined();
    expect(refusalOf('169.254.170.2', policy)).toBeDefined();
    expect(refusalOf('2606:2800:220:1::1', policy)).toBeDefined();
    // A router that translates would lead there, but the way to it was not allowed.
    expect(refusalOf('64:ff9b::10.1.2.3', policy)).toBeDefined();
  });

  test.each(['10.0.0.0/33', '10.0.0/8', '::/129', 'x', '10.0.0.0/', '1.2.3.4/8/8', '10.0.0.0/-1'])(
    '%j is no range',
    (text) => {
      expect(checkRanges(['10.0.0.0/8', text]).ok).toBe(false);
    },
  );
  test('ranges and words are', () => {
    expect(checkRanges(['10.0.0.0/8', '::1', 'fd00::/8', 'metadata', 'all']).ok).toBe(true);
  });
});

/** Nobody may come here; the helpful server, at another address, sends everybody to it. */
const canaryHits: string[] = [];
const canary = createServer((request, response) => {
  canaryHits.push(request.url ?? '');
  response.end('"secret"');
});
const helpful = createServer((request, response) => {
  const to = new URL(request.url ?? '', 'http://any').searchParams.get('to');
  if (to === null) response.end('"helped"');
  else response.writeHead(307, { location: Buffer.from(to).toString('latin1') }).end();
});
const port = (): number => (canary.address() as AddressInfo).port;
const listen = (server: Server, host: string, at: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(at, host, resolve);
  });

beforeAll(async () => {
  await listen(canary, '127.0.0.1', 0);
  await listen(helpful, '127.0.0.2', port());
});
afterAll(async () => {
  for (const server of [canary, helpful]) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});
beforeEach(() => {
  canaryHits.length = 0;
});

let requests = 0;
function ask(url: string, resolve: Resolve = systemResolve): Promise<RunResult> {
  requests += 1;
  const httpPolicy = { deny: ['loopback'], allow: ['127.0.0.2'] };
  const files = new MemoryFiles(clock);
  const runner = httpRunner({ clock, files, dataDir: '/data', httpPolicy }, resolve);
  const action: HttpAction = {
    ...{ kind: 'http', method: 'GET', url, headers: {}, body: null, successStatus: [] },
  };
  return new Promise((done) => {
    runner.start(dispatchOf('call', requests, { action }), (event) => {
      if (event.kind === 'ended') done(event.result);
    });
  });
}

/** Each is the canary's address in other letters. */
const spellings = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.0x0.0x0.0x1',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '0.0.0.0',
  '0',
  'localhost',
  'LOCALHOST',
  'localhost.',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[::127.0.0.1]',
  '１２７.０.０.１',
  '127。0。0。1',
  'me:pw@127.0.0.1',
  '127.0.0.2@127.0.0.1',
];

describe('the canary of http tasks', () => {
  test.each(spellings)('is not reached as %s, nor by a redirect to it', async (host) => {
    const url = `http://${host}:${port()}/`;
    expect((await ask(url)).outcome).toBe('failed');
    const to = encodeURIComponent(url);
    const answer = await ask(`http://127.0.0.2:${port()}/?to=${to}`);
    expect(answer).toMatchObject({ outcome: 'failed', retryable: expect.any(Boolean) });
    expect(canaryHits).toEqual([]);
  });

  test('the block is told as such, and not tried again', async () => {
    expect(await ask(`http://127.0.0.1:${port()}/`)).toMatchObject({
      errorClass: 'address_blocked',
      retryable: false,
      error: '127.0.0.1 is blocked (127.0.0.0/8)',
    });
    expect(await ask(`http://[fe80::1]:${port()}/`)).toMatchObject({
      errorClass: 'address_blocked',
    });
  });

  const four = (address: string) => ({ address, family: 4 });
  test('is not reached by a name that resolves to it', async () => {
    const resolve: Resolve = (_, done) => setImmediate(() => done(null, [four('127.0.0.1')]));
    const answer = await ask(`http://internal.example:${port()}/`, resolve);
    expect(answer).toMatchObject({
      errorClass: 'address_blocked',
      error: 'internal.example: 127.0.0.1 is blocked (127.0.0.0/8)',
    });
    expect(canaryHits).toEqual([]);
  });

  test('of several addresses of a name, only those that are open are tried', async () => {
    const both = [four('127.0.0.1'), four('127.0.0.2')];
    const resolve: Resolve = (_, done) => setImmediate(() => done(null, both));
    expect(await ask(`http://both.example:${port()}/`, resolve)).toMatchObject({
      output: '"helped"',
    });
    expect(canaryHits).toEqual([]);
  });

  test('is not reached by a name that means something else the next time', async () => {
    let asked = 0;
    const resolve: Resolve = (_, done) => {
      asked += 1;
      const address = asked % 2 === 1 ? '127.0.0.2' : '127.0.0.1';
      setImmediate(() => done(null, [four(address)]));
    };
    const url = `http://rebind.example:${port()}/`;
    expect(await ask(url, resolve)).toMatchObject({ output: '"helped"' });
    expect(asked).toBe(1);
    expect(await ask(url, resolve)).toMatchObject({ errorClass: 'address_blocked' });
    expect(canaryHits).toEqual([]);
  });
});
