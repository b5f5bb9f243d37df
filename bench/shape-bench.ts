/**
 * `npm run bench -- wide | chains | fan`: tasks a second, and milliseconds for a small run, on
 * three nodes and a real NATS server, every step replicated and synced on a majority.
 */
import { withCluster } from './bench-cluster.ts';
import { printFigures, spread } from './figures.ts';
import { goals, verdict } from './goals.ts';
import { skeinDoes } from './skein-work.ts';
import { afterWarmUp, printGround } from './trials.ts';
import { describeWork, headline, unitOf, type Work } from './work.ts';
import { costFigures, tasksOf, withCosts } from './work-costs.ts';

export const shapeWork = {
  wide: { kind: 'independent', runs: 40, width: 1_000, atOnce: 8 },
  chains: { kind: 'chains', runs: 2_000, length: 10, atOnce: 256 },
  fan: { kind: 'fan', runs: 25, width: 100 },
} as const satisfies Record<string, Work>;

/** On one node, for a task, where there are many at once. */
const syncsMax = 0.1;

export async function shapeBench(name: keyof typeof shapeWork): Promise<number> {
  const work = shapeWork[name];
  printGround('3 nodes; min | median | max of 3 trials after a warm-up');
  return withCluster({ nodes: 3 }, async (cluster) => {
    const trials = await afterWarmUp(() => withCosts(cluster, () => skeinDoes(cluster, work)));
    const figures = trials.map(({ done }) => headline(work, done));
    const tails = trials.map(({ done }) => done.p99Ms ?? 0);
    printFigures({
      [describeWork(work)]: `${spread(figures, work.kind === 'fan' ? 1 : 0)} ${unitOf[work.kind]}`,
      ...(work.kind === 'fan' ? { 'p99 of each trial': `${spread(tails)} ms` } : {}),
      goal: goals[name],
      ...costFigures(
        work,
        trials.map(({ costs }) => costs),
      ),
    });
    const isWithin = trials.every(({ costs }) => costs.syncs <= syncsMax * tasksOf(work));
    if (work.kind !== 'fan') printFigures({ 'goal of syncs': verdict(goals.syncs, isWithin) });
    return 0;
  });
}
