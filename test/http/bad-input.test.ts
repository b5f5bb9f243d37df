import { expect, test } from 'vitest';
import { json, kit, post, putDag } from './kit.ts';

/** Every refusal: a problem with a code and a next step, without a stack, and quickly. */
async function expectRefusal(
  response: Response,
  wanted: { readonly status: number; readonly code: string; readonly says: RegExp },
): Promise<void> {
  const problem = await json(response);
  expect([response.status, problem.code]).toEqual([wanted.status, wanted.code]);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(problem.detail).toMatch(wanted.says);
  expect(problem.next.length).toBeGreaterThan(10);
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts:\d+|at Object/);
}

const dag = (tasks: string): string => `tasks:\n${tasks}`;

const definitions: readonly (readonly [string, string, string, RegExp])[] = [
  ['a cycle', dag('  a: {type: noop, dependsOn: [a]}\n'), 'DAG_CYCLE', /a -> a/],
  [
    'a task twice',
    dag('  a: {type: noop}\n  a: {type: noop}\n'),
    'DAG_INVALID',
    /"a" is defined twice/,
  ],
  [
    'an unknown dependency',
    dag('  extract: {type: noop}\n  b: {type: noop, dependsOn: [extrct]}\n'),
    'DAG_INVALID',
    /did you mean "extract"/,
  ],
  [
    'an unknown key',
    dag('  a: {type: noop, retires: 1}\n'),
    'DAG_INVALID',
    /did you mean "retries"/,
  ],
  [
    'an unknown type',
    dag('  a: {type: shel, command: x}\n'),
    'DAG_INVALID',
    /did you mean "shell"/,
  ],
  [
    'an email without a text',
    dag('  a: {type: email, connection: smtp, to: ada@example.org, subject: Hello}\n'),
    'DAG_INVALID',
    /say `text`, `html` or both/,
  ],
  [
    'an email to two people in one text',
    dag('  a: {type: email, connection: smtp, to: "a@b.c, d@e.f", subject: s, text: t}\n'),
    'DAG_INVALID',
    /ada@example.org/,
  ],
  [
    'a key of a later version',
    dag('  a: {type: noop, sql: select}\n'),
    'DAG_UNSUPPORTED',
    /use `command`/,
  ],
  ['a wrong duration', dag('  a: {type: noop, timeout: 5x}\n'), 'DAG_INVALID', /30s, 5m, 1h30m/],
  [
    'a duration without unit',
    dag('  a: {type: noop, timeout: 30}\n'),
    'DAG_INVALID',
    /has no unit/,
  ],
  [
    'a wrong cron',
    `schedule: "0 3 * *"\n${dag('  a: {type: noop}\n')}`,
    'DAG_INVALID',
    /five fields/,
  ],
  ['no tasks', 'tasks: {}', 'DAG_INVALID', /at least one task/],
  ['nothing', '', 'DAG_INVALID', /empty/],
  ['a tag', 'tasks: !!js/function "x"', 'DAG_INVALID', /tag/],
  ['a prototype', '__proto__: {a: 1}\ntasks: {a: {type: noop}}', 'DAG_INVALID', /reserved/],
  ['a key that is a map', '? {a: 1}\n: 2\n', 'DAG_INVALID', /strings/],
];

for (const [what, yaml, code, says] of definitions) {
  test(`http: a definition with ${what} is refused with ${code}`, async () => {
    await expectRefusal(await putDag(kit().app, 'x', yaml), { status: 400, code, says });
  });
}

function aliasBomb(): string {
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < 12; level++) {
    const name = String.fromCharCode(97 + level);
    const below = String.fromCharCode(96 + level);
    lines.push(`${name}: &${name} [${Array(9).fill(`*${below}`).join(',')}]`);
  }
  return lines.join('\n');
}

const floods: readonly (readonly [string, string, RegExp])[] = [
  ['an alias bomb', aliasBomb(), /aliases/],
  ['a million brackets', '['.repeat(1_000_000), /nested deeper than 50/],
  ['a million dashes', '- '.repeat(500_000), /nested deeper than 50/],
  [
    'many anchors',
    Array.from({ length: 11_000 }, (_, i) => `- &a${i} 1\n- *a${i}`).join('\n'),
    /aliases/,
  ],
];

for (const [what, yaml, says] of floods) {
  test(`http: ${what} is refused before it is written out`, async () => {
    const response = await putDag(kit().app, 'x', yaml);
    await expectRefusal(response, { status: 400, code: 'DAG_INVALID', says });
  });
}

test('http: YAML above its limit is refused and JSON is named as the way out', async () => {
  const yaml = `description: "${'x'.repeat(1024 * 1024)}"\ntasks: {a: {type: noop}}`;
  const response = await putDag(kit().app, 'x', yaml);
  await expectRefusal(response, { status: 413, code: 'TOO_LARGE', says: /send it as JSON/ });
});

test('http: 200,000 levels of JSON are refused before they are parsed', async () => {
  const { app } = kit();
  const body = '{"params":'.repeat(200_000);
  const headers = { 'content-type': 'application/json' };
  const response = await app.request('/api/v1/dags/x/runs', { method: 'POST', headers, body });
  await expectRefusal(response, { status: 400, code: 'BODY_INVALID', says: /nested deeper/ });
});

test('http: JSON with more keys than any request has is refused before it is parsed', async () => {
  const { app, service } = kit();
  const keys = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1]));
  const start = (params: object) => post(app, '/api/v1/dags/x/runs', { params });
  const tooLarge = { status: 413, code: 'TOO_LARGE', says: /^1:\d+ params: .* 20000 entries/ };
  await expectRefusal(await start(keys(20_001)), tooLarge);
  // What no DAG can declare does not go to the leader.
  const tooMany = { status: 400, code: 'BODY_INVALID', says: /^params: at most 100 entries/ };
  await expectRefusal(await start(keys(101)), tooMany);
  expect(service.submissions).toEqual([]);
  const definition = { tasks: keys(20_001) };
  const put = await app.request('/api/v1/dags/x', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(definition),
  });
  await expectRefusal(put, { ...tooLarge, says: /^1:\d+ tasks: .* 20000 entries/ });
});

test('http: JSON that is broken, or has a key twice, is refused with its place', async () => {
  const { app } = kit();
  const send = (body: string) =>
    app.request('/api/v1/dags/x/runs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  const code = 'BODY_INVALID';
  await expectRefusal(await send('{"runId":"a",\n"runId":"b"}'), {
    status: 400,
    code,
    says: /^2:1 .*twice/,
  });
  await expectRefusal(await send('{"__proto__":{}}'), { status: 400, code, says: /reserved/ });
  await expectRefusal(await send('{"runId":'), { status: 400, code, says: /not JSON/ });
  await expectRefusal(await send('{"runIdd":"x"}'), {
    status: 400,
    code,
    says: /did you mean "runId"/,
  });
  await expectRefusal(await send('[]'), { status: 400, code, says: /not a map/ });
});

test('http: a body too long is refused by its header, or else by its bytes', async () => {
  const { app } = kit({ bodyBytesMax: 1000 });
  const headers = { 'content-type': 'application/json' };
  const refused = { status: 413, code: 'TOO_LARGE', says: /1000 bytes/ };
  const told = await app.request('/api/v1/dags/x/runs', {
    method: 'POST',
    headers: { ...headers, 'content-length': '104857600' },
    body: '{}',
  });
  expect(told.headers.get('connection')).toBe('close');
  await expectRefusal(told, refused);
  const body = 'x'.repeat(2000);
  const lied = await app.request('/api/v1/dags/x/runs', { method: 'POST', headers, body });
  await expectRefusal(lied, refused);
});

test('http: a body that is not JSON by its type is refused', async () => {
  const response = await kit().app.request('/api/v1/dags/x/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: '{}',
  });
  await expectRefusal(response, {
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
    says: /application\/json/,
  });
});

test('http: bytes that are not UTF-8 are refused', async () => {
  const response = await kit().app.request('/api/v1/dags/x', {
    method: 'PUT',
    headers: { 'content-type': 'application/yaml' },
    body: new Uint8Array([0xff, 0xfe, 0x00]),
  });
  await expectRefusal(response, { status: 400, code: 'BODY_INVALID', says: /UTF-8/ });
});

test('http: wrong query values name what is allowed', async () => {
  const { app } = kit();
  for (const [path, says] of [
    ['/api/v1/runs?limit=0', /at least 1/],
    ['/api/v1/runs?limit=x', /whole number/],
    ['/api/v1/runs?state=runing', /"runing" is not one of queued, running/],
    ['/api/v1/runs?since=yesterday', /not a date/],
    ['/api/v1/runs?sate=running', /did you mean "state"/],
    ['/api/v1/runs?consistency=strong', /local, linearizable/],
    ['/api/v1/dags?namespace=a%2Fb', /an id is/],
    ['/api/v1/runs/a%20b', /an id is/],
    ['/api/v1/runs/x/tasks/y/attempts/0/log', /a number from 1 on/],
  ] as const) {
    await expectRefusal(await app.request(path), { status: 400, code: 'QUERY_INVALID', says });
  }
});

test('http: a query key that is said twice is refused, and not the last one taken', async () => {
  const { app } = kit();
  for (const path of [
    '/api/v1/runs?state=running&state=success',
    '/api/v1/dags?limit=1&cursor=a&limit=2',
    '/api/v1/dags?namespace=a&namespace=b',
  ]) {
    const says = /said more than once/;
    await expectRefusal(await app.request(path), { status: 400, code: 'QUERY_INVALID', says });
  }
  expect((await app.request('/api/v1/runs?state=running,success&limit=1')).status).toBe(200);
});

test('http: only a cursor that a page of runs gave is taken', async () => {
  const { app } = kit();
  await putDag(app, 'a', dag('  a: {type: noop}\n'));
  for (const run of ['r1', 'r2', 'r3']) await post(app, '/api/v1/dags/a/runs', { runId: run });
  for (const list of ['/api/v1/runs', '/api/v1/dags/a/grid']) {
    for (const cursor of ['garbage', '', '0', '1234/r1', '1234567890123456/']) {
      const refused = await app.request(`${list}?cursor=${cursor}`);
      await expectRefusal(refused, { status: 400, code: 'QUERY_INVALID', says: /page before/ });
    }
    const { cursor } = await json(await app.request(`${list}?limit=2`));
    const second = await json(await app.request(`${list}?limit=2&cursor=${cursor}`));
    expect([(second.items ?? second.runs).length, second.cursor]).toEqual([1, null]);
  }
});

test('http: a page of another site cannot change anything', async () => {
  const { app, service } = kit();
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example', host: '127.0.0.1:8080' },
  ]) {
    const response = await post(app, '/api/v1/dags/x/pause', undefined, headers);
    await expectRefusal(response, { status: 403, code: 'CROSS_SITE', says: /another origin/ });
  }
  expect(service.submissions).toEqual([]);
});

test('http: a host name that nobody chose for this node is refused', async () => {
  const { app, service } = kit();
  // A page of a name that points here: its origin and its host are the same.
  const headers = { origin: 'http://evil.example:8080', host: 'evil.example:8080' };
  for (const [method, path] of [
    ['GET', '/api/v1/dags'],
    ['POST', '/api/v1/dags/x/pause'],
    ['OPTIONS', '/api/v1/dags'],
    ['GET', '/healthz'],
    ['GET', '/'],
  ] as const) {
    const response = await app.request(path, { method, headers });
    await expectRefusal(response, {
      status: 403,
      code: 'HOST_UNKNOWN',
      says: /evil\.example:8080/,
    });
  }
  expect(service.submissions).toEqual([]);
  const ours = await app.request('/api/v1/dags', { headers: { host: '127.0.0.1:8080' } });
  expect(ours.status).toBe(200);
});

test('http: an Idempotency-Key that is none is refused', async () => {
  const response = await post(kit().app, '/api/v1/dags/x/runs', {}, { 'idempotency-key': 'a b' });
  await expectRefusal(response, { status: 400, code: 'QUERY_INVALID', says: /Idempotency-Key/ });
});
