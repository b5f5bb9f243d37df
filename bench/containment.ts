/**
 * `npm run bench -- containment [--seconds N] [--only NAME]`: tasks that harm, on three nodes, one
 * kind after the other, beside neighbours that want to be quick. Then all that last at once, ended
 * in each of the four ways.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type HarmfulTask, harmfulTasks } from '../cluster/harmful-tasks.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem } from '../cluster/problem.ts';
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
    const quiet = await phase(cluster, memory, forMs);
    print(`  ${'quiet'.padEnd(20)}  ${neighboursText(quiet)}`);
    let kept = true;
    for (const task of chosen) {
      const harmed = await phase(cluster, memory, forMs, task);
      print(`  ${task.name.padEnd(20)}  ${phaseText(quiet, harmed)}`);
      kept &&= isKept(quiet, harmed);
    }
    const after = await phase(cluster, memory, forMs);
    print(`  ${'quiet afterwards'.padEnd(20)}  ${phaseText(quiet, after)}`);
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
  return `p50 ${p50}, p99 ${high} ms of ${latenciesMs.length} neighbours`;
}

function phaseText(quiet: Phase, harmed: Phase): string {
  const { peer, executor } = growth(quiet.peaks, harmed.peaks);
  const { harm, elections } = harmed;
  const parts = [
    `${neighboursText(harmed)}, ${ratioOf(quiet, harmed).toFixed(2)} times`,
    `elections ${elections}`,
    `memory ${signed(peer)} MB (peer) ${signed(executor)} MB (executor)`,
  ];
  if (harm !== undefined) {
    const { attempts, left, tookMs, error } = harm;
    parts.push(`${attempts} attempts, ${left} processes left after ${tookMs.toFixed(0)} ms`);
    if (error !== undefined) parts.push(error.split('\n')[0] ?? '');
  }
  return parts.join('; ');
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
