/**
 * Large workflows: how long they take from the file to the end, and how long anything held a node's
 * event loop meanwhile. Tasks that do nothing: 10,000 tasks in wide layers, a map of 5,000
 * instances with a fan-in behind it, a chain of 2,000. Where several nodes share few processors, a
 * turn counts with its wait for the processor: `--nodes 1` shows what the turns themselves take.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ApiError, type RunDetail } from '../cluster/api.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem, sleep } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { print, printFigures } from './figures.ts';

/** No turn of an actor may hold its event loop for longer. */
const heldMsGoal = 50;
const pollMs = 500;
/** A run that takes longer than this has got stuck. */
const runMsMax = 20 * 60_000;

export interface LargeSizes {
  readonly layers: number;
  readonly width: number;
  readonly items: number;
  readonly links: number;
}

export async function largeBench(args: readonly string[]): Promise<number> {
  const { share, nodes, only } = readOptions(args);
  const part = (count: number): number => Math.max(1, Math.round(count * share));
  const sizes = { layers: 20, width: part(500), items: part(5_000), links: part(2_000) };
  return withCluster({ nodes }, async (cluster) => {
    const size = nodes === 1 ? '1 node' : `${nodes} nodes on ${availableParallelism()} processors`;
    print(`${size}, tasks that do nothing; the goal: no turn holds a loop over ${heldMsGoal} ms`);
    await showLoops(cluster, 'before');
    let isGood = true;
    for (const [id, { what, file, instances }] of Object.entries(largeDags(sizes))) {
      if (only.length > 0 && !only.includes(id)) continue;
      print(`${id}: ${what}`);
      const run = await measure(cluster, { id, file, instances });
      const succeeded = run.counts.success ?? 0;
      if (run.state !== 'success' || succeeded !== instances) {
        isGood = false;
        print(`  WRONG: ${run.state}, ${succeeded} of ${instances} task instances succeeded`);
      }
      await showLoops(cluster, 'so far');
    }
    return isGood ? 0 : 1;
  });
}

interface LargeDag {
  readonly what: string;
  readonly file: object;
  /** Task instances of one run. */
  readonly instances: number;
}

/** The definitions, by their ids. */
export function largeDags(sizes: LargeSizes): Readonly<Record<string, LargeDag>> {
  const { layers, width, items, links } = sizes;
  return {
    wide: {
      what: `${layers * width} tasks in ${layers} layers, each task behind two of the layer before`,
      file: { id: 'wide', tasks: layered(layers, width) },
      instances: layers * width,
    },
    mapped: {
      what: `${items} mapped instances and a fan-in behind them`,
      file: { id: 'mapped', tasks: mapped(items) },
      instances: items + 2,
    },
    chain: {
      what: `a chain of ${links}`,
      file: { id: 'chain', tasks: layered(links, 1) },
      instances: links,
    },
  };
}

type Tasks = Readonly<Record<string, object>>;

function layered(layers: number, width: number): Tasks {
  const tasks: Record<string, object> = {};
  const idOf = (layer: number, place: number): string => `t${layer}_${place % width}`;
  for (let layer = 0; layer < layers; layer++) {
    for (let place = 0; place < width; place++) {
      const parents = [idOf(layer - 1, place), idOf(layer - 1, place + 1)];
      const dependsOn = layer === 0 ? [] : [...new Set(parents)];
      tasks[idOf(layer, place)] = { type: 'noop', dependsOn };
    }
  }
  return tasks;
}

const mapped = (items: number): Tasks => ({
  first: { type: 'noop' },
  each: {
    type: 'noop',
    dependsOn: ['first'],
    forEach: `range(${items})`,
  },
  last: { type: 'noop', dependsOn: ['each'] },
});

async function measure(
  cluster: LocalCluster,
  { id, file, instances }: { readonly id: string; readonly file: object; instances: number },
): Promise<RunDetail> {
  const text = JSON.stringify(file);
  const applyMs = await timed(() =>
    cluster.ask((api) => api.applyDag(id, { type: 'json', text }), 120_000),
  );
  const runId = `${id}.1`;
  const started = performance.now();
  await cluster.ask((api) => api.startRun(id, { runId }, { key: runId }));
  const endMs = await ended(cluster, id, started);
  let run: RunDetail | undefined;
  const readMs = await timed(async () => {
    run = await cluster.ask((api) => api.run(runId));
  });
  if (run === undefined) throw new Problem(`run ${runId} is not there`);
  printFigures({
    definition: `${(text.length / 1024).toFixed(0)} KiB of JSON`,
    'time to apply': `${applyMs.toFixed(0)} ms`,
    'start to end': `${(endMs / 1000).toFixed(1)} s`,
    'tasks per second': ((instances * 1000) / endMs).toFixed(0),
    'reading the whole run': `${readMs.toFixed(0)} ms`,
  });
  return run;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await act();
  return performance.now() - from;
}

/** Milliseconds from `started` to the end of the DAG's only run, as the list of runs shows it. */
async function ended(cluster: LocalCluster, id: string, started: number): Promise<number> {
  while (performance.now() - started < runMsMax) {
    const { items } = await cluster.ask((api) => api.runs(id));
    const [run] = items;
    if (run?.endedAt != null) return Date.parse(run.endedAt) - Date.parse(run.createdAt);
    await sleep(pollMs);
  }
  throw new Problem(`the run of ${id} has not ended after ${runMsMax / 60_000} minutes`);
}

/** Delay of each peer's event loop, as its node reports it. */
async function showLoops(cluster: LocalCluster, when: string): Promise<void> {
  const figures: Record<string, string> = {};
  for (const { name, api } of cluster.alive) {
    const { role, loopDelayMs, counters } = await nodeOf(api);
    const { p99, max } = loopDelayMs;
    figures[`${name} (${role}), ${when}`] =
      `loop delay p99 ${p99} ms, max ${max} ms; longest turn ${counters.longestTurnMs ?? 0} ms`;
  }
  printFigures(figures);
}

function nodeOf(api: LocalCluster['alive'][number]['api']) {
  return api.node().catch((error: unknown) => {
    if (error instanceof ApiError) throw new Problem(error.message);
    throw error;
  });
}

interface LargeOptions {
  readonly share: number;
  readonly nodes: number;
  /** Ids of the workflows to run; none: all. */
  readonly only: readonly string[];
}

function readOptions(args: readonly string[]): LargeOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      share: { type: 'string', default: '1' },
      nodes: { type: 'string', default: '3' },
    },
  });
  const [share, nodes] = [Number(values.share), Number(values.nodes)];
  if (!(share > 0 && share <= 1)) {
    throw new Problem(`--share ${values.share}: write a number above 0, up to 1`);
  }
  if (![1, 3, 5, 7].includes(nodes)) throw new Problem(`--nodes ${values.nodes}: 1, 3, 5 or 7`);
  return { share, nodes, only: positionals };
}
