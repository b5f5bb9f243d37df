import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { runId } from '../../src/base/brand.ts';
import { chainYaml } from '../http/kit.ts';
import { serve, skein, until } from './kit.ts';

async function withChain() {
  const all = await serve();
  const env = { SKEIN_SERVER: all.server.url };
  expect((await skein(['apply', '-f', '-'], { env, stdin: chainYaml })).code).toBe(0);
  return { ...all, env };
}

test('cli: apply says what became of each file', async () => {
  const { server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  const first = await skein(['apply', '-f', '-'], { env, stdin: chainYaml });
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toMatch(/^chain {2}created {2}version [0-9a-f]{12} {2}index 1\n$/);
  const again = await skein(['apply', '-f', '-', '--json'], { env, stdin: chainYaml });
  expect(JSON.parse(again.out)).toMatchObject([{ dagId: 'chain', outcome: 'unchanged' }]);
});

test('cli: run starts a run and prints its id; show lists its tasks', async () => {
  const { env, service } = await withChain();
  const started = await skein(['run', 'chain', '--id', 'r1'], { env });
  expect(started).toEqual({ code: 0, out: 'r1\n', err: '' });
  service.setTask(runId('r1'), 'a', 'failed');
  const shown = await skein(['show', 'r1'], { env });
  expect(shown.code).toBe(0);
  expect(shown.out).toContain('r1  running\n');
  expect(shown.out).toMatch(/^a +failed +n1 +1 +1.5s +exit code 3$/m);
  expect(shown.out).toMatch(/^b +pending +- +0 +-$/m);
});

test('cli: run --wait ends with how the run ended', async () => {
  const { env, service } = await withChain();
  for (const [id, state, code] of [
    ['r1', 'success', 0],
    ['r2', 'failed', 1],
  ] as const) {
    const waiting = skein(['run', 'chain', '--id', id, '--wait'], { env });
    await until(() => service.watchers === 1);
    service.endRun(runId(id), state);
    expect(await waiting).toMatchObject({ code, out: `${id}  ${state}\n` });
    await until(() => service.watchers === 0);
  }
});

test('cli: run --follow shows each change on a line of its own', async () => {
  const { env, service } = await withChain();
  const following = skein(['run', 'chain', '--id', 'r1', '--follow'], { env });
  await until(() => service.watchers === 1);
  service.setTask(runId('r1'), 'a', 'queued');
  service.setTask(runId('r1'), 'a', 'success');
  service.endRun(runId('r1'), 'success');
  const { code, out } = await following;
  expect(code).toBe(0);
  const lines = out.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').trim());
  expect(lines[0]).toMatch(/^a +queued +n1$/);
  expect(lines[1]).toMatch(/^a +success +n1 +1.5s$/);
  expect(lines.at(-2)).toBe('r1  success');
});

test('cli: waiting ends with 124 when the time is over', async () => {
  const { env } = await withChain();
  const { code, err } = await skein(['run', 'chain', '--wait', '--timeout', '100ms'], { env });
  expect(code).toBe(124);
  expect(err).toContain('has not ended in time');
});

test('cli: Ctrl-C ends a watch with 130', async () => {
  const { env, service } = await withChain();
  await skein(['run', 'chain', '--id', 'r1'], { env });
  const interrupt = new AbortController();
  const watching = skein(['watch', 'r1'], { env, interrupt: interrupt.signal });
  await until(() => service.watchers === 1);
  interrupt.abort();
  expect((await watching).code).toBe(130);
});

test('cli: params get the types that the DAG asks for, slips are pointed out', async () => {
  const { server, service } = await serve();
  const env = { SKEIN_SERVER: server.url };
  const yaml =
    'id: p\nparams: {n: {type: integer}, day: {type: string}}\ntasks: {a: {type: noop}}\n';
  await skein(['apply', '-f', '-'], { env, stdin: yaml });
  await skein(['run', 'p', '-p', 'n=5', '-p', 'day=5'], { env });
  expect(service.submissions.at(-1)?.command).toMatchObject({ params: { n: 5, day: '5' } });
  const wrong = await skein(['run', 'p', '-p', 'dya=5'], { env });
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('did you mean "day"?');
  expect((await skein(['run', 'p', '-p', 'n=x'], { env })).err).toContain('is not of type integer');
});

test('cli: lists of DAGs, runs, nodes and events are tables, or JSON', async () => {
  const { env, service } = await withChain();
  await skein(['run', 'chain', '--id', 'r1'], { env });
  service.setTask(runId('r1'), 'a', 'success');
  expect((await skein(['dags'], { env })).out).toMatch(/^chain +active +- +- +1 +3$/m);
  expect((await skein(['dag', 'show', 'chain'], { env })).out).toMatch(
    /^b +shell +a +all_success/m,
  );
  expect((await skein(['runs'], { env })).out).toMatch(/^r1 +chain +running +manual/m);
  expect((await skein(['nodes'], { env })).out).toBe('No nodes yet.\n');
  expect((await skein(['cluster'], { env })).out).toContain('main  led by n1  term 2');
  expect((await skein(['events', 'r1'], { env })).out).toMatch(/^3 .* a +success +n1/m);
  const runs = await skein(['runs', '--json'], { env });
  expect(JSON.parse(runs.out).items).toMatchObject([{ runId: 'r1' }]);
  expect((await skein(['version'], { env })).out).toContain('node n1 0.1.0');
});

test('cli: cancel, rerun, pause, transfer and delete', async () => {
  const { env, service } = await withChain();
  await skein(['run', 'chain', '--id', 'r1'], { env });
  expect((await skein(['cancel', 'r1'], { env })).out).toBe('r1  cancelling\n');
  const rerun = await skein(['rerun', 'r1', '--task', 'a', '--downstream'], { env });
  expect(rerun.out).toBe('r1  running again: a\n');
  expect(service.submissions.at(-1)?.command).toMatchObject({ tasks: ['a'], downstream: true });
  expect((await skein(['dag', 'pause', 'chain'], { env })).out).toBe('chain  paused\n');
  expect((await skein(['dag', 'unpause', 'chain'], { env })).out).toBe('chain  active\n');
  expect((await skein(['transfer'], { env })).out).toBe('led by n2\n');
  expect((await skein(['dag', 'delete', 'chain'], { env })).out).toBe('chain  removed\n');
});

test('cli: logs keep stdout and stderr apart, and of a run name the task', async () => {
  const { env, service } = await withChain();
  await skein(['run', 'chain', '--id', 'r1'], { env });
  service.setTask(runId('r1'), 'a', 'success');
  service.logs.set('r1/a/1/stdout', { text: 'one\ntwo\n', end: true });
  service.logs.set('r1/a/1/stderr', { text: 'oops\n', end: true });
  const one = await skein(['logs', 'r1/a'], { env });
  expect(one).toEqual({ code: 0, out: 'one\ntwo\n', err: 'oops\n' });
  const all = await skein(['logs', 'r1', '--stream', 'stdout'], { env });
  expect(all.out).toBe('a | one\na | two\n');
});

test('cli: logs --grep shows lines of all attempts, as grep would', async () => {
  const { env, service } = await withChain();
  await skein(['run', 'chain', '--id', 'r1'], { env });
  service.setTask(runId('r1'), 'a', 'success');
  service.logs.set('r1/a/1/stdout', { text: 'fine\nrefused\n', end: true });
  service.logs.set('r1/b/1/stderr', { text: 'refused too\n', end: true });
  const all = await skein(['logs', 'r1', '--grep', 'refused'], { env });
  expect(all).toEqual({
    ...{ code: 0, err: '' },
    out: 'a/1 stdout:2: refused\nb/1 stderr:1: refused too\n',
  });
  const json = await skein(['logs', 'r1', '--grep', 'refused', '--stream', 'stderr', '--json'], {
    env,
  });
  expect(JSON.parse(json.out).matches).toMatchObject([{ taskId: 'b', line: 1 }]);
});

test('cli: logs --follow goes on until the run has ended', async () => {
  const { env, service } = await withChain();
  await skein(['run', 'chain', '--id', 'r1'], { env });
  service.logs.set('r1/a/1/stdout', { text: 'one\n', end: false });
  service.logs.set('r1/a/1/stderr', { text: '', end: true });
  service.setTask(runId('r1'), 'a', 'running');
  const following = skein(['logs', 'r1', '-f'], {
    env,
    onOut: (all) => {
      if (!all.includes('one')) return;
      service.logs.set('r1/a/1/stdout', { text: 'one\ntwo\n', end: true });
    },
  });
  await until(() => service.watchers === 1);
  service.setTask(runId('r1'), 'a', 'success');
  service.endRun(runId('r1'), 'success');
  expect(await following).toMatchObject({ code: 0, out: 'a | one\na | two\n' });
});

test('cli: no command gives an option of the whole program another meaning', async () => {
  const found: string[] = [];
  await skein(['--help'], {
    extend: (program) => {
      const taken = new Set(program.options.flatMap(({ short, long }) => [short, long]));
      const look = (command: Command): void => {
        for (const { short, long } of command.options) {
          const clashes = [short, long].some((flag) => flag !== undefined && taken.has(flag));
          if (clashes) found.push(`${command.name()} ${short} ${long}`);
        }
        command.commands.forEach(look);
      };
      program.commands.forEach(look);
    },
  });
  expect(found).toEqual([]);
});
