/**
 * How long the cluster itself takes: a chain of 100 no-op tasks (milliseconds per edge), and a
 * fan-out to 2,000 of them (tasks per second). Every step is replicated and synced on a majority.
 */
import type { RunDetail } from '../cluster/api.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { sleep } from '../cluster/problem.ts';
import { hasEnded } from '../cluster/samples.ts';
import { withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures, spread } from './figures.ts';
import { edgeLatenciesMs } from './run-checks.ts';

const chainLength = 100;
const fanWidth = 2_000;
const trials = 5;

export async function edgeBench(): Promise<number> {
  return withCluster({ nodes: 3 }, async (cluster) => {
    await apply(cluster, 'chain', chain());
    await apply(cluster, 'fan', fan());
    // The first run of each warms code and files.
    const chains = (await runs(cluster, 'chain', trials + 1)).slice(1);
    const fans = (await runs(cluster, 'fan', trials + 1)).slice(1);
    const edges = chains.flatMap((run) => edgeLatenciesMs([run]));
    const perEdge = chains.map((run) => spanMs(run) / (chainLength - 1));
    const rates = fans.map((run) => (fanWidth * 1000) / spanMs(run));
    const [p50, p99] = [percentile(edges, 0.5), percentile(edges, 0.99)];
    print(`3 nodes, ${trials} trials after a warm-up; min | median | max`);
    printFigures({
      'chain of 100: edge latency': `p50 ${p50} ms, p99 ${p99} ms (end of a task to next start)`,
      'chain of 100: time per edge': `${spread(perEdge, 2)} ms (whole run / edges)`,
      'fan-out 2,000: tasks per second': spread(rates, 0),
    });
    return [...chains, ...fans].every(({ state }) => state === 'success') ? 0 : 1;
  });
}

type Tasks = Readonly<Record<string, { readonly type: 'noop'; readonly dependsOn: string[] }>>;

const chain = (): Tasks =>
  Object.fromEntries(
    Array.from({ length: chainLength }, (_, place) => {
      const dependsOn = place === 0 ? [] : [`t${place - 1}`];
      return [`t${place}`, { type: 'noop', dependsOn }];
    }),
  );

const fan = (): Tasks => ({
  root: { type: 'noop', dependsOn: [] },
  ...Object.fromEntries(
    Array.from({ length: fanWidth }, (_, place) => [
      `t${place}`,
      { type: 'noop', dependsOn: ['root'] },
    ]),
  ),
});

async function apply(cluster: LocalCluster, id: string, tasks: Tasks): Promise<void> {
  const text = JSON.stringify({ id, tasks });
  await cluster.ask((api) => api.applyDag(id, { type: 'json', text }));
}

/** One after the other; a run is looked at rarely, because looking costs the cluster time too. */
async function runs(
  cluster: LocalCluster,
  dagId: string,
  count: number,
): Promise<readonly RunDetail[]> {
  const ended: RunDetail[] = [];
  while (ended.length < count) {
    const { runId } = await cluster.ask((api) => api.startRun(dagId));
    let run: RunDetail;
    do {
      await sleep(500);
      run = await cluster.ask((api) => api.run(runId));
    } while (!hasEnded(run));
    ended.push(run);
  }
  return ended;
}

/** From the end of the first task to the end of the last one. */
function spanMs({ tasks }: RunDetail): number {
  const ends = tasks.map(({ endedAt }) => Date.parse(endedAt ?? ''));
  return Math.max(1, Math.max(...ends) - Math.min(...ends));
}
