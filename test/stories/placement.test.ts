/** Three nodes that differ: what their configuration says decides what runs on which. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunDetail } from '../../cluster/api.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { freePorts } from '../../cluster/places.ts';
import { mostAtOnce, spanOf, taskOf } from './examples-kit.ts';
import { ended } from './story-cluster.ts';

/** A node reads `skein.yaml` in the folder where it starts. */
const files = {
  n1: 'labels: { zone: a }\nresources: { licence: 1 }\ndisk: auto\n',
  n2: 'labels: { zone: b }\npool: big\ntaints: ["spot:avoid", kind=slow]\n',
  n3: 'labels: { zone: b }\nqueues: [etl, ml]\nreserveCpu: 0.25\nreserveMemory: 64Mi\n',
};

const folder = mkdtempSync(join(tmpdir(), 'skein-placement-'));
let cluster: LocalCluster;

beforeAll(async () => {
  const dataDir = join(folder, 'cluster');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dataDir, name), { recursive: true });
    writeFileSync(join(dataDir, name, 'skein.yaml'), text);
  }
  const ports = await freePorts(3);
  cluster = await startCluster({ nodes: 3, dataDir, ports, nats: null, broker: 'server' });
  await cluster.ready();
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

async function run(id: string, tasks: string): Promise<RunDetail> {
  const text = `id: ${id}\ndefaults: { resources: { cpu: 0.05, memory: 16Mi } }\ntasks:\n${tasks}`;
  await cluster.ask((api) => api.applyDag(id, { type: 'yaml', text }));
  const { runId } = await cluster.ask((api) => api.startRun(id, { params: {} }));
  return ended(cluster, runId);
}

/** Where each task ran last. */
const nodesOf = ({ tasks }: RunDetail) =>
  Object.fromEntries(tasks.map(({ taskId, attempts }) => [taskId, attempts.at(-1)?.node]));

it('placement: pools, queues, taints and labels decide where a task runs', async () => {
  const slow = 'tolerations: [kind=slow]';
  const { state, ...ran } = await run(
    'where',
    `  plain: { type: shell, command: "true" }
  pooled: { type: shell, nodePool: big, ${slow}, command: "true" }
  queued: { type: shell, queue: ml, command: "true" }
  avoiding: { type: shell, ${slow}, command: "true" }
  asking: { type: shell, tolerations: [kind, spot], labels: { zone: b }, command: "true" }
  choosing:
    { type: shell, ${slow}, affinity: { require: { zone: [b, c] } }, command: "true" }
  forbidding: { type: shell, ${slow}, affinity: { forbid: { zone: a } }, command: "true" }
  rather: { type: shell, ${slow}, affinity: { prefer: { zone: b } }, command: "true" }
`,
  );
  expect(state).toBe('success');
  expect(nodesOf({ state, ...ran })).toEqual({
    // The others refuse it: one by its taint, one because it serves queues.
    plain: 'n1',
    pooled: 'n2',
    queued: 'n3',
    // A taint that says `avoid` outweighs what fits better, and a preference.
    avoiding: 'n1',
    rather: 'n1',
    asking: 'n2',
    choosing: 'n2',
    forbidding: 'n2',
  });
});

it('placement: what a node has one of is held by one attempt at a time', async () => {
  const ran = await run(
    'licences',
    '  work: { type: shell, forEach: range(3), resources: { licence: 1 }, command: sleep 0.1 }\n',
  );
  expect(ran.state).toBe('success');
  const work = [0, 1, 2].map((index) => taskOf(ran, 'work', index));
  expect(new Set(work.map(({ attempts }) => attempts.at(-1)?.node))).toEqual(new Set(['n1']));
  expect(mostAtOnce(work.map(spanOf))).toBe(1);
});

it('placement: the cluster shows what each node gives to tasks', async () => {
  const { members } = await cluster.ask((api) => api.cluster());
  const capacityOf = (name: string) => members.find(({ node }) => node === name)?.capacity ?? {};
  const [n1, n2, n3] = [capacityOf('n1'), capacityOf('n2'), capacityOf('n3')];
  expect(n1).toMatchObject({ licence: 1, disk: expect.any(Number) });
  expect(n1.disk).toBeGreaterThan(0);
  expect(n2).not.toHaveProperty('disk');
  expect((n2.cpu ?? 0) - (n3.cpu ?? 0)).toBe(0.25);
  expect((n2.memory ?? 0) - (n3.memory ?? 0)).toBe(64 * 2 ** 20);
});
