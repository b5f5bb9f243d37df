import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { ConnectionTester } from '../../src/api/connection-tester.ts';
import { noVault, type Vault } from '../../src/api/vault.ts';
import { encode } from '../../src/base/codec.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { createApp } from '../../src/http/app.ts';
import { httpLimits } from '../../src/http/limits.ts';
import { Streams } from '../../src/http/streams.ts';
import { connectionLimits } from '../../src/model/connection.ts';
import { makeVault } from '../../src/node/vault.ts';
import { FakeService } from './fake-service.ts';
import { json, post } from './kit.ts';

const secret = 'tr0ub4dor&3';
const newKey = (): string => randomBytes(32).toString('hex');

function door(vault: Vault, service = new FakeService()) {
  const streams = new Streams(1);
  const parts = { streams, lifelines: streams, testHooks: null, limits: httpLimits };
  return { service, app: createApp({ service, vault, ...parts, trace: silentTrace }) };
}

const path = '/api/v1/connections/warehouse';
const put = async (app: Hono, body: unknown, headers = {}, at = path) => {
  const request = { method: 'PUT', body: JSON.stringify(body) };
  const type = { 'content-type': 'application/json' };
  return json(await app.request(at, { ...request, headers: { ...type, ...headers } }));
};
const warehouse = {
  ...{ kind: 'postgres', fields: { host: 'db', port: 5432, user: 'etl' } },
  secrets: { password: secret },
};

test('connections: one is put, shown without its secret, listed and deleted', async () => {
  const { app, service } = door(makeVault([newKey()]));
  expect(await put(app, warehouse)).toMatchObject({ name: 'warehouse', outcome: 'created' });
  const shown = await json(await app.request(path));
  expect(shown).toMatchObject({
    ...{ kind: 'postgres', fields: { host: 'db', port: '5432', user: 'etl' } },
    ...{ secrets: ['password'], sealedWith: [expect.stringMatching(/^[0-9a-f]{8}$/)] },
  });
  const list = await json(await app.request('/api/v1/connections'));
  expect(list.items).toEqual([shown]);
  expect(await json(await app.request(path, { method: 'DELETE' }))).toMatchObject({
    name: 'warehouse',
  });
  expect((await json(await app.request(path))).code).toBe('OBJECT_NOT_FOUND');
  const everything = Buffer.from(encode([service.log, service.submissions])).toString('latin1');
  expect(everything).toContain('put-connection');
  expect(everything).not.toContain(secret);
});

test('connections: a repeated request is the same request, on whichever node', async () => {
  const key = newKey();
  const service = new FakeService();
  const [one, other] = [door(makeVault([key]), service), door(makeVault([key]), service)];
  const named = { 'idempotency-key': 'k1' };
  const first = await put(one.app, warehouse, named);
  expect(await put(other.app, warehouse, named)).toEqual(first);
  expect(await put(other.app, warehouse)).toMatchObject({ outcome: 'unchanged' });
  const changed = { ...warehouse, secrets: { password: 'another one' } };
  expect(await put(one.app, changed, named)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  expect(await put(one.app, changed)).toMatchObject({ outcome: 'changed' });
});

test('connections: without a key secrets are refused, and what has none is kept', async () => {
  const { app } = door(noVault);
  expect(await put(app, warehouse)).toMatchObject({
    ...{ code: 'ENCRYPTION_KEY_MISSING', status: 409 },
    next: expect.stringContaining('SKEIN_ENCRYPTION_KEY_FILE'),
  });
  const file = { kind: 'sqlite', fields: { file: '/data/x.db' } };
  expect(await put(app, file)).toMatchObject({ outcome: 'created' });
  const rotated = await json(await post(app, '/api/v1/connections/rotate'));
  expect(rotated.code).toBe('ENCRYPTION_KEY_MISSING');
});

test('connections: what is put takes the place of all that was there', async () => {
  const { app } = door(makeVault([newKey()]));
  await put(app, warehouse);
  await put(app, { kind: 'postgres', fields: { host: 'elsewhere' } });
  expect(await json(await app.request(path))).toMatchObject({
    ...{ fields: { host: 'elsewhere' }, secrets: [] },
  });
});

test('connections: mistakes are named, and nothing of a secret is repeated', async () => {
  const { app } = door(makeVault([newKey()]));
  const detail = async (body: unknown): Promise<string> => {
    const { status, code, detail: said } = await put(app, body);
    expect([status, code]).toEqual([400, 'BODY_INVALID']);
    expect(said).not.toContain(secret);
    return said;
  };
  const postgres = { kind: 'postgres' };
  expect(await detail({ ...postgres, fields: { hots: 'db' } })).toContain('did you mean "host"?');
  expect(await detail({ ...postgres, fields: { password: secret } })).toContain('`secrets`');
  expect(await detail({ ...postgres, fields: { host: `http://u:${secret}@db` } })).toContain(
    'holds a password',
  );
  expect(await detail({ ...postgres, fields: { port: 'many' } })).toContain('port');
  expect(await detail({ ...postgres, fields: { ssl: 'sure' } })).toContain('off, require, verify');
  const both = { fields: { user: 'a' }, secrets: { user: secret } };
  expect(await detail({ ...postgres, ...both })).toContain('stands among');
  await detail({ ...postgres, secrets: secret });
  await detail({ ...postgres, secrets: { password: [secret] } });
  await detail({ ...postgres, secrets: { password: 12 } });
  await detail({ ...postgres, secrets: { password: secret.repeat(2_000) } });
  await detail({ ...postgres, secrets: { [`a ${secret}`.slice(0, 3)]: 'x' } });
  await detail({ kind: 'postgre', secrets: { password: secret } });
  const many = Array.from({ length: connectionLimits.fields + 1 }, (_, n) => [`f${n}`, 'x']);
  expect(await detail({ kind: 'generic', fields: Object.fromEntries(many) })).toContain('at most');
});

test('connections: rotate seals everything again, and says what no key opens', async () => {
  const [old, fresh] = [newKey(), newKey()];
  const service = new FakeService();
  const before = door(makeVault([old]), service);
  await put(before.app, warehouse);
  const slack = { kind: 'slack', secrets: { url: 'https://hooks.slack.com/services/T/B/x' } };
  await put(before.app, slack, {}, '/api/v1/connections/chat?namespace=other');
  await put(before.app, { kind: 'sqlite', fields: { file: '/x' } }, {}, '/api/v1/connections/f');
  const vault = makeVault([fresh, old]);
  const rotate = async (app: Hono) => json(await post(app, '/api/v1/connections/rotate'));
  const rotated = await rotate(door(vault, service).app);
  expect(rotated).toMatchObject({ key: vault.keyId, resealed: 2, unchanged: 1, unopened: [] });
  expect(await rotate(door(vault, service).app)).toMatchObject({ resealed: 0, unchanged: 3 });
  const stranger = await rotate(before.app);
  expect(stranger.unopened.sort()).toEqual(['default/warehouse.password', 'other/chat.url']);
  const alone = makeVault([fresh]);
  for (const row of service.state.allNamed('connection')) {
    const { namespace, name } = row;
    for (const [field, sealed] of Object.entries(row.secrets)) {
      expect(alone.open({ namespace, name, field }, sealed).ok).toBe(true);
    }
  }
});

test('connections: the event stream names secrets, and shows no boxes', async () => {
  const { app, service } = door(makeVault([newKey()]));
  await put(app, warehouse);
  const [row] = [...service.state.allNamed('connection')];
  const stream = (await app.request('/api/v1/events?after=0')).body?.getReader();
  let text = '';
  while (!text.includes('warehouse')) {
    text += new TextDecoder().decode((await stream?.read())?.value);
  }
  await stream?.cancel();
  expect(text).toContain('"secrets":{"password":{');
  expect(text).not.toContain(row?.secrets.password?.box);
});

test('connections: one is tried with its secrets open, a few at a time', async () => {
  const streams = new Streams(1);
  const parts = { streams, lifelines: streams, testHooks: null, limits: httpLimits };
  const given: unknown[] = [];
  let settle = (): void => {};
  const tester: ConnectionTester = {
    test: (kind, settings) => {
      given.push(settings);
      if (kind !== 'postgres') return undefined;
      return new Promise((resolve) => {
        settle = () => resolve({ reached: true, tookMs: 1, detail: `in as ${secret}` });
      });
    },
  };
  const vault = makeVault([newKey()]);
  const service = new FakeService();
  const app = createApp({ service, vault, tester, ...parts, trace: silentTrace });
  await put(app, warehouse);
  const tries = Array.from({ length: 4 }, () => post(app, `${path}/test`));
  while (given.length < 4) await new Promise((resolve) => setImmediate(resolve));
  expect(given[0]).toMatchObject({ host: 'db', password: secret });
  expect((await json(await post(app, `${path}/test`))).code).toBe('OVERLOADED');
  settle();
  expect(await json(await Promise.any(tries))).toEqual({
    ...{ name: 'warehouse', reached: true, tookMs: 1, detail: 'in as ***' },
  });
  await put(app, { kind: 'generic', fields: { a: 'b' } }, {}, '/api/v1/connections/g');
  const untried = await json(await post(app, '/api/v1/connections/g/test'));
  expect(untried).toMatchObject({ reached: null });
  expect((await json(await post(app, '/api/v1/connections/x/test'))).code).toBe('OBJECT_NOT_FOUND');
});
