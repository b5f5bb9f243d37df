/**
 * Placement in virtual time: how long recorded workflows take on clusters of some sizes, beside a
 * bound that no schedule beats, with Skein's own decide code and with two list schedulers. Nothing
 * is executed; hours of a workflow take seconds. `--scale` measures what placing costs, `--pods`
 * on how few nodes the pods of a GPU cluster are packed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout } from '../cluster/places.ts';
import { Problem } from '../cluster/problem.ts';
import { assert } from '../src/base/assert.ts';
import { percentile, print, printFigures } from './figures.ts';
import { machine } from './machine.ts';
import { makespanBoundMs } from './placement/bound.ts';
import { fairShareBench } from './placement/fair-share.ts';
import { bestFit, fifo } from './placement/list-schedule.ts';
import { type Cluster, loadOf } from './placement/load.ts';
import { podsBench } from './placement/pods.ts';
import { placementScale } from './placement/scale.ts';
import { runOnSkein } from './placement/skein-run.ts';
import { commitMs } from './placement/virtual-leader.ts';
import { readWorkload, type Workload } from './workload-file.ts';

interface PlacementOptions {
  readonly workloads: string;
  readonly only: string | null;
  readonly clusters: readonly Cluster[];
  readonly scale: boolean;
  readonly pods: boolean;
  readonly shares: boolean;
}

export async function placementBench(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  print(machine());
  if (options.scale) {
    placementScale();
    return 0;
  }
  if (options.pods) {
    podsBench(options.workloads);
    return 0;
  }
  if (options.shares) {
    fairShareBench();
    return 0;
  }
  const files = filesOf(options);
  const workloads = files.map(readWorkload);
  print(notes);
  for (const cluster of options.clusters) compare(workloads, cluster);
  const { user, system } = process.cpuUsage();
  print(`all of it took ${((user + system) / 1e6).toFixed(0)} s of processor time`);
  return 0;
}

const notes = `Makespan over its lower bound (bound.ts); nothing beats 1.
Skein: the real leader; an entry is committed ${commitMs} ms after it was proposed, and an attempt
takes its recorded time. Cold: nothing is known of the tasks; warm: each workflow has run once
before. fifo, best fit: list schedulers without a log (list-schedule.ts).
Nodes have 4 GiB of memory for each core.
`;

function readOptions(args: readonly string[]): PlacementOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workloads: { type: 'string' },
      only: { type: 'string' },
      nodes: { type: 'string', default: '3x8,10x16' },
      scale: { type: 'boolean', default: false },
      pods: { type: 'boolean', default: false },
      shares: { type: 'boolean', default: false },
    },
  });
  const folder = values.workloads ?? process.env.SKEIN_WORKLOADS;
  return {
    workloads: folder === undefined ? join(checkout, '../shared/workloads') : resolve(folder),
    only: values.only ?? null,
    clusters: values.nodes.split(',').map(clusterOf),
    scale: values.scale,
    pods: values.pods,
    shares: values.shares,
  };
}

function clusterOf(text: string): Cluster {
  const [, nodes, cores] = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(text) ?? [];
  if (nodes === undefined || cores === undefined)
    throw new Problem(`--nodes ${text}: write nodes and cores of each, as 3x8 or 3x8,10x16`);
  return { nodes: Number(nodes), coresPerNode: Number(cores) };
}

function filesOf({ workloads, only }: PlacementOptions): readonly string[] {
  if (!existsSync(workloads)) {
    const how = 'say where it is with --workloads DIR or SKEIN_WORKLOADS';
    throw new Problem(`the folder of recorded workflows, ${workloads}, is not there: ${how}`);
  }
  const names = readdirSync(workloads).filter((name) => name.endsWith('.json'));
  const wanted = names.filter((name) => only === null || basename(name, '.json') === only);
  if (wanted.length > 0) return wanted.sort().map((name) => join(workloads, name));
  throw new Problem(`${workloads} has no workflow instance${only === null ? '' : ` "${only}"`}`);
}

interface Row {
  readonly name: string;
  readonly isCampaign: boolean;
  readonly tasks: number;
  readonly boundMs: number;
  /** Makespans over the bound. */
  readonly ratios: Readonly<Record<'cold' | 'warm' | 'fifo' | 'bestFit', number>>;
  readonly clamped: number;
  readonly unmeasured: number;
  readonly cpuUsPerTask: number;
}

function compare(workloads: readonly Workload[], cluster: Cluster): void {
  print(`${cluster.nodes} nodes of ${cluster.coresPerNode} cores`);
  print(line(['', 'tasks', 'bound s', 'cold', 'warm', 'fifo', 'best fit', 'us/task', 'notes']));
  const rows = workloads.map((workload) => {
    const row = measure(workload, cluster);
    print(lineOf(row));
    return row;
  });
  const instances = rows.filter(({ isCampaign }) => !isCampaign);
  if (instances.length > 1) printSummary(instances);
  for (const { name, ratios } of rows.filter(({ isCampaign }) => isCampaign)) {
    const { cold, warm, fifo: queue, bestFit: packed } = ratios;
    const own = `Skein cold ${digits(cold)}, warm ${digits(warm)}`;
    const figures = `${own}, fifo ${digits(queue)}, best fit ${digits(packed)}`;
    printFigures({ [`${name}, all at once`]: figures });
  }
  print();
}

function measure(workload: Workload, cluster: Cluster): Row {
  const load = loadOf(workload, cluster);
  const { tasks, clamped, unmeasured } = load;
  const boundMs = makespanBoundMs(load);
  const cold = runOnSkein(workload, cluster, 'cold');
  const cpuBefore = process.cpuUsage();
  const warm = runOnSkein(workload, cluster, 'warm');
  const { user, system } = process.cpuUsage(cpuBefore);
  const over = ({ makespanMs }: { readonly makespanMs: number }): number => {
    assert(makespanMs > boundMs - 1e-3, `no schedule of ${workload.name} beats the bound`);
    return makespanMs / boundMs;
  };
  const lists = { fifo: over(fifo(load)), bestFit: over(bestFit(load)) };
  const ratios = { cold: over(cold), warm: over(warm), ...lists };
  const isCampaign = workload.dags.length > 1;
  const cpuUsPerTask = (user + system) / tasks.length;
  const counts = { tasks: tasks.length, clamped, unmeasured };
  return { name: workload.name, isCampaign, ...counts, boundMs, ratios, cpuUsPerTask };
}

function printSummary(instances: readonly Row[]): void {
  const spread = (of: (row: Row) => number): string => {
    const values = instances.map(of);
    return `median ${digits(percentile(values, 0.5))}, maximum ${digits(Math.max(...values))}`;
  };
  printFigures({
    instances: `${instances.length}, campaigns left out`,
    'Skein, cold': spread(({ ratios }) => ratios.cold),
    'Skein, warm': spread(({ ratios }) => ratios.warm),
    fifo: spread(({ ratios }) => ratios.fifo),
    'best fit': spread(({ ratios }) => ratios.bestFit),
  });
}

function lineOf({ name, tasks, boundMs, ratios, cpuUsPerTask, ...row }: Row): string {
  const said = [
    ...(row.unmeasured > 0 ? [`${row.unmeasured} tasks ask for 256 MiB: not measured`] : []),
    ...(row.clamped > 0 ? [`${row.clamped} tasks are cut down to a whole node`] : []),
  ];
  const { cold, warm, fifo: queue, bestFit: packed } = ratios;
  return line([
    ...[name, String(tasks), (boundMs / 1000).toFixed(1), digits(cold), digits(warm)],
    ...[digits(queue), digits(packed), cpuUsPerTask.toFixed(0)],
    said.join('; '),
  ]);
}

const digits = (ratio: number): string => ratio.toFixed(3);

const widths = [27, 6, 10, 8, 8, 8, 9, 9] as const;

/** The name, seven columns of figures, and notes. */
function line([name = '', ...columns]: readonly string[]): string {
  const padded = columns.map((text, place) => {
    const width = widths[place + 1];
    return width === undefined ? `  ${text}` : text.padStart(width);
  });
  return `  ${name.padEnd(widths[0])}${padded.join('')}`.trimEnd();
}
