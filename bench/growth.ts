/**
 * `npm run bench -- growth`: tasks a second with 1, 3, 5 and 7 nodes. All of them share this one
 * machine, so it says what consensus costs as a cluster grows: every entry is sent to, and synced
 * by, so many more. What more machines would bring is not measured.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { print, printFigures, spread } from './figures.ts';
import { shapeWork } from './shape-bench.ts';
import { skeinDoes } from './skein-work.ts';
import { afterWarmUp, printGround } from './trials.ts';
import { describeWork, headline, smaller, unitOf, type Work } from './work.ts';
import { costFigures, withCosts } from './work-costs.ts';

const sizesDefault = '1,3,5,7';
/** Of the work of `bench -- wide` and `bench -- chains`: there are many trials of it. */
const share = 0.5;

export async function growthBench(args: readonly string[]): Promise<number> {
  const sizes = sizesOf(args);
  printGround('min | median | max of 3 trials after a warm-up');
  print(`all nodes on ${availableParallelism()} cores: what consensus costs, not what nodes bring`);
  for (const nodes of sizes) {
    print(nodes === 1 ? '1 node' : `${nodes} nodes`);
    await withCluster({ nodes }, async (cluster) => {
      for (const work of [shapeWork.wide, shapeWork.chains])
        await measure(cluster, smaller(work, share));
    });
  }
  return 0;
}

function sizesOf(args: readonly string[]): readonly number[] {
  const options = { nodes: { type: 'string', default: sizesDefault } } as const;
  const { nodes } = parseArgs({ args: [...args], options }).values;
  const sizes = nodes.split(',').map(Number);
  if (sizes.every((size) => [1, 3, 5, 7].includes(size))) return sizes;
  throw new Problem(`--nodes ${nodes}: write some of ${sizesDefault}`);
}

async function measure(cluster: LocalCluster, work: Work): Promise<void> {
  const trials = await afterWarmUp(() => withCosts(cluster, () => skeinDoes(cluster, work)));
  const figures = trials.map(({ done }) => headline(work, done));
  printFigures({
    [describeWork(work)]: `${spread(figures, 0)} ${unitOf[work.kind]}`,
    ...costFigures(
      work,
      trials.map(({ costs }) => costs),
    ),
  });
}
