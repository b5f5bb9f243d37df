import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentTrace } from '../../src/base/trace.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import { makeVault } from '../../src/node/vault.ts';
import { FakeService } from '../http/fake-service.ts';
import { type RunOptions, skein } from './kit.ts';

const secret = 'correct horse battery';
const service = new FakeService();
let folder = '';
let server: HttpServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-cli-'));
  const vault = makeVault([randomBytes(32).toString('hex')]);
  const at = { host: '127.0.0.1', port: 0 };
  server = await startHttpServer({ service, vault, ...at, trace: silentTrace });
});
afterAll(async () => {
  await server.stop(0);
  await rm(folder, { recursive: true });
});

const conn = (args: string, options: RunOptions = {}) =>
  skein(['--server', server.url, 'conn', ...args.split(' ')], options);
const password = (): string => {
  const [row] = [...service.state.allNamed('connection')].filter(({ name }) => name === 'db');
  return row?.secrets.password?.box ?? '';
};

test('cli: a secret comes from standard input, a file or the environment', async () => {
  const set = 'set db --kind postgres --host h --port 5432 --field schema=s --secret password=';
  const created = await conn(`${set}-`, { stdin: `${secret}\n` });
  expect(created).toMatchObject({ code: 0, out: 'db  created\n', err: '' });
  const box = password();
  await writeFile(join(folder, 'password'), secret);
  expect((await conn(`${set}@${folder}/password`)).out).toBe('db  unchanged\n');
  expect((await conn(`${set}env:PW`, { env: { PW: secret } })).out).toBe('db  unchanged\n');
  expect(password()).toBe(box);
  const shown = await conn('show db');
  expect(JSON.parse(shown.out)).toMatchObject({
    ...{ fields: { host: 'h', port: '5432', schema: 's' }, secrets: ['password'] },
  });
  expect((await conn('list')).out).toContain('postgres');
  expect(shown.out + (await conn('list')).out).not.toContain(secret);
  expect((await conn('rotate')).out).toMatch(/^key [0-9a-f]{8}: 0 sealed again, 1 as they were\n$/);
});

test('cli: a secret on the command line is refused, and not repeated', async () => {
  for (const wrong of ['password=hunter22', 'hunter22', '=hunter22', 'password=@/nowhere']) {
    const { code, err, out } = await conn(`set x --kind postgres --secret ${wrong}`);
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toContain('hunter22');
  }
  const two = 'set x --kind postgres --secret password=- --secret user=-';
  expect((await conn(two)).err).toContain('one secret can come from standard input');
  expect((await conn('set x --kind oracle')).err).toContain('is no kind of connection');
  expect((await conn('set x --kind postgres --field host')).code).toBe(2);
  expect((await conn('set x --kind postgres --host a --user u --url b')).err).toContain(
    'has no field "url"',
  );
});

test('cli: a connection is deleted', async () => {
  expect((await conn('delete db')).out).toBe('db  deleted\n');
  expect((await conn('delete db')).err).toContain('OBJECT_NOT_FOUND');
  expect((await conn('list')).out).toContain('No connections');
});
