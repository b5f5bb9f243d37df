/**
 * How true predicted starts are: recorded workflows run in virtual time on a cluster that has run
 * them once before, with durations that differ from those by up to a fifth. At some moments of the
 * run a forecast says when every task that has not started will start; the run then shows when.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout } from '../cluster/places.ts';
import { Problem } from '../cluster/problem.ts';
import { type Accuracy, measureEta } from './eta/measure-eta.ts';
import { percentile, print, printFigures } from './figures.ts';
import { machine } from './machine.ts';
import { readWorkload } from './workload-file.ts';

/** The largest difference of a duration from the one that was learnt, as a share of it. */
const noise = 0.2;
/** Parts of the run's expected time after which a forecast is made. */
const moments = [0, 0.2, 0.4, 0.6, 0.8];

export async function etaBench(args: readonly string[]): Promise<number> {
  const { files, cluster, seed } = readOptions(args);
  print(machine());
  print(`Forecasts of starts at ${moments.map((part) => `${part * 100}%`).join(', ')} of the run,`);
  print(
    `durations within ${noise * 100}% of what was learnt, ${clusterText(cluster)}, seed ${seed}`,
  );
  print(line(['', 'starts', 'median s', 'p90 s', 'median', 'p90', 'forecast ms']));
  const all: Accuracy[] = [];
  for (const file of files) {
    const workload = readWorkload(file);
    const accuracy = measureEta(workload, { cluster, seed, noise, moments });
    all.push(accuracy);
    print(lineOf(workload.name, accuracy));
  }
  const shares = all.flatMap(({ errors }) => errors.map(({ share }) => share));
  const medians = all.map(({ errors }) =>
    percentile(
      errors.map(({ share }) => share),
      0.5,
    ),
  );
  printFigures({
    'all starts': `median ${percent(shares, 0.5)}, p90 ${percent(shares, 0.9)} of the makespan`,
    'median workflow': `median ${percent(medians, 0.5)} of the makespan`,
  });
  return 0;
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workloads: { type: 'string' },
      only: { type: 'string' },
      nodes: { type: 'string', default: '3x8' },
      seed: { type: 'string', default: '1' },
    },
  });
  const said = values.workloads ?? process.env.SKEIN_WORKLOADS;
  const folder = said === undefined ? join(checkout, '../shared/workloads') : resolve(said);
  if (!existsSync(folder)) throw new Problem(`${folder} is not there: say --workloads DIR`);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const wanted = names.filter((name) => [undefined, basename(name, '.json')].includes(values.only));
  if (wanted.length === 0) throw new Problem(`${folder} has no such workflow instance`);
  const [, nodes, cores] = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(values.nodes) ?? [];
  if (nodes === undefined) throw new Problem(`--nodes ${values.nodes}: write 3x8`);
  return {
    files: wanted.sort().map((name) => join(folder, name)),
    cluster: { nodes: Number(nodes), coresPerNode: Number(cores) },
    seed: Number(values.seed),
  };
}

const clusterText = ({ nodes, coresPerNode }: ReturnType<typeof readOptions>['cluster']): string =>
  `${nodes} nodes of ${coresPerNode} cores`;

function lineOf(name: string, { errors, forecastMs }: Accuracy): string {
  const seconds = errors.map(({ ms }) => ms / 1000);
  const shares = errors.map(({ share }) => share);
  return line([
    ...[name, String(errors.length)],
    ...[percentile(seconds, 0.5).toFixed(1), percentile(seconds, 0.9).toFixed(1)],
    ...[percent(shares, 0.5), percent(shares, 0.9), forecastMs.toFixed(0)],
  ]);
}

const percent = (shares: readonly number[], part: number): string =>
  `${(percentile(shares, part) * 100).toFixed(1)}%`;

const line = ([name = '', ...columns]: readonly string[]): string =>
  `  ${name.padEnd(27)}${columns.map((text) => text.padStart(12)).join('')}`;
