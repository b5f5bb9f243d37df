import { expect, test } from 'vitest';
import { incarnation, nodeId, runId, wallMs } from '../../src/base/brand.ts';
import { tameLines } from '../../src/cli/format.ts';
import { nodeFact } from '../../src/model/fact.ts';
import type { NodeRow } from '../../src/model/node.ts';
import { payloadGroups } from '../injection/payloads.ts';
import { serve, skein, until } from './kit.ts';

const dag =
  'id: d\ntasks:\n  a: { type: shell, command: echo, resources: { cpu: 0.5, memory: 1Gi } }\n';

/** Task `a` of run r1 is alive on n1. */
async function cluster() {
  const { service, server } = await serve();
  const env = { SKEIN_SERVER: server.url };
  await skein(['apply', '-f', '-'], { env, stdin: dag });
  await skein(['run', 'd', '--id', 'r1'], { env });
  service.setTask(runId('r1'), 'a', 'running');
  for (const [name, pool] of [
    ['n1', 'default'],
    ['n2', 'gpu'],
  ] as const) {
    const row: NodeRow = {
      ...{ nodeId: nodeId(name), incarnation: incarnation('i1'), pool },
      capacity: { cpu: 4000, memory: 8 * 2 ** 30, slots: 16 },
      ...{ labels: { zone: 'a' }, address: `http://${name}:8080`, since: wallMs(0) },
      status: 'alive',
    };
    service.commit('nodes', [nodeFact(row)]);
  }
  return { service, run: (...args: readonly string[]) => skein(args, { env }) };
}

test('cli: a namespace is given limits, one after the other', async () => {
  const { run } = await cluster();
  const set = ['namespace', 'set', 'sales'];
  const made = await run(...set, '--weight', '3', '--cpu', '1.5', '--memory', '8Gi');
  expect(made).toEqual({ code: 0, out: 'sales  created\n', err: '' });
  const more = ['--running-tasks', '100', '--active-runs', '20', '--runs-per-minute', '60'];
  expect((await run(...set, ...more, '--queued-runs', '1000', '--dags', '50')).code).toBe(0);
  expect((await run(...set, '--weight', '3')).out).toBe('sales  unchanged\n');
  expect((await run(...set, '--cpu', 'none', '--description', 'who sells')).code).toBe(0);
  const shown = JSON.parse((await run('namespace', 'show', 'sales', '--json')).out);
  expect(shown).toMatchObject({
    ...{ weight: 3, description: 'who sells' },
    quota: {
      ...{ cpu: null, memory: 8 * 2 ** 30, gpu: null, runningTasks: 100, activeRuns: 20 },
      ...{ runsPerMinute: 60, queuedRuns: 1000, dags: 50 },
    },
  });
});

test('cli: namespaces are listed with what they use of what they may', async () => {
  const { run } = await cluster();
  await run('namespace', 'set', 'default', '--cpu', '2', '--memory', '8Gi', '--dags', '50');
  const list = await run('namespace', 'list');
  expect(list.out).toMatch(/^default +1 +0\.5\/2 +1Gi\/8Gi +1 +1 +0 +1\/50$/m);
  const shown = await run('namespace', 'show', 'default');
  expect(shown.out).toMatch(/^cpu +0\.5\/2$/m);
  expect(shown.out).toMatch(/^running tasks +1$/m);
  expect(shown.out).not.toContain('runs per minute');
  await run('namespace', 'set', 'default', '--runs-per-minute', '60');
  expect((await run('namespace', 'show', 'default')).out).toContain('at most 60');
  expect((await run('namespace', 'delete', 'default')).out).toContain('no limits any more');
  expect((await run('namespace', 'list')).out).toMatch(/^default +1 +0\.5 +1Gi +1 +1 +0 +1$/m);
  expect((await run('namespace', 'delete', 'default')).code).toBe(3);
  expect((await run('namespace', 'show', 'none')).code).toBe(3);
});

test('cli: a limit that is no number is a wrong usage, and one too large is refused', async () => {
  const { run } = await cluster();
  const set = ['namespace', 'set', 'sales'];
  expect((await run(...set, '--cpu', 'many')).err).toContain('Write --cpu 4.');
  expect((await run(...set, '--weight', '')).code).toBe(2);
  const refused = await run(...set, '--memory', 'eight');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('is not a size')]);
  expect((await run(...set, '--dags', '1.5')).err).toContain('(BODY_INVALID)');
});

test('cli: the order of scheduling is shown and changed', async () => {
  const { run } = await cluster();
  expect((await run('scheduling')).out).toBe(
    'order        critical-path\n' +
      'fair share   namespaces\n' +
      'class ageing 1h00m\n' +
      'changed      never\n',
  );
  const changed = ['--order', 'sjf', '--fair-share', 'dags', '--class-ageing', '2h'];
  expect((await run('scheduling', 'set', ...changed)).out).toBe('scheduling  changed\n');
  expect((await run('scheduling', 'set', '--order', 'sjf')).out).toBe('scheduling  unchanged\n');
  expect(JSON.parse((await run('--json', 'scheduling')).out)).toMatchObject({
    ...{ order: 'sjf', fairShare: 'dags', classAgeingMs: 7_200_000, updatedBy: 'api' },
  });
  expect((await run('scheduling', 'set')).code).toBe(2);
  const wrong = await run('scheduling', 'set', '--order', 'lifo');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('fcfs')]);
});

test('cli: nodes are a table of their room, and one of them with what runs there', async () => {
  const { run } = await cluster();
  const [heading, first, second] = (await run('nodes')).out.split('\n');
  expect(heading).toMatch(/^NODE +STATE +POOL +CPU +MEMORY +TASKS +DRAIN$/);
  expect(first).toMatch(/^n1 +alive +default +0\.5\/4 +1Gi\/8Gi +1 +-$/);
  expect(second).toMatch(/^n2 +alive +gpu +0\/4 +0\/8Gi +0 +-$/);
  const { out } = await run('nodes', 'show', 'n1');
  expect(out).toMatch(/^used +cpu 0\.5\/4 {2}memory 1Gi\/8Gi {2}slots 1\/16$/m);
  expect(out).toMatch(/^r1 +a +1 +running +.* ago +cpu 0\.5 {2}memory 1Gi$/m);
  expect((await run('nodes', 'show', 'n2')).out).toContain('Nothing runs there.');
  expect(JSON.parse((await run('--json', 'nodes')).out)).toMatchObject([
    { node: 'n1', running: 1, free: { cpu: 3.5 } },
    { node: 'n2', pool: 'gpu' },
  ]);
  expect((await run('nodes', 'show', 'n9')).code).toBe(3);
});

test('cli: a node is drained and takes tasks again', async () => {
  const { run } = await cluster();
  expect((await run('drain', 'n1')).out).toBe('n1  drained; 1 attempt alive there may end\n');
  expect((await run('nodes')).out).toMatch(/^n1 .* 1 to end$/m);
  expect((await run('drain', 'n1', '--grace', '10m')).out).toContain(
    '1 attempt alive there may end until ',
  );
  expect((await run('nodes')).out).toMatch(/^n1 .* 1 to end until /m);
  expect((await run('drain', 'n2')).out).toBe('n2  drained; nothing runs there\n');
  expect((await run('nodes')).out).toMatch(/^n2 .* empty$/m);
  expect((await run('undrain', 'n1')).out).toBe('n1  takes tasks again\n');
  expect((await run('nodes')).out).toMatch(/^n1 .* -$/m);
  expect((await run('drain', 'n9')).code).toBe(3);
  expect((await run('drain', 'n1', '--grace', 'soon')).err).toContain('is not a duration');
});

test('cli: drain --wait returns when nothing runs there any more', async () => {
  const { run, service } = await cluster();
  const waiting = run('drain', 'n1', '--wait', '--json');
  await until(() => service.state.node('n1')?.drain !== undefined);
  service.setTask(runId('r1'), 'a', 'success');
  const { code, out } = await waiting;
  expect([code, JSON.parse(out)]).toMatchObject([0, { node: 'n1', attempts: 1 }]);
  expect((await run('drain', 'n1', '--wait')).out).toContain('n1  empty\n');
});

test('cli: drain --wait gives up when somebody lets the node take tasks again', async () => {
  const { run, service } = await cluster();
  const waiting = run('drain', 'n1', '--wait');
  await until(() => service.state.node('n1')?.drain !== undefined);
  await run('undrain', 'n1');
  expect(await waiting).toMatchObject({ code: 1, err: expect.stringContaining('DRAIN_ENDED') });
});

test('cli: no text of a namespace or a node moves the cursor', async () => {
  const { run, service } = await cluster();
  const row = service.state.node('n1')!;
  for (const text of payloadGroups.terminal) {
    const said = { address: text, pool: text, queues: [text], labels: { [text]: text } };
    const taints = [{ key: text, value: text, effect: 'avoid' }] as const;
    const drain = { since: wallMs(0), until: null, by: text };
    service.commit('node', [nodeFact({ ...row, ...said, taints, drain })]);
    await run('namespace', 'set', 'default', '--description', text);
    for (const args of [
      ['nodes'],
      ['nodes', 'show', 'n1'],
      ['namespace', 'list'],
      ['namespace', 'show', 'default'],
    ]) {
      const { code, out } = await run(...args);
      expect(code).toBe(0);
      expect(out).toBe(tameLines(out));
    }
  }
});

test('cli: the table of the cluster tells pools, where there are some, and drains', async () => {
  const { run, service } = await cluster();
  const usual = service.cluster();
  service.cluster = () => ({
    ...usual,
    members: usual.members.map((member) => {
      if (member.node !== 'n2' || member.executor === null) return member;
      const drain = { since: wallMs(0), until: null, by: 'ada' };
      return { ...member, executor: { ...member.executor, pool: 'gpu', drain } };
    }),
  });
  const { out } = await run('cluster');
  expect(out).toMatch(/^NODE +ROLE +STATE +POOL /m);
  expect(out).toMatch(/^n2 +voter +alive, drained +gpu /m);
  expect(out).toMatch(/^n1 +leader +alive +default /m);
});
