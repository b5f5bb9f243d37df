import { expect, test } from 'vitest';
import { incarnation, nodeId, wallMs } from '../../src/base/brand.ts';
import { nodeFact } from '../../src/model/fact.ts';
import { serve, skein } from './kit.ts';

const diamond = `
id: diamond
params: { day: { type: string, default: "2026-01-01" } }
tasks:
  a: { type: noop }
  b: { type: noop, dependsOn: [a] }
  c: { type: noop, dependsOn: [a] }
  z: { type: shell, command: "echo {{ tasks.b.output.n }}", dependsOn: [b, c] }
`;

/** One node with room for one task at a time. */
async function cluster() {
  const { server, service } = await serve();
  const env = { SKEIN_SERVER: server.url };
  const life = { nodeId: nodeId('n1'), incarnation: incarnation('n1-1') };
  const room = { capacity: { cpu: 4_000, memory: 2 ** 32, slots: 1 }, labels: {} };
  const since = wallMs(Date.now());
  const row = { ...life, ...room, address: 'http://n1', status: 'alive', since } as const;
  service.commit('node-seen', [nodeFact(row)]);
  expect((await skein(['apply', '-f', '-'], { env, stdin: diamond })).code).toBe(0);
  return { env, service };
}

test('skein plan draws the tasks, the critical path and the nodes', async () => {
  const { env } = await cluster();
  const { code, out } = await skein(['plan', 'diamond', '-p', 'day=2026-02-03'], { env });
  expect(code).toBe(0);
  expect(out).toContain('diamond would start at');
  expect(out).toMatch(/a +now +1\.0s +n1 +██████████/);
  expect(out).toMatch(/z +3\.\ds +1\.0s +n1 +█/);
  expect(out).toContain('critical path\n  a\n');
  expect(out).toContain('waits for room on n1');
  expect(out).toMatch(/n1 +4 +100%/);
  expect(out).toContain('assumed: diamond.a');
  const raw = await skein(['plan', 'diamond', '--json'], { env });
  expect(JSON.parse(raw.out).tasks).toHaveLength(4);
});

test('skein plan says what is wrong with a param, and that there is no such DAG', async () => {
  const { env } = await cluster();
  expect((await skein(['plan', 'diamond', '-p', 'dya=1'], { env })).err).toContain('did you mean');
  expect((await skein(['plan', 'nobody'], { env })).err).toContain('DAG_NOT_FOUND');
});

test('skein whatif compares the cluster with a larger one', async () => {
  const { env } = await cluster();
  await skein(['run', 'diamond', '--id', 'r1'], { env });
  const { code, out } = await skein(['whatif', '--add-nodes', '1', '--horizon', '1h'], { env });
  expect(code).toBe(0);
  expect(out).toMatch(/all that is live has ended in +4\.0s +3\.0s/);
  expect(out).toMatch(/new-1 +- +\d+%/);
  expect(out).toMatch(/r1 +diamond .* earlier/);
  const changes = ['--pool', 'mysql=4', '--cron', 'diamond=*/5 * * * *', '--remove-node', 'n1'];
  expect((await skein(['whatif', ...changes, '--json'], { env })).code).toBe(0);
});

test('skein whatif wants to know what changes', async () => {
  const { env } = await cluster();
  expect(await skein(['whatif'], { env })).toMatchObject({ code: 2 });
  expect((await skein(['whatif', '--pool', 'mysql'], { env })).err).toContain('name=value');
  expect((await skein(['whatif', '--pool', 'mysql=x'], { env })).err).toContain('no number');
  expect((await skein(['whatif', '--order', 'best'], { env })).err).toContain('no order');
  expect((await skein(['whatif', '--add-nodes', 'x'], { env })).err).toContain('number of nodes');
});
