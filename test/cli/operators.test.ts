import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runId } from '../../src/base/brand.ts';
import { serve, skein } from './kit.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

const dag = (command: string): string =>
  `id: d\nparams: { n: { type: integer, default: 1 } }\n` +
  `tasks:\n  a: { type: shell, command: ${command} }\n` +
  '  b: { type: noop, dependsOn: [a] }\n';

/** A server with DAG d, and a way to run commands on it. */
async function cluster() {
  const { service, server } = await serve();
  const run = (...args: readonly string[]) => skein(['--server', server.url, ...args]);
  expect((await run('apply', '-f', await file('d.yaml', dag('echo a')))).err).toBe('');
  return { service, run };
}

test('cli: tasks are marked, a run is paused, resumed and edited', async () => {
  const { run } = await cluster();
  await run('run', 'd', '--id', 'r1');
  expect(await run('mark', 'r1', '-t', 'a', '--as', 'success', '--note', 'done')).toMatchObject({
    code: 0,
    out: 'r1  marked as success: a\n',
  });
  expect((await run('mark', 'r1', '-t', 'a', '--as', 'lucky')).code).toBe(2);
  expect((await run('mark', 'none', '-t', 'a', '--as', 'failed')).code).toBe(3);
  expect((await run('pause', 'r1')).out).toBe('r1  paused\n');
  expect((await run('resume', 'r1')).out).toBe('r1  goes on\n');
  expect((await run('edit', 'r1', '-p', 'n=7')).out).toBe('r1  edited\n');
  expect(JSON.parse((await run('--json', 'show', 'r1')).out).params).toEqual({ n: 7 });
  const fresh = await file('fresh.yaml', dag('echo a').replace('noop', 'shell, command: echo b'));
  expect((await run('edit', 'r1', '-f', fresh)).code).toBe(0);
  expect((await run('edit', 'r1')).code).toBe(2);
});

test('cli: a rerun from a task takes everything behind it', async () => {
  const { run, service } = await cluster();
  await run('run', 'd', '--id', 'r1');
  service.endRun(runId('r1'), 'failed');
  expect((await run('rerun', 'r1', '--from', 'a')).code).toBe(0);
  expect(service.submissions.at(-1)?.command).toMatchObject({ tasks: ['a'], downstream: true });
});

test('cli: versions are listed, compared, promoted and rolled back', async () => {
  const { run } = await cluster();
  await run('apply', '-f', await file('d2.yaml', dag('echo changed')));
  const versions = JSON.parse((await run('--json', 'dag', 'versions', 'd')).out).items;
  expect(versions).toHaveLength(2);
  const [fresh, old] = versions.map((each: { versionId: string }) => each.versionId.slice(0, 12));
  const diff = await run('dag', 'diff', 'd', old, fresh);
  expect(diff.out).toBe('~ a\n    action.command: "echo a" -> "echo changed"\n');
  expect((await run('dag', 'diff', 'd', fresh)).out).toBe('nothing differs\n');
  expect((await run('dag', 'rollback', 'd')).out).toContain(`version ${old}`);
  expect((await run('dag', 'promote', 'd', fresh)).out).toContain(`version ${fresh}`);
  expect((await run('dag', 'promote', 'd', 'ffffff')).code).toBe(3);
});

test('cli: a canary is started, shown, promoted and ended', async () => {
  const { run } = await cluster();
  const path = await file('canary.yaml', dag('echo canary'));
  const measure = ['--share', '0.5', '--max-failure-rate', '0.1'];
  expect((await run('dag', 'canary', 'd', '-f', path, ...measure)).out).toContain('canary of');
  expect((await run('dag', 'canary', 'd')).out).toContain('50 %');
  expect((await run('dag', 'promote', 'd')).code).toBe(0);
  expect((await run('dag', 'canary', 'd')).code).toBe(3);
  expect((await run('dag', 'canary', 'd', '--end')).code).toBe(3);
  const older = (await run('dag', 'versions', 'd')).out.trim().split('\n').at(-1)!.slice(0, 12);
  expect((await run('dag', 'canary', 'd', older, '--runs', '2')).out).toContain(older);
  expect((await run('dag', 'canary', 'd')).out).toContain('the next 2 runs');
});

test('cli: a backfill is tried, started, shown and cancelled', async () => {
  const { run } = await cluster();
  const range = ['--from', '2025-12-01', '--to', '2025-12-03'];
  const dry = await run('backfill', 'start', 'd', ...range, '--dry-run');
  expect(dry.out).toBe(
    '3 of 3 dates would run; 0 are passed over\n' +
      ['01', '02', '03'].map((day) => `2025-12-${day}T00:00:00.000Z\n`).join(''),
  );
  const id = (await run('backfill', 'start', 'd', ...range)).out.trim();
  expect((await run('backfill', 'show', id)).out).toContain('3, of which 0 are passed over');
  expect((await run('backfill', 'pause', id)).out).toBe(`${id}  paused\n`);
  expect((await run('backfill', 'cancel', id)).out).toBe(`${id}  cancelled\n`);
  expect((await run('backfill')).out).toContain(id);
  expect((await run('backfill', 'resume', id)).code).toBe(1);
  expect((await run('backfill', 'start', 'd', ...range, '--only', 'some')).code).toBe(2);
});

test('cli: pools, variables, calendars and letters', async () => {
  const { run } = await cluster();
  expect((await run('pool', 'set', 'db', '--slots', '2')).out).toBe('db  created\n');
  expect((await run('pool', 'list')).out).toContain('db');
  expect((await run('pool', 'delete', 'db')).out).toBe('db  deleted\n');
  expect((await run('pool', 'set', 'db', '--slots', 'two')).code).toBe(2);
  await run('variable', 'set', 'v', '{"a": 1}');
  expect(JSON.parse((await run('variable', 'get', 'v')).out)).toEqual({ a: 1 });
  await run('variable', 'set', 'v', '5', '--text');
  expect(JSON.parse((await run('variable', 'get', 'v')).out)).toBe('5');
  expect((await run('variable', 'list')).out).toContain('"5"');
  await run('calendar', 'set', 'holidays', '--day', '2026-12-25', '--yearly', '01-01');
  expect(JSON.parse((await run('calendar', 'show', 'holidays')).out)).toMatchObject({
    days: ['2026-12-25'],
    yearly: ['01-01'],
  });
  expect((await run('calendar', 'list')).out).toContain('holidays');
  expect((await run('letters')).out).toBe('No dead letters.\n');
  expect((await run('letters', 'drop', 'none')).code).toBe(3);
  expect((await run('approvals')).out).toBe('Nothing waits for a person.\n');
  expect((await run('dags-dir')).out).toContain('watches no folder');
});
