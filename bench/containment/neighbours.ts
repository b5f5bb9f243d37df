/**
 * The neighbours: small shell tasks, one after the other at a steady pace, whoever else is there.
 * A start is asked for when it is due and not when the one before has ended, so a node that stands
 * still makes all of them late.
 */
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { sleep, until } from '../../cluster/problem.ts';
import { hasEnded } from '../../cluster/samples.ts';

const dagId = 'neighbours';
const everyMs = 50;
const definition = { id: dagId, tasks: { small: { type: 'shell', command: ':' } } };
const patience = { withinMs: 60_000, everyMs: 100 };

interface Asked {
  readonly atMs: number;
  readonly runId: Promise<string | undefined>;
}

export const applyNeighbours = (cluster: LocalCluster): Promise<unknown> => {
  const text = JSON.stringify(definition);
  return cluster.ask((api) => api.applyDag(dagId, { type: 'json', text }));
};

/**
 * Milliseconds from the request to start each run until its task had ended, as the attempt's own
 * time says: the clocks are of one machine. A start that failed or a task that did not succeed has
 * taken for ever.
 */
export async function neighboursFor(
  cluster: LocalCluster,
  lastingMs: number,
): Promise<readonly number[]> {
  const asked: Asked[] = [];
  const beganMs = performance.now();
  for (let count = 0; count * everyMs < lastingMs; count++) {
    await sleep(beganMs + count * everyMs - performance.now());
    const { nodes } = cluster;
    const api = nodes[count % nodes.length]?.api;
    const runId = api?.startRun(dagId).then((run) => run.runId);
    asked.push({ atMs: Date.now(), runId: Promise.resolve(runId?.catch(() => undefined)) });
  }
  const tookMs: number[] = [];
  for (const { atMs, runId } of asked) tookMs.push((await endOf(cluster, await runId)) - atMs);
  return tookMs;
}

async function endOf(cluster: LocalCluster, runId: string | undefined): Promise<number> {
  if (runId === undefined) return Number.POSITIVE_INFINITY;
  return until('the end of a neighbour', patience, async () => {
    const run = await cluster.ask((api) => api.run(runId));
    if (!hasEnded(run)) return undefined;
    const endedAt = run.tasks[0]?.attempts.at(-1)?.endedAt;
    if (run.state !== 'success' || endedAt == null) return Number.POSITIVE_INFINITY;
    return Date.parse(endedAt);
  });
}
