/**
 * `npm run bench -- history`: what a task costs, how long the API takes, and how long a node takes
 * to start, with 10,000, 100,000 and 1,000,000 runs of the past. One cluster for each, all of them
 * up at the same time; they are measured in turn, and compared with the one with the least history
 * round by round.
 *
 * Not measured: a ledger larger than the memory of the machine, which caches its files here.
 */
import { parseArgs } from 'node:util';
import { Problem, sleep } from '../cluster/problem.ts';
import { askFor } from './connections.ts';
import { endedRunId } from './ended-runs.ts';
import { percentile, print, printFigures, spread } from './figures.ts';
import { goals, verdict } from './goals.ts';
import { historyDag, type OldCluster, withHistories } from './history-cluster.ts';
import { cpuMsOfAll, usageOf } from './node-usage.ts';
import { skeinDoes } from './skein-work.ts';
import { afterWarmUp, printGround } from './trials.ts';
import type { Work } from './work.ts';

const sizesDefault = '10000,100000,1000000';
/** Tables that were just written are merged first. */
const settleMs = 20_000;
/** A tenth more is to be told from the noise of the machine. */
const roundCount = 5;
const work: Work = { kind: 'chains', runs: 1_000, length: 10, atOnce: 256 };
const taskCount = work.runs * work.length;
const apiLines = 8;
const apiSeconds = 3;
const limits = { cost: 1.1, api: 1.2, startMs: 2_000 } as const;
const megabyte = 2 ** 20;

/** One round of one cluster. */
interface Round {
  readonly tasksPerSecond: number;
  readonly cpuMicrosPerTask: number;
  readonly apiPerSecond: number;
  readonly apiP99Ms: number;
}

export async function historyBench(args: readonly string[]): Promise<number> {
  const sizes = sizesOf(args);
  printGround(
    `3 nodes for each history; min | median | max of ${roundCount} rounds after a warm-up`,
  );
  return withHistories(sizes, async (clusters) => {
    await sleep(settleMs);
    const rounds = await afterWarmUp(() => inTurn(clusters, measure), roundCount);
    const starts = await inTurn(clusters, startTimesMs);
    for (const [place, { runs, cluster, folder }] of clusters.entries()) {
      const own = rounds.flatMap((round) => round[place] ?? []);
      const least = rounds.flatMap((round) => round[0] ?? []);
      print(`${runs} ended runs`);
      showRounds(own, least);
      const startMs = starts[place] ?? [];
      const memory = usageOf(cluster, folder).map(({ peerBytes }) => peerBytes / megabyte);
      printFigures({
        'start of a node to ready': `${spread(startMs, 0)} ms`,
        'goal of the start': verdict(goals.historyStart, Math.max(...startMs) <= limits.startMs),
        'memory of a peer': `${spread(memory, 0)} MB`,
      });
    }
    return 0;
  });
}

function sizesOf(args: readonly string[]): readonly number[] {
  const options = { runs: { type: 'string', default: sizesDefault } } as const;
  const { runs } = parseArgs({ args: [...args], options }).values;
  const sizes = runs.split(',').map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size > 0)) return sizes;
  throw new Problem(`--runs ${runs}: write numbers of runs, as in ${sizesDefault}`);
}

async function inTurn<T>(
  clusters: readonly OldCluster[],
  act: (cluster: OldCluster) => Promise<T>,
): Promise<readonly T[]> {
  const done: T[] = [];
  for (const cluster of clusters) done.push(await act(cluster));
  return done;
}

async function measure(old: OldCluster): Promise<Round> {
  const { cluster, folder } = old;
  const cpuMs = (): number => cpuMsOfAll(usageOf(cluster, folder));
  const before = cpuMs();
  const { perSecond } = await skeinDoes(cluster, work);
  const cpuMicrosPerTask = ((cpuMs() - before) * 1000) / taskCount;
  return { tasksPerSecond: perSecond ?? 0, cpuMicrosPerTask, ...(await readApi(old)) };
}

/** Half of the requests read a run of the past, a quarter its newest page, a quarter all runs. */
async function readApi({ cluster, runs }: OldCluster) {
  const leader = await cluster.leader();
  const paths = (place: number): string => {
    if (place % 4 === 1) return `/api/v1/runs?dag=${historyDag}&limit=50`;
    if (place % 4 === 3) return '/api/v1/runs?limit=50';
    // A prime step visits them all over the keys, the same ones in each round.
    return `/api/v1/runs/${endedRunId((place * 104_729) % runs)}`;
  };
  const { perSecond, p99Ms } = await askFor(
    leader.api.url,
    { lines: apiLines, seconds: apiSeconds },
    (place) => ({ method: 'GET', path: paths(place), body: '' }),
  );
  return { apiPerSecond: perSecond, apiP99Ms: p99Ms };
}

/** Each node is stopped in order and started again, one after the other. */
async function startTimesMs({ cluster }: OldCluster): Promise<readonly number[]> {
  const timesMs: number[] = [];
  for (const { name, child } of cluster.nodes) {
    await child.stop();
    const beganMs = performance.now();
    await cluster.restartNode(name);
    timesMs.push(performance.now() - beganMs);
    await cluster.ready();
  }
  return timesMs;
}

/** `least`: the same rounds of the cluster with the least history. */
function showRounds(own: readonly Round[], least: readonly Round[]): void {
  const ratios = (of: (round: Round) => number): readonly number[] =>
    own.map((round, place) => of(round) / of(least[place] ?? round));
  const cost = ratios(({ cpuMicrosPerTask }) => cpuMicrosPerTask);
  const api = ratios(({ apiP99Ms }) => apiP99Ms);
  const figure = (of: (round: Round) => number, digits: number): string =>
    spread(own.map(of), digits);
  printFigures({
    'tasks a second (chains of 10)': figure(({ tasksPerSecond }) => tasksPerSecond, 0),
    'processor time of a task, 3 nodes': `${figure((round) => round.cpuMicrosPerTask, 0)} µs`,
    [`reads a second, ${apiLines} at a time`]: figure(({ apiPerSecond }) => apiPerSecond, 0),
    'p99 of them': `${figure(({ apiP99Ms }) => apiP99Ms, 1)} ms`,
  });
  if (own[0] === least[0]) return;
  const isWithin = (found: readonly number[], max: number): boolean =>
    percentile(found, 0.5) <= max;
  printFigures({
    'processor time of a task to that with the least history': `${spread(cost, 2)}`,
    'goal of it': verdict(goals.historyCost, isWithin(cost, limits.cost)),
    'p99 of the API to that with the least history': `${spread(api, 2)}`,
    'goal of p99': verdict(goals.historyApi, isWithin(api, limits.api)),
  });
}
