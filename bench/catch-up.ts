/**
 * What it costs the others when a node catches up: edge latency of chains under a load of writes,
 * before, and while a node comes back that was away for many entries, and one that lost its disk.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunDetail } from '../cluster/api.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem, sleep, until } from '../cluster/problem.ts';
import { hasEnded } from '../cluster/samples.ts';
import { withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures } from './figures.ts';
import { edgeLatenciesMs } from './run-checks.ts';
import { Writer, writesDag } from './writer.ts';

const entriesDefault = 20_000;
const chainLength = 100;
/** Chains at a time while the log is made longer. */
const fillers = 16;
const baselineRuns = 10;
const caughtUpMsMax = 120_000;

interface Return {
  readonly p99Ms: number;
  readonly edges: number;
  readonly tookMs: number;
  readonly elections: number;
}

export async function catchUpBench(args: readonly string[]): Promise<number> {
  const entries = entriesOf(args);
  return withCluster({ nodes: 3 }, async (cluster, folder) => {
    await cluster.ask((api) => api.applyDag('writes', { type: 'yaml', text: writesDag }));
    await cluster.ask((api) => api.applyDag('chain', { type: 'json', text: chain }));
    const writer = new Writer(cluster);
    writer.begin(cluster.nodes);
    await chains(cluster, () => true);
    const before = percentile(edgeLatenciesMs(await baseline(cluster)), 0.99);
    const away = await absence(cluster, entries, () => {});
    const wiped = await absence(cluster, entries, (name) =>
      rmSync(join(folder, 'cluster', name), { recursive: true }),
    );
    writer.end();
    await writer.settle();
    print(`3 nodes, 50 writes a second and one chain after the other; away for ${entries} entries`);
    printFigures({
      'edge latency p99 before': `${before} ms`,
      'while a node catches up that was away': textOf(away),
      'while a node catches up that lost its disk': textOf(wiped),
    });
    return away.elections + wiped.elections === 0 ? 0 : 1;
  });
}

const chain = JSON.stringify({
  id: 'chain',
  maxActiveRuns: 100,
  tasks: Object.fromEntries(
    Array.from({ length: chainLength }, (_, place) => {
      const dependsOn = place === 0 ? [] : [`t${place - 1}`];
      return [`t${place}`, { type: 'noop', dependsOn }];
    }),
  ),
});

function entriesOf(args: readonly string[]): number {
  const at = args.indexOf('--entries');
  const entries = at < 0 ? entriesDefault : Number(args[at + 1]);
  if (!Number.isInteger(entries) || entries < 1) throw new Problem('--entries takes a number');
  return entries;
}

const textOf = ({ p99Ms, edges, tookMs, elections }: Return): string =>
  `p99 ${p99Ms} ms of ${edges} edges, in ${(tookMs / 1000).toFixed(1)} s, ${elections} elections`;

/** One chain after the other, for as long as `isOver` says no; one at least. */
async function chains(cluster: LocalCluster, isOver: () => boolean): Promise<readonly RunDetail[]> {
  const ended: RunDetail[] = [];
  do {
    const { runId } = await cluster.ask((api) => api.startRun('chain'));
    let run = await cluster.ask((api) => api.run(runId));
    while (!hasEnded(run)) {
      await sleep(200);
      run = await cluster.ask((api) => api.run(runId));
    }
    ended.push(run);
  } while (!isOver());
  return ended;
}

function baseline(cluster: LocalCluster): Promise<readonly RunDetail[]> {
  let left = baselineRuns;
  return chains(cluster, () => --left === 0);
}

/** A follower goes, the log grows, it comes back and catches up while chains run. */
async function absence(
  cluster: LocalCluster,
  entries: number,
  lose: (name: string) => void,
): Promise<Return> {
  const leader = await cluster.leader();
  const follower = cluster.alive.find(({ name }) => name !== leader.name);
  if (follower === undefined) throw new Problem('there is no follower');
  const { name, child } = follower;
  child.kill('SIGKILL');
  await child.exited;
  lose(name);
  await grow(cluster, entries);
  const { term } = await leader.api.node();
  const startMs = performance.now();
  const { api } = cluster.startNode(name);
  let tookMs: number | undefined;
  const returned = until(name, { withinMs: caughtUpMsMax, everyMs: 50 }, async () => {
    const [own, its] = await Promise.all([api.node().catch(() => undefined), leader.api.node()]);
    const isThere = own !== undefined && own.member !== 'none' && own.applied + 100 >= its.commit;
    return isThere || undefined;
  }).then(() => {
    tookMs = performance.now() - startMs;
  });
  const runs = await chains(cluster, () => tookMs !== undefined);
  await returned;
  await until(`${name} to vote`, { withinMs: caughtUpMsMax, everyMs: 100 }, async () =>
    (await api.node()).member === 'voter' ? true : undefined,
  );
  const edges = edgeLatenciesMs(runs);
  const elections = (await leader.api.node()).term - term;
  return { p99Ms: percentile(edges, 0.99), edges: edges.length, tookMs: tookMs ?? 0, elections };
}

async function grow(cluster: LocalCluster, entries: number): Promise<void> {
  const { commit } = await (await cluster.leader()).api.node();
  const target = commit + entries;
  let isLong = false;
  const watching = until('a longer log', { withinMs: 3_600_000, everyMs: 500 }, async () =>
    (await (await cluster.leader()).api.node()).commit >= target ? true : undefined,
  ).then(() => {
    isLong = true;
  });
  const one = (): Promise<unknown> => chains(cluster, () => isLong);
  await Promise.all([watching, ...Array.from({ length: fillers }, one)]);
}
