/** Every text that a request may carry: path, query, headers, body, of every endpoint. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Sender, Wire } from '../../src/actors/wire.ts';
import { contract } from '../../src/api/contract.ts';
import type { Endpoint } from '../../src/api/contract-kit.ts';
import type { NodeService } from '../../src/api/service.ts';
import { incarnation, namespace, nodeId, runId, taskId } from '../../src/base/brand.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { LogServer } from '../../src/executor/logs.ts';
import { nodeFiles } from '../../src/executor/node-files.ts';
import { LogReader } from '../../src/node/log-reader.ts';
import { realClock as clock } from '../../src/node/real-ports.ts';
import { FakeService } from '../http/fake-service.ts';
import { chainYaml, kit, post, putDag } from '../http/kit.ts';
import { type Field, fieldsOf, type Hints, type Schema } from './fields.ts';
import { expectNoPollution } from './harmless.ts';
import { payloadGroups, payloads, payloadsAt, shown } from './payloads.ts';
import { Sandbox } from './sandbox.ts';
import { canaryMarker } from './shell-payloads.ts';

const perField = 200;
/**
 * `dagId`, `namespace`, `minIndex` and their kin are one schema in all endpoints: the first one
 * that has them meets two hundred payloads, the others those that come through that schema, and
 * some more.
 */
const perSharedField = 20;
const known = new Set<unknown>();

function payloadsFor(schema: z.ZodType, place: number): readonly string[] {
  if (!known.has(schema)) {
    known.add(schema);
    return payloadsAt(place, perField);
  }
  const accepted = payloads.filter((text) => schema.safeParse(text).success);
  // Most come through the schemas of free texts; those stand in few endpoints.
  return accepted.length > perField
    ? payloadsAt(place, perField)
    : [...accepted, ...payloadsAt(place, perSharedField)];
}

const hints: Hints = {
  samples: [
    [/(from|to|logicalDate|since|until)$/, '2026-01-31'],
    [/(days|except)\[\]$/, '2026-01-31'],
    [/yearly\[\]$/, '01-31'],
    [/version$/, 'abcdef'],
    [/uri$/, 'asset://a/b'],
    [/dagId$/, 'chain'],
    [/runId$/, 'r1'],
  ],
  companions: [],
  entries: [],
  neighbours: [],
};

const schemaOf = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;

/** Those that never end by themselves. */
const isStream = ({ path }: Endpoint): boolean => /\/(events|lifeline)$/.test(path);

const endpoints = Object.entries<Endpoint>(contract);

function pathOf(endpoint: Endpoint, params: Readonly<Record<string, string>>): string {
  const samples: Readonly<Record<string, string>> = { dagId: 'chain', runId: 'r1', taskId: 'a' };
  return endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const text = params[name] ?? samples[name] ?? 'latest';
    return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
  });
}

/** One app for many requests, with a run that can be asked for. */
async function started() {
  const it = kit();
  await putDag(it.app, 'chain', chainYaml);
  await post(it.app, '/api/v1/dags/chain/runs', { runId: 'r1' });
  it.service.setTask(runId('r1'), 'a', 'running');
  it.service.logs.set('r1/a/1/stdout', { text: 'fine\n', end: true });
  return it;
}

let app = kit().app;
beforeEach(async () => {
  ({ app } = await started());
});

/** JSON leaves a line between documents; no other control character stands in a reply. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what they are about.
const control = /[\u0000-\u0009\u000b-\u001f]/;

const accidents = /node_modules|\.ts:\d+|is not a function|Cannot read prop/;

async function expectTame(response: Response, why: string): Promise<void> {
  const text = await response.text();
  const fault = faultOf(response, text);
  if (fault !== undefined) expect.unreachable(`${why}: ${fault}: ${text.slice(0, 200)}`);
}

/** What is wrong with a reply to a payload, whatever else it says. */
function faultOf({ status, ok, headers }: Response, text: string): string | undefined {
  if (status >= 500) return `status ${status}`;
  if (headers.has('x-injected') || control.test([...headers].flat().join(' '))) return 'a header';
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('text/')) return undefined;
  if (control.test(text)) return 'a control character';
  if (accidents.test(text)) return 'an accident';
  if (ok) return undefined;
  if (type !== 'application/problem+json') return type;
  return /^[A-Z][A-Z_]+$/.test(JSON.parse(text).code) ? undefined : 'no code';
}

async function ask(endpoint: Endpoint, path: string, body?: unknown): Promise<Response> {
  const { method } = endpoint;
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  return app.request(path, { method, headers, ...init });
}

for (const [place, [name, endpoint]] of endpoints.entries()) {
  const params = Object.entries<z.ZodType>(endpoint.params.shape);
  const query = Object.entries<z.ZodType>(endpoint.query.shape);
  if (params.length + query.length === 0 && endpoint.bodyKind !== 'json') continue;

  test(`injection: no text in the address of ${name} does more than it may`, async () => {
    for (const [nth, [param, schema]] of params.entries()) {
      for (const text of payloadsFor(schema, place + nth)) {
        const response = await ask(endpoint, pathOf(endpoint, { [param]: text }));
        await expectTame(response, `${param} ${shown(text)}`);
      }
    }
    for (const [nth, [key, schema]] of query.entries()) {
      for (const text of payloadsFor(schema, place + nth)) {
        const search = new URLSearchParams({ [key]: text });
        const path = `${pathOf(endpoint, {})}?${search}`;
        if (isStream(endpoint)) {
          const response = await ask(endpoint, path);
          await response.body?.cancel();
          expect(response.status, shown(text)).toBeLessThan(500);
        } else await expectTame(await ask(endpoint, path), `${key} ${shown(text)}`);
      }
    }
    expectNoPollution();
  });

  const fields = endpoint.bodyKind === 'json' ? fieldsOf(schemaOf(endpoint.body), hints) : [];
  if (fields.length === 0) continue;
  test(`injection: no text in the body of ${name} does more than it may`, async () => {
    for (const [nth, field] of fields.entries()) await tryBody(endpoint, field, place + nth);
    expectNoPollution();
  });
}

async function tryBody(endpoint: Endpoint, field: Field, place: number): Promise<void> {
  const count = field.isClosed ? perSharedField : perField;
  for (const text of payloadsAt(place, count)) {
    const response = await ask(endpoint, pathOf(endpoint, {}), field.fill(text));
    await expectTame(response, `${field.path} ${shown(text)}`);
  }
}

const hookYaml = `${chainYaml}\ntriggers: [{ name: t, webhook: {} }]\n`;
const hookPath = '/api/v1/hooks/default/chain/t';

test('injection: payloads as headers of a request are taken or refused', async () => {
  expect((await putDag(app, 'chain', hookYaml)).status).toBeLessThan(300);
  const names = ['idempotency-key', 'x-event-id', 'x-skein-secret', 'origin', 'host', 'accept'];
  for (const [nth, name] of names.entries()) {
    for (const text of payloadsAt(nth, perField)) {
      const headers = new Headers({ 'content-type': 'application/json' });
      try {
        headers.set(name, text);
      } catch {
        // What is no header at all does not come over the wire either.
        continue;
      }
      const response = await app.request(hookPath, { method: 'POST', headers, body: '{}' });
      await expectTame(response, `${name} ${shown(text)}`);
    }
  }
});

test('injection: whatever a webhook is sent, its body is data', async () => {
  expect((await putDag(app, 'chain', hookYaml)).status).toBeLessThan(300);
  for (const [nth, type] of ['application/json', 'text/plain', 'application/xml', ''].entries()) {
    for (const text of payloadsAt(nth * 3, perField)) {
      const headers = type === '' ? {} : { 'content-type': type };
      await expectTame(
        await app.request(hookPath, { method: 'POST', headers, body: text }),
        shown(text),
      );
    }
  }
  expectNoPollution();
});

test('injection: "." and ".." are nobody’s names', async () => {
  for (const id of ['.', '..']) {
    const run = await post(app, '/api/v1/dags/chain/runs', { runId: id });
    expect([run.status, await run.text()]).toEqual([400, expect.stringContaining('must not be')]);
    const space = await putDag(app, 'chain', chainYaml, `?namespace=${id}`);
    expect([space.status, await space.text()]).toEqual([
      400,
      expect.stringContaining('must not be'),
    ]);
  }
});

const sandbox = new Sandbox();
afterAll(() => sandbox.remove());

/** A node whose logs are real files, with a secret beside them. */
function withFiles(): FakeService {
  const dataDir = join(sandbox.work, 'data');
  const folder = join(dataDir, 'attempts/default/r1/a/0/1-1');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'stdout'), 'fine\n');
  for (const secret of ['', 'data', 'data/attempts', 'data/attempts/default']) {
    writeFileSync(join(sandbox.work, secret, 'stdout'), canaryMarker);
    mkdirSync(join(sandbox.work, secret, '1-1'));
    writeFileSync(join(sandbox.work, secret, '1-1', 'stdout'), canaryMarker);
  }
  const inboxes: ((message: unknown, from: Sender) => void)[] = [];
  const self: Sender = { node: nodeId('n1'), side: 'executor', incarnation: incarnation('i') };
  const wire: Wire = {
    self,
    send: (_to, _inbox, _lane, message) => {
      for (const receive of inboxes) clock.soon(() => receive(message, self));
    },
    listen: (_inbox, receive) => {
      inboxes.push(receive);
      return { cancel: () => {} };
    },
  };
  new LogServer({
    wire,
    clock,
    files: nodeFiles,
    dataDir,
    trace: silentTrace,
    limitBytes: 2 ** 20,
    isLive: () => false,
  });
  const reader = new LogReader(wire, clock);
  const service = new FakeService();
  service.readLog = ({ namespace: space, runId: run, taskId: task, mapIndex, ...rest }) =>
    reader.read(nodeId('n1'), {
      id: { namespace: space, runId: run, taskId: taskId(task), mapIndex },
      ...rest,
    });
  return service;
}

type LogAsked = Parameters<NodeService['readLog']>[0];

test('injection: no name of a run, a task or a namespace leads to another file', async () => {
  const service = withFiles();
  const base: LogAsked = {
    ...{ namespace: namespace('default'), runId: runId('r1'), taskId: 'a', mapIndex: 0 },
    ...{ attempt: 1, stream: 'stdout', offset: 0, waitMs: 0 },
  };
  const read = async (asked: Partial<LogAsked>): Promise<string> => {
    const chunk = await service.readLog({ ...base, ...asked });
    return chunk === null ? '' : Buffer.from(chunk.bytes).toString();
  };
  expect(await read({})).toBe('fine\n');
  // Behind the door's own checks: as if they were not there.
  const names = [...payloadGroups.paths, ...payloadGroups.zeros, '../..', '../../..', 'x/../..'];
  for (const text of names) {
    for (const asked of [
      { namespace: namespace(text) },
      { runId: runId(text) },
      { taskId: text },
      { runId: runId(text), taskId: text },
      { namespace: namespace(text), runId: runId(text), taskId: text },
    ]) {
      expect(await read(asked), shown(text)).toBe('');
    }
  }
});
