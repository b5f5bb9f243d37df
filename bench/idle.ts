/**
 * `npm run bench -- idle`: what three nodes take of the machine when there is nothing to do, and
 * with 10,000 live task instances that wait: half of them for a time, half for a slot of a pool.
 *
 * Not measured: tasks that run (their processes are their own), months without a restart.
 */
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { sleep } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { print, printFigures, spread } from './figures.ts';
import { goals, verdict } from './goals.ts';
import { startWaiting } from './live-tasks.ts';
import { type NodeUsage, usageOf } from './node-usage.ts';
import { printGround } from './trials.ts';

const liveCount = 10_000;
const settleMs = 15_000;
const watchedMs = 30_000;
const megabyte = 2 ** 20;

interface MemoryGoal {
  readonly megabytesMax: number;
  readonly text: string;
}

const idleMemory: MemoryGoal = { megabytesMax: 120, text: goals.memoryIdle };
const loadedMemory: MemoryGoal = { megabytesMax: 250, text: goals.memoryLoaded };
const cpuPercentMax = 1;

export async function idleBench(): Promise<number> {
  printGround('3 nodes; min | median | max of the nodes, on average over 30 s');
  return withCluster({ nodes: 3 }, async (cluster, folder) => {
    await sleep(settleMs);
    print('nothing to do');
    show(await watch(cluster, folder), idleMemory);
    await startWaiting(await cluster.leader(), liveCount);
    await sleep(settleMs);
    print(`${liveCount} live task instances`);
    show(await watch(cluster, folder), loadedMemory);
    return 0;
  });
}

interface Watched extends NodeUsage {
  readonly cpuPercent: number;
}

/** Memory at the end, processor time over the whole. */
async function watch(cluster: LocalCluster, folder: string): Promise<readonly Watched[]> {
  const before = usageOf(cluster, folder);
  const beganMs = performance.now();
  await sleep(watchedMs);
  const tookMs = performance.now() - beganMs;
  return usageOf(cluster, folder).map((usage, place) => ({
    ...usage,
    cpuPercent: (100 * (usage.cpuMs - (before[place]?.cpuMs ?? 0))) / tookMs,
  }));
}

function show(nodes: readonly Watched[], memory: MemoryGoal): void {
  const megabytes = (of: (node: Watched) => number): string =>
    `${spread(
      nodes.map((node) => of(node) / megabyte),
      0,
    )} MB`;
  const most = Math.max(
    ...nodes.map(({ peerBytes, executorBytes }) => (peerBytes + executorBytes) / megabyte),
  );
  const busiest = Math.max(...nodes.map(({ cpuPercent }) => cpuPercent));
  printFigures({
    'memory, peer and executor': megabytes((node) => node.peerBytes + node.executorBytes),
    'of it the peer': megabytes(({ peerBytes }) => peerBytes),
    'helpers of the executor beside them': megabytes(({ helperBytes }) => helperBytes),
    'goal of memory': verdict(memory.text, most <= memory.megabytesMax),
    'processor, of one core': `${spread(
      nodes.map(({ cpuPercent }) => cpuPercent),
      2,
    )} %`,
    'goal of the processor': verdict(goals.idleCpu, busiest <= cpuPercentMax),
  });
}
