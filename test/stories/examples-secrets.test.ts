/**
 * A secret from the request to the task, on three real nodes: tasks that name it have it, and it
 * stands nowhere else: not in the log or the rows of any node, not in logs, answers or `ps`.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Examples } from './examples-kit.ts';
import { beginStory, type Story, statesOf } from './story-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-secrets-'));
const keyFile = join(folder, 'keys');
const keys = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'));
/** Long and of no pattern, so that it stands nowhere by chance. */
const secret = `${randomBytes(12).toString('hex')}"/+ü'${randomBytes(12).toString('hex')}`;
/** What any writing of it holds. */
const tell = secret.slice(0, 24);
let story: Story;

beforeAll(async () => {
  writeFileSync(keyFile, keys[1] ?? '', { mode: 0o600 });
  story = await beginStory({ nodeEnv: { SKEIN_ENCRYPTION_KEY_FILE: keyFile } });
});
afterAll(async () => {
  await story?.end();
  rmSync(folder, { recursive: true });
});

async function ask(node: number, method: string, path: string, body?: object) {
  const url = `${story.cluster.nodes[node]?.api.url}/api/v1/${path}`;
  const type = { 'content-type': 'application/json' };
  const request =
    body === undefined ? { method } : { method, headers: type, body: JSON.stringify(body) };
  const reply = await fetch(url, request);
  return { status: reply.status, text: await reply.text() };
}

const database = () => join(folder, 'work.db');
const dag = `id: d
tasks:
  named:
    type: shell
    command: printf '%s\\n' "$SKEIN_CONN_DB" | tee /dev/stderr > "$SKEIN_OUTPUT"; sleep 1
    connections: [db]
  failing:
    type: shell
    command: echo "$SKEIN_CONN_DB" >&2; exit 1
    connections: [db]
  others:
    type: shell
    command: "! env | grep SKEIN_CONN"
    dependsOn: [named]
  query:
    type: sql
    connection: file
    sql: ["CREATE TABLE t (a)", { sql: "INSERT INTO t VALUES (?)", params: ["{{ run.id }}"] }]
  read:
    type: sql
    connection: file
    sql: SELECT a FROM t
    dependsOn: [query]
  gone:
    type: sql
    connection: none
    sql: SELECT 1
`;

it('secrets: a task that names a connection has it, and no other', async () => {
  const db = { kind: 'generic', fields: { host: 'h' }, secrets: { password: secret } };
  expect((await ask(1, 'PUT', 'connections/db', db)).status).toBe(201);
  const file = { kind: 'sqlite', fields: { file: database() } };
  expect((await ask(2, 'PUT', 'connections/file', file)).status).toBe(201);
  await story.apply('d', dag);
  const running = story.run('d');
  const seen: string[] = [];
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      seen.push(execFileSync('ps', ['axww', '-o', 'args']).toString());
      await new Promise((wake) => setTimeout(wake, 100));
    }
  };
  const watching = watch();
  const run = await running;
  isOver = true;
  await watching;
  expect(statesOf(run)).toEqual({
    ...{ named: 'success', others: 'success', query: 'success', read: 'success' },
    ...{ failing: 'failed', gone: 'failed' },
  });
  expect(seen.some((text) => text.includes('sleep 1'))).toBe(true);
  expect(seen.filter((text) => text.includes(tell))).toEqual([]);
  const api = story.cluster.nodes[0]?.api;
  const shown = JSON.parse((await api?.log(run.runId, 'named')) || '{}');
  expect(shown).toEqual({});
  const output = await ask(0, 'GET', `runs/${run.runId}/tasks/named`);
  expect(JSON.parse(output.text).output).toEqual({ kind: 'generic', host: 'h', password: '***' });
  const read = await ask(0, 'GET', `runs/${run.runId}/tasks/read`);
  expect(JSON.parse(read.text).output).toEqual({ rows: [{ a: run.runId }], rowCount: 1 });
  const gone = JSON.parse((await ask(0, 'GET', `runs/${run.runId}/tasks/gone`)).text);
  expect(JSON.stringify(gone)).toContain('skein conn set none');
});

it('secrets: no answer of any node holds one', async () => {
  for (const node of [0, 1, 2]) {
    const paths = ['connections/db', 'connections', 'node', 'cluster', 'runs', 'dags/d'];
    for (const path of paths) {
      const { status, text } = await ask(node, 'GET', path);
      expect([path, status, text.includes(tell)]).toEqual([path, 200, false]);
    }
  }
});

async function restartAll(): Promise<void> {
  for (const { name, child } of story.cluster.nodes) {
    await child.stop();
    await story.cluster.restartNode(name);
  }
  await story.cluster.ready();
}

it('connections and sql: bound params, a transaction, a secret in one task', async () => {
  const shop = { kind: 'sqlite', fields: { file: join(folder, 'shop.db') } };
  const api = { kind: 'generic', fields: { user: 'etl' }, secrets: { token: secret } };
  await ask(0, 'PUT', 'connections/shop', shop);
  await ask(0, 'PUT', 'connections/api', api);
  const examples = new Examples(story);
  const run = await examples.run('49-connections-and-sql.yaml');
  expect(new Set(Object.values(statesOf(run)))).toEqual(new Set(['success']));
  const customer = "O'Brien; DROP TABLE orders";
  const sums = await story.cluster.ask((client) => client.task(run.runId, 'sums'));
  expect(sums.output).toMatchObject({
    rows: [{ customer, total: 42 }],
  });
  const log = await story.cluster.ask((client) => client.log(run.runId, 'tell'));
  expect(log).toBe('telling the sum of 42 with {"kind":"generic","user":"etl","token":"***"}\n');
});

it('secrets: keys are rotated, and tasks go on', async () => {
  writeFileSync(keyFile, keys.join('\n'));
  await restartAll();
  const { text } = await ask(0, 'POST', 'connections/rotate');
  expect(JSON.parse(text)).toMatchObject({ resealed: 2, unchanged: 2, unopened: [] });
  writeFileSync(keyFile, keys[0] ?? '');
  await restartAll();
  expect(statesOf(await story.run('d'))).toMatchObject({ named: 'success', others: 'success' });
});

it('secrets: no file of any node holds one, nor a key', () => {
  const needles = [tell, Buffer.from(secret).toString('base64').slice(4, 28), ...keys];
  const hits: string[] = [];
  let files = 0;
  for (const entry of readdirSync(story.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    if (needles.some((needle) => bytes.includes(needle))) hits.push(entry.name);
  }
  expect(files).toBeGreaterThan(20);
  expect(hits).toEqual([]);
});
