/**
 * `npm run bench -- shell [TASKS]`: shell tasks a second through a whole cluster, beside `xargs -P`
 * with the same command on the same machine, in turn, three times after a round to warm up.
 *
 * A run's own times are taken: from its begin, which is when it was committed, to its end. Asking
 * often for a run of thousands of tasks would be a load of its own.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { until } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { print, printFigures, spread } from './figures.ts';
import { machine } from './machine.ts';

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
    const each = `{ type: shell, forEach: "range(${count})", command: "${command}" }`;
    const text = `id: shell\ndefaults: { resources: { cpu: 0 } }\ntasks:\n  each: ${each}\n`;
    await cluster.ask((api) => api.applyDag('shell', { type: 'yaml', text }));
    await bySkein(cluster, count);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      theirs.push(byXargs(count));
      ours.push(await bySkein(cluster, count));
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

async function bySkein(cluster: LocalCluster, count: number): Promise<number> {
  const { runId } = await cluster.ask((api) => api.startRun('shell'));
  const ended = await until('the run to end', { withinMs: 600_000, everyMs: 500 }, async () => {
    const run = await cluster.ask((api) => api.run(runId));
    return run.durationMs === null ? undefined : run;
  });
  if (ended.state !== 'success') throw new Error(`the run ended as ${ended.state}`);
  return (count / (ended.durationMs ?? Number.NaN)) * 1000;
}
