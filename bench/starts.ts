/**
 * `npm run bench -- starts`: runs accepted a second, one POST each over 32 connections, each
 * answered when the run is committed. The runs have one task, and are carried out meanwhile.
 */
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { withCluster } from './bench-cluster.ts';
import { Connections, inLines } from './connections.ts';
import { printFigures, spread } from './figures.ts';
import { goals } from './goals.ts';
import { wideTasks } from './shapes.ts';
import { applyNoops, endedRuns, lines } from './skein-work.ts';
import { afterWarmUp, printGround } from './trials.ts';
import { ofTimes } from './work.ts';

const seconds = 4;

export async function startsBench(): Promise<number> {
  printGround('3 nodes; min | median | max of 3 trials after a warm-up');
  return withCluster({ nodes: 3 }, async (cluster) => {
    const trials = await afterWarmUp(() => startRuns(cluster));
    printFigures({
      [`POST of a run, ${lines} connections`]: `${spread(
        trials.map(({ rate }) => rate),
        0,
      )} runs/s`,
      'p50 of an answer': `${spread(trials.map(({ p50Ms }) => p50Ms ?? 0))} ms`,
      'p99 of an answer': `${spread(trials.map(({ p99Ms }) => p99Ms ?? 0))} ms`,
      goal: goals.starts,
    });
    return 0;
  });
}

async function startRuns(cluster: LocalCluster) {
  const leader = await cluster.leader();
  const dagId = await applyNoops(leader, wideTasks(1), 10_000);
  const connections = new Connections(leader.api.url, lines);
  const asked = { method: 'POST', path: `/api/v1/dags/${dagId}/runs`, body: '{}' } as const;
  const timesMs: number[] = [];
  const beganMs = performance.now();
  const endMs = beganMs + seconds * 1000;
  await inLines(
    lines,
    () => performance.now() >= endMs,
    async () => {
      const sentMs = performance.now();
      await connections.send(asked);
      timesMs.push(performance.now() - sentMs);
    },
  );
  const rate = (timesMs.length * 1000) / (performance.now() - beganMs);
  connections.close();
  await endedRuns(leader, dagId, timesMs.length);
  return { rate, ...ofTimes(timesMs) };
}
