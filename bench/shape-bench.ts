/**
 * `npm run bench -- wide | chains | fan`: tasks a second, and milliseconds for a small run, on
 * three nodes and a real NATS server, every step replicated and synced on a majority.
 */
import { withCluster } from './bench-cluster.ts';
import { printFigures, spread } from './figures.ts';
import { goals } from './goals.ts';
import { skeinDoes } from './skein-work.ts';
import { afterWarmUp, printGround } from './trials.ts';
import { describeWork, headline, unitOf, type Work } from './work.ts';

export const shapeWork = {
  wide: { kind: 'independent', runs: 40, width: 1_000, atOnce: 8 },
  chains: { kind: 'chains', runs: 2_000, length: 10, atOnce: 256 },
  fan: { kind: 'fan', runs: 25, width: 100 },
} as const satisfies Record<string, Work>;

export async function shapeBench(name: keyof typeof shapeWork): Promise<number> {
  const work = shapeWork[name];
  printGround('3 nodes; min | median | max of 3 trials after a warm-up');
  return withCluster({ nodes: 3 }, async (cluster) => {
    const trials = await afterWarmUp(() => skeinDoes(cluster, work));
    const figures = trials.map((trial) => headline(work, trial));
    const tails = trials.map(({ p99Ms }) => p99Ms ?? 0);
    printFigures({
      [describeWork(work)]: `${spread(figures, work.kind === 'fan' ? 1 : 0)} ${unitOf[work.kind]}`,
      ...(work.kind === 'fan' ? { 'p99 of each trial': `${spread(tails)} ms` } : {}),
      goal: goals[name],
    });
    return 0;
  });
}
