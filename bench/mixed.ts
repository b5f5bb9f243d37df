/**
 * `npm run bench`: two figures of a mixed load, in less than a minute. Four chains of 10 for each
 * 1 -> 100 -> 1: first as fast as the cluster takes them, which gives edges a second; then at half
 * of that rate, which gives the latency of an edge that waits for nothing but the cluster.
 */
import type { LocalCluster, LocalNode } from '../cluster/local-cluster.ts';
import { sleep } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { Connections, inLines } from './connections.ts';
import { percentile, print, printFigures, spread } from './figures.ts';
import { goals } from './goals.ts';
import { edgeLatenciesMs } from './run-checks.ts';
import { chainTasks, edgesOf, fanTasks } from './shapes.ts';
import { applyNoops, endedRuns, lines } from './skein-work.ts';
import { afterWarmUp, printGround } from './trials.ts';

const length = 10;
const width = 100;
/** A round is so many chains and one fan-out. */
const chainsPerRound = 4;
const edgesPerRound = chainsPerRound * edgesOf(chainTasks(length)) + edgesOf(fanTasks(width));
const rounds = 80;
const steadyRounds = 40;

export async function mixedBench(): Promise<number> {
  printGround('3 nodes; min | median | max of 3 trials after a warm-up');
  print(`${chainsPerRound} chains of ${length} for each 1 -> ${width} -> 1, no-op tasks`);
  return withCluster({ nodes: 3 }, async (cluster) => {
    const trials = await afterWarmUp(async () => {
      const edgesPerSecond = await fullSpeed(cluster);
      return { edgesPerSecond, latenciesMs: await atHalf(cluster, edgesPerSecond / 2) };
    });
    const of = (share: number): string =>
      spread(
        trials.map(({ latenciesMs }) => percentile(latenciesMs, share)),
        0,
      );
    printFigures({
      'edges per second': spread(
        trials.map(({ edgesPerSecond }) => edgesPerSecond),
        0,
      ),
      'p99 edge latency at half of it': `${of(0.99)} ms (p50 ${of(0.5)})`,
      goal: goals.mixed,
    });
    return 0;
  });
}

interface Mix {
  readonly leader: LocalNode;
  readonly chain: string;
  readonly fan: string;
  readonly connections: Connections;
}

async function newMix(cluster: LocalCluster): Promise<Mix> {
  const leader = await cluster.leader();
  return {
    leader,
    chain: await applyNoops(leader, chainTasks(length), 256),
    fan: await applyNoops(leader, fanTasks(width), 64),
    connections: new Connections(leader.api.url, lines),
  };
}

/** The runs of both DAGs, once all of them have ended. */
async function endedMix({ leader, chain, fan, connections }: Mix, count: number) {
  const fans = await endedRuns(leader, fan, count);
  const chains = await endedRuns(leader, chain, count * chainsPerRound);
  connections.close();
  return [...fans, ...chains];
}

/** Starts the runs of one round, the fan-out in the middle of it. */
async function startRound({ chain, fan, connections }: Mix): Promise<void> {
  const dags = Array.from({ length: chainsPerRound + 1 }, (_, place) =>
    place === chainsPerRound / 2 ? fan : chain,
  );
  await Promise.all(
    dags.map((dag) =>
      connections.send({ method: 'POST', path: `/api/v1/dags/${dag}/runs`, body: '{}' }),
    ),
  );
}

async function fullSpeed(cluster: LocalCluster): Promise<number> {
  const mix = await newMix(cluster);
  await inLines(
    Math.floor(lines / (chainsPerRound + 1)),
    (next) => next >= rounds,
    () => startRound(mix),
  );
  const runs = await endedMix(mix, rounds);
  const begins = runs.map(({ createdAt }) => Date.parse(createdAt));
  const ends = runs.map(({ endedAt }) => Date.parse(endedAt ?? ''));
  return (rounds * edgesPerRound * 1000) / (Math.max(...ends) - Math.min(...begins));
}

/** Rounds by the clock, whether or not the ones before have ended. */
async function atHalf(cluster: LocalCluster, edgesPerSecond: number): Promise<readonly number[]> {
  const mix = await newMix(cluster);
  const everyMs = (edgesPerRound * 1000) / edgesPerSecond;
  const beganMs = performance.now();
  const started: Promise<void>[] = [];
  for (let round = 0; round < steadyRounds; round++) {
    await sleep(beganMs + round * everyMs - performance.now());
    started.push(startRound(mix));
  }
  await Promise.all(started);
  const latenciesMs: number[] = [];
  for (const { runId } of await endedMix(mix, steadyRounds)) {
    latenciesMs.push(...edgeLatenciesMs([await mix.leader.api.run(runId)]));
  }
  return latenciesMs;
}
