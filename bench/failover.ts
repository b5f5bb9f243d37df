/**
 * Fail-over as clients feel it: something happens to the leader, again and again, under 50 writes
 * per second to the other nodes. Measured: the longest time without an acknowledged write at each
 * round. At the end every acknowledged write must be there.
 */
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { sleep } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures } from './figures.ts';
import { type LeaderFault, leaderFaults } from './leader-faults.ts';
import { missingWrites, Writer, writesDag } from './writer.ts';

/** Writes go on for this long before each round, in milliseconds. */
const beforeMs = 1_000;

interface Round {
  readonly gapMs: number;
  readonly elections: number;
}

export async function failoverBench(
  kind: keyof typeof leaderFaults,
  wanted: number | undefined,
): Promise<number> {
  const fault: LeaderFault = leaderFaults[kind];
  const count = wanted ?? fault.rounds;
  return withCluster({ nodes: 3 }, async (cluster) => {
    await cluster.ask((api) => api.applyDag('writes', { type: 'yaml', text: writesDag }));
    const writer = new Writer(cluster);
    const rounds: Round[] = [];
    print(`3 nodes, 50 writes per second: ${fault.title}`);
    while (rounds.length < count) {
      const round = await strikeOnce(cluster, writer, fault);
      rounds.push(round);
      const { gapMs, elections } = round;
      print(`  round ${rounds.length}: ${gapMs.toFixed(0)} ms, ${elections} elections`);
    }
    await writer.settle();
    const missing = await missingWrites(cluster, writer.acknowledged);
    const elections = rounds.reduce((sum, round) => sum + round.elections, 0);
    const { acknowledged } = writer;
    printFigures({
      'no acknowledged write for': `${gaps(rounds)} ms (min | median | p95 | max, n=${count})`,
      elections: `${elections}${fault.electionsMax === 0 ? ', none is wanted' : ''}`,
      'acknowledged writes': `${acknowledged.length}, missing afterwards: ${missing.length}`,
    });
    const calm = rounds.every((round) => round.elections <= fault.electionsMax);
    return calm && missing.length === 0 ? 0 : 1;
  });
}

const gaps = (rounds: readonly Round[]): string =>
  [0, 0.5, 0.95, 1]
    .map((share) =>
      percentile(
        rounds.map(({ gapMs }) => gapMs),
        share,
      ).toFixed(0),
    )
    .join(' | ');

/** One fault under load, healed again. */
async function strikeOnce(
  cluster: LocalCluster,
  writer: Writer,
  fault: LeaderFault,
): Promise<Round> {
  const leader = await cluster.leader();
  const termBefore = await termOf(cluster);
  writer.begin(cluster.nodes.filter(({ name }) => name !== leader.name));
  await sleep(beforeMs);
  const struckMs = performance.now();
  fault.strike(leader);
  await sleep(fault.watchMs);
  while (writer.lastAckMs < struckMs) await sleep(20);
  writer.end();
  await fault.heal(cluster, leader);
  const elections = (await termOf(cluster)) - termBefore;
  return { gapMs: writer.longestGapMs(struckMs), elections };
}

/** Every election raises it. */
const termOf = async (cluster: LocalCluster): Promise<number> =>
  cluster.ask(async (api) => (await api.cluster()).term);
