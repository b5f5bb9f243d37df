/**
 * Function tasks whose calls share a process, through a whole cluster, beside no-op tasks in the
 * same run: in turn, three times after a round to warm up. Both are one mapped task.
 */
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures, spread } from './figures.ts';
import { goals, verdict } from './goals.ts';
import { applyMapped, mappedPerSecond } from './mapped-run.ts';

const count = 4_000;
const rounds = 3;
const shareMin = 70;

const noop = { id: 'noop', count, task: 'type: noop' };
const called = 'type: function, code: "export default (input) => input", input: 1';
const reused = { id: 'reused', count, task: `${called}, reuse: true` };

export function functionClusterBench(nodes: number): Promise<number> {
  print(`${nodes} nodes, mapped tasks of ${count}; min | median | max of ${rounds}`);
  return withCluster({ nodes }, async (cluster) => {
    for (const each of [noop, reused]) await applyMapped(cluster, each);
    await inTurn(cluster);
    const trials: { readonly noop: number; readonly reused: number }[] = [];
    for (let round = 0; round < rounds; round++) trials.push(await inTurn(cluster));
    const shares = trials.map((trial) => (100 * trial.reused) / trial.noop);
    printFigures({
      'no-op': `${spread(trials.map((trial) => trial.noop))} tasks a second`,
      'function, reused': `${spread(trials.map((trial) => trial.reused))} tasks a second`,
      share: `${spread(shares)} %`,
      goal: verdict(goals.functions, percentile(shares, 0.5) >= shareMin),
    });
    return 0;
  });
}

async function inTurn(cluster: LocalCluster) {
  const before = await mappedPerSecond(cluster, noop);
  return { noop: before, reused: await mappedPerSecond(cluster, reused) };
}
