/**
 * `npm run bench -- containment [--seconds N] [--only NAME]`: tasks that harm, on three nodes, one
 * kind after the other, beside neighbours that want to be quick. Before each of them the neighbours
 * are alone for as long: a machine is not as fast at one time as at another. Then all that last at
 * once, ended in each of the four ways.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type HarmfulTask, harmfulTasks } from '../cluster/harmful-tasks.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem, sleep, until } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { endings, endThem } from './containment/endings.ts';
import { doHarm, type Harm } from './containment/harm.ts';
import { applyNeighbours, neighboursFor } from './containment/neighbours.ts';
import { growth, NodeMemory, type NodePeak, sumOf } from './containment/node-memory.ts';
import { percentile, print, printFigures } from './figures.ts';
import { machine } from './machine.ts';

/** What is promised. */
const ratioMax = 2;
const growthBytesMax = 150e6;

const warmMs = 10_000;
/** The executors tell how far they are with copying every two seconds. */
const figuresMs = 2_500;
/** A bomb of a few thousand processes would only take longer to count. */
const nodeEnv = { SKEIN_TASKS_PROCESSES_MAX: '256' };

/** Some seconds of the cluster, with or without harm. */
interface Phase {
  readonly latenciesMs: readonly number[];
  readonly elections: number;
  readonly peaks: ReadonlyMap<string, NodePeak>;
  readonly harm: Harm | undefined;
}

export async function containmentBench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '30' }, only: { type: 'string' } },
  });
  const forMs = Number(values.seconds) * 1000;
  const chosen = Object.values<HarmfulTask>(harmfulTasks).filter(
    ({ name }) => values.only === undefined || name === values.only,
  );
  if (chosen.length === 0) throw new Problem(`"${values.only}" is not a harmful task`);
  print(machine());
  return withCluster({ nodes: 3, nodeEnv }, async (cluster, folder) => {
    await mustHold(cluster);
    const memory = new NodeMemory(cluster, join(folder, 'cluster'));
    await applyNeighbours(cluster);
    await neighboursFor(cluster, warmMs);
    let kept = true;
    for (const task of chosen) {
      await copied(cluster);
      const quiet = await phase(cluster, memory, forMs);
      const harmed = await phase(cluster, memory, forMs, task);
      print(`  ${task.name}`);
      printFigures(phaseFigures(quiet, harmed));
      kept = isKept(quiet, harmed) && kept;
    }
    if (values.only !== undefined) return kept ? 0 : 1;
    return (await allEndings(cluster, join(folder, 'cluster'))) && kept ? 0 : 1;
  });
}

/** Nobody lights a bomb where nothing holds it. */
async function mustHold(cluster: LocalCluster): Promise<void> {
  const { executor } = await cluster.ask((api) => api.node());
  const { controllers } = executor;
  if (controllers.includes('pids') && controllers.includes('memory')) return;
  throw new Problem('this machine has no control groups for processes and memory: no bomb here');
}

/** What the last one has written is copied: that is work which would go on beside the next one. */
async function copied(cluster: LocalCluster): Promise<void> {
  // The figures are as old as the executors' last word.
  await sleep(figuresMs);
  await until('the logs to be copied', { withinMs: 300_000, everyMs: 500 }, async () => {
    const nodes = await Promise.all(cluster.nodes.map(({ api }) => api.node()));
    return nodes.every(({ executor }) => (executor.logs?.lagBytes ?? 0) === 0) || undefined;
  });
}

async function phase(
  cluster: LocalCluster,
  memory: NodeMemory,
  forMs: number,
  task?: HarmfulTask,
): Promise<Phase> {
  const before = await termOf(cluster);
  memory.peaks();
  let isOver = false;
  const harming = task && doHarm(cluster, task, () => isOver);
  const latenciesMs = await neighboursFor(cluster, forMs);
  isOver = true;
  const harm = await harming;
  const elections = (await termOf(cluster)) - before;
  return { latenciesMs, elections, peaks: memory.peaks(), harm };
}

const termOf = (cluster: LocalCluster): Promise<number> =>
  cluster.ask(async (api) => (await api.cluster()).term);

const p99 = ({ latenciesMs }: Phase): number => percentile(latenciesMs, 0.99);

const ratioOf = (quiet: Phase, harmed: Phase): number => p99(harmed) / p99(quiet);

const isKept = (quiet: Phase, harmed: Phase): boolean =>
  ratioOf(quiet, harmed) < ratioMax &&
  harmed.elections === 0 &&
  sumOf(growth(quiet.peaks, harmed.peaks)) <= growthBytesMax &&
  (harmed.harm?.left ?? 0) === 0;

/** From the request to start a run to the end of its task, a shell that does nothing. */
function neighboursText({ latenciesMs }: Phase): string {
  const [p50, high] = [0.5, 0.99].map((share) => percentile(latenciesMs, share).toFixed(0));
  return `p50 ${p50}, p99 ${high} ms of ${latenciesMs.length}`;
}

function phaseFigures(quiet: Phase, harmed: Phase): Readonly<Record<string, string>> {
  const { peer, executor } = growth(quiet.peaks, harmed.peaks);
  const { harm, elections } = harmed;
  const figures = {
    '  neighbours alone': neighboursText(quiet),
    '  beside it': `${neighboursText(harmed)}, p99 ${ratioOf(quiet, harmed).toFixed(2)} times`,
    '  elections': String(elections),
    '  memory': `${signed(peer)} MB (peer), ${signed(executor)} MB (executor)`,
  };
  if (harm === undefined) return figures;
  const { attempts, left, tookMs, error } = harm;
  const said = error === undefined ? '' : `; ${error.split('\n')[0]}`;
  return {
    ...figures,
    '  attempts': `${attempts}${said}`,
    '  processes left': `${left} after ${tookMs.toFixed(0)} ms`,
  };
}

const signed = (bytes: number): string => `${bytes < 0 ? '-' : '+'}${megabytes(Math.abs(bytes))}`;
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

async function allEndings(cluster: LocalCluster, folder: string): Promise<boolean> {
  const figures: Record<string, string> = {};
  let left = 0;
  for (const ending of endings) {
    const gone = await endThem({ cluster, folder }, ending);
    const after = `after ${(gone.tookMs / 1000).toFixed(1)} s`;
    figures[ending] = `${gone.left} processes of ${gone.attempts} attempts left ${after}`;
    left += gone.left;
  }
  printFigures(figures);
  return left === 0;
}
