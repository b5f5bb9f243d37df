/**
 * `npm run bench -- shell [TASKS]`: shell tasks a second through a whole cluster, beside `xargs -P`
 * with the same command on the same machine, in turn, three times after a round to warm up.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { withCluster } from './bench-cluster.ts';
import { print, printFigures, spread } from './figures.ts';
import { machine } from './machine.ts';
import { applyMapped, mappedPerSecond } from './mapped-run.ts';

const tasksDefault = 4_000;
const rounds = 3;
const command = ':';
const atOnce = availableParallelism() * 4;

export async function shellBench(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { nodes: { type: 'string', default: '3' } },
  });
  const count = Number(positionals[0] ?? tasksDefault);
  const nodes = Number(values.nodes);
  print(machine());
  return withCluster({ nodes }, async (cluster) => {
    const shell = { id: 'shell', count, task: `type: shell, command: "${command}"` };
    await applyMapped(cluster, shell);
    await mappedPerSecond(cluster, shell);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      theirs.push(byXargs(count));
      ours.push(await mappedPerSecond(cluster, shell));
    }
    const ratios = ours.map((each, round) => (100 * each) / (theirs[round] ?? Number.NaN));
    printFigures({
      [`skein, ${nodes} nodes`]: `${spread(ours)} tasks a second`,
      [`xargs -P ${atOnce}`]: `${spread(theirs)} commands a second`,
      ratio: `${spread(ratios)} % (minimum | median | maximum)`,
    });
    return 0;
  });
}

function byXargs(count: number): number {
  const input = `${Array.from({ length: count }, (_, at) => at).join('\n')}\n`;
  const beganMs = performance.now();
  execFileSync('xargs', ['-P', String(atOnce), '-n', '1', 'sh', '-c', command], { input });
  return (count / (performance.now() - beganMs)) * 1000;
}
