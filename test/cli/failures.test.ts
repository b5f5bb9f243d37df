import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { NodeConfig } from '../../src/api/config.ts';
import { logIndex, runId } from '../../src/base/brand.ts';
import { refusal } from '../../src/model/refusal.ts';
import { FakeService } from '../http/fake-service.ts';
import { chainYaml } from '../http/kit.ts';
import { serve, skein, until } from './kit.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'skein-cli-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const nobody = 'http://127.0.0.1:1';

test('cli: when no node answers, the exit code is 5 and the next step is named', async () => {
  const { code, out, err } = await skein(['runs', '--server', nobody]);
  expect([code, out]).toEqual([5, '']);
  expect(err).toContain('no node answers at http://127.0.0.1:1');
  expect(err).toContain('--server URL');
});

test('cli: the next node is asked when one does not answer', async () => {
  const { server } = await serve();
  const ran = await skein(['runs', '--server', `${nobody},${server.url}`]);
  expect(ran).toMatchObject({ code: 0, err: '' });
});

test('cli: the next node is asked when one is not ready', async () => {
  const [{ service, server }, other] = [await serve(), await serve()];
  service.refuseAll = refusal('NOT_READY', 'the node opens its log');
  const servers = `${server.url},${other.server.url}`;
  const ran = await skein(['apply', '-f', '-', '--server', servers], { stdin: chainYaml });
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(other.service.submissions.length).toBe(1);
});

test('cli: a write that a broken connection swallowed is repeated with the same key', async () => {
  const { server, service } = await serve();
  const keys: (string | undefined)[] = [];
  const breaking = createServer((request) => {
    keys.push(request.headers['idempotency-key']?.toString());
    request.socket.destroy();
  });
  await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
  const { port } = breaking.address() as AddressInfo;
  const servers = `http://127.0.0.1:${port},${server.url}`;
  const ran = await skein(['apply', '-f', '-', '--server', servers], { stdin: chainYaml });
  breaking.close();
  expect(ran.code).toBe(0);
  expect(keys.length).toBe(1);
  expect(service.submissions.map(({ requestId }) => requestId)).toEqual(keys);
});

test('cli: while nobody leads, a write waits and is then done once', async () => {
  const { server, service } = await serve();
  service.refuseAll = refusal('NO_LEADER', 'no leader answered');
  const applying = skein(['apply', '-f', '-', '--server', server.url], { stdin: chainYaml });
  setTimeout(() => {
    service.refuseAll = null;
  }, 50);
  expect((await applying).code).toBe(0);
  expect(service.submissions.length).toBe(1);
});

/** Two nodes that show one cluster, with a DAG. */
async function twoNodes() {
  const service = new FakeService();
  const [first, second] = [await serve(service), await serve(service)];
  const servers = `${first.server.url},${second.server.url}`;
  await skein(['apply', '-f', '-', '--server', servers], { stdin: chainYaml });
  return { service, first, servers };
}

/** A run that is watched at the first of them, and has told of its first task. */
async function watchedRun() {
  const { service, first, servers } = await twoNodes();
  await skein(['run', 'chain', '--id', 'r1', '--server', servers]);
  const watching = skein(['watch', 'r1', '--server', servers]);
  await until(() => service.watchers === 1);
  service.setTask(runId('r1'), 'a', 'queued');
  return { service, first, watching };
}

test('cli: a watch goes on at another node, from where it was', async () => {
  const { service, first, watching } = await watchedRun();
  await first.server.stop(0);
  service.setTask(runId('r1'), 'a', 'success');
  service.endRun(runId('r1'), 'success');
  const { code, out } = await watching;
  expect(code).toBe(0);
  expect(out.match(/ queued /g)?.length).toBe(1);
  expect(out.match(/a +success/g)?.length).toBe(1);
});

test('cli: a watch goes on where the log of the other node does not reach back', async () => {
  const { service, first, watching } = await watchedRun();
  // The other one has just begun on a snapshot, and what happens meanwhile is within that.
  service.firstIndex = logIndex(service.index + 2);
  await first.server.stop(0);
  service.setTask(runId('r1'), 'a', 'success');
  await until(() => service.watchers === 1);
  service.setTask(runId('r1'), 'b', 'queued');
  service.endRun(runId('r1'), 'success');
  const { code, out, err } = await watching;
  expect([code, err]).toEqual([0, '']);
  expect(out.match(/ queued /g)?.length).toBe(2);
  expect(out.match(/a +success +n1/g)?.length).toBe(1);
});

test('cli: a run that ended where the log does not reach back has ended', async () => {
  const { service, first, servers } = await twoNodes();
  const waiting = skein(['run', 'chain', '--id', 'r1', '--wait', '--server', servers]);
  await until(() => service.watchers === 1);
  service.firstIndex = logIndex(service.index + 2);
  await first.server.stop(0);
  service.endRun(runId('r1'), 'failed');
  expect(await waiting).toMatchObject({ code: 1, out: 'r1  failed\n', err: '' });
});

test('cli: what is not there ends with 3, wrong usage with 2', async () => {
  const { server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  const missing = await skein(['show', 'nope'], { env });
  expect(missing.code).toBe(3);
  expect(missing.err).toContain('there is no run "nope"');
  expect(missing.err).toContain('skein runs');
  expect((await skein(['run', 'nope'], { env })).code).toBe(3);
  for (const args of [
    ['frobnicate'],
    ['show'],
    ['apply'],
    ['runs', '--since', 'yesterday'],
    ['logs', 'r/t', '--stream', 'x'],
    ['logs', 'r/t/more'],
    ['logs', 'r/t', '--regex'],
    ['logs', 'r', '--attempt', '2'],
    ['logs', 'r/t', '--grep', 'x', '--attempt', '2'],
    ['completion', 'tcsh'],
    ['runs', '--server', 'ftp://x'],
  ]) {
    expect([args, (await skein(args, { env })).code]).toEqual([args, 2]);
  }
  expect((await skein(['--help'])).code).toBe(0);
});

test('cli: failures in JSON are one document on stderr', async () => {
  const { server } = await serve();
  const { code, out, err } = await skein(['show', 'nope', '--json', '--server', server.url]);
  expect([code, out]).toEqual([3, '']);
  expect(JSON.parse(err).error).toMatchObject({ code: 'RUN_NOT_FOUND', exitCode: 3 });
});

test('cli: something that is no node is recognised', async () => {
  const other = createServer((_, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, err } = await skein(['runs', '--server', `127.0.0.1:${port}`]);
  other.close();
  expect(code).not.toBe(0);
  expect(err).toContain('Check that the address is that of a node');
});

test('cli: lint names file, line and column of every mistake, without a cluster', async () => {
  const folder = folderOf({
    'good.yaml': chainYaml,
    'bad.yml': 'id: bad\ntasks:\n  a: {type: shell}\n  b: {type: noop, dependsOn: [aa]}\n',
    'loop.json': '{"id":"loop","tasks":{"a":{"type":"noop","dependsOn":["a"]}}}',
    'notes.txt': 'not a DAG',
  });
  const { code, out } = await skein(['lint', folder]);
  expect(code).toBe(1);
  expect(out).toContain('bad.yml:3:3 tasks.a.command: is missing');
  expect(out).toContain('bad.yml:4:31 tasks.b.dependsOn[0]: "b" depends on "aa"');
  expect(out).toContain('good.yaml  ok');
  expect(out).toContain('a -> a');
  const report = JSON.parse((await skein(['lint', '--json', folder])).out);
  expect(report.map(({ ok }: { ok: boolean }) => ok)).toEqual([false, true, false]);
});

test('cli: apply of a folder applies what is right and fails for what is wrong', async () => {
  const { server, service } = await serve();
  const folder = folderOf({ 'a.yaml': 'id: a\ntasks: {}', 'b.yaml': chainYaml });
  const { code, out, err } = await skein(['apply', '-f', folder, '--server', server.url]);
  expect(code).toBe(1);
  expect(out).toContain('chain  created');
  expect(err).toContain('at least one task');
  expect(service.submissions.length).toBe(1);
});

test('cli: node start hands a checked configuration over, or ends with 73', async () => {
  const started: NodeConfig[] = [];
  const args = ['node', 'start', '--name', 'n1', '--nats', 'nats://127.0.0.1:4222'];
  const rest = [
    '--expect',
    '3',
    '--data',
    '/d',
    '--label',
    'zone=a',
    '--label',
    'ssd',
    '--cpu',
    '2',
    '--autopilot',
    '--rejoin',
    'false',
  ];
  expect((await skein([...args, ...rest], { started })).code).toBe(0);
  expect(started).toMatchObject([
    {
      name: 'n1',
      expect: 3,
      labels: { zone: 'a', ssd: '' },
      capacity: { cpu: 2000, slots: 256 },
      autopilot: true,
      rejoin: false,
    },
  ]);
  const wrong = await skein([...args, '--expect', '2', '--data', '/d'], { started });
  expect(wrong.code).toBe(73);
  expect(wrong.err).toBe('skein: CONFIG_INVALID: expect (flag --expect): one of 1, 3, 5, 7\n');
  expect(started.length).toBe(1);
});

test('cli: completion knows every command and is a script that bash can read', async () => {
  const { out } = await skein(['completion', 'bash']);
  for (const word of ['apply', 'pause', '--follow', 'node']) expect(out).toContain(word);
  expect(spawnSync('bash', ['-n'], { input: out }).status).toBe(0);
  const script = `${out}\nCOMP_WORDS=(skein dag pa); COMP_CWORD=2; _skein; echo "\${COMPREPLY[@]}"`;
  expect(spawnSync('bash', [], { input: script, encoding: 'utf8' }).stdout).toBe('pause\n');
  expect((await skein(['completion', 'fish'])).out).toContain('-a apply');
  expect((await skein(['completion', 'zsh'])).out).toContain('bashcompinit');
});

test('cli: the launcher without a build says how to build', () => {
  const folder = join(folderOf({}), 'bin');
  mkdirSync(folder);
  const launcher = join(folder, 'skein.mjs');
  copyFileSync(new URL('../../bin/skein', import.meta.url), launcher);
  const { status, stderr } = spawnSync(process.execPath, [launcher], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('npm run build');
});
