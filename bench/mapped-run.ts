/** A run of one mapped task: how many of its instances are done in a second. */
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { until } from '../cluster/problem.ts';

/**
 * Asks for no processor, so that only slots limit how many run at a time. `task`: what stands in
 * the definition beside the map.
 */
export async function applyMapped(
  cluster: LocalCluster,
  { id, count, task }: { readonly id: string; readonly count: number; readonly task: string },
): Promise<void> {
  const each = `{ forEach: "range(${count})", ${task} }`;
  const text = `id: ${id}\ndefaults: { resources: { cpu: 0 } }\ntasks:\n  each: ${each}\n`;
  await cluster.ask((api) => api.applyDag(id, { type: 'yaml', text }));
}

/**
 * A run's own times are taken: from its begin, which is when it was committed, to its end. It is
 * looked at when none of its DAG is live any more: to show thousands of tasks is a load by itself.
 */
export async function mappedPerSecond(
  cluster: LocalCluster,
  { id, count }: { readonly id: string; readonly count: number },
): Promise<number> {
  const { runId } = await cluster.ask((api) => api.startRun(id));
  await until('the run to end', { withinMs: 600_000, everyMs: 100 }, async () => {
    const { items } = await cluster.ask((api) => api.liveRuns(id));
    return items.length === 0 ? true : undefined;
  });
  const ended = await cluster.ask((api) => api.run(runId));
  if (ended.state !== 'success') throw new Error(`the run ended as ${ended.state}`);
  return (count / (ended.durationMs ?? Number.NaN)) * 1000;
}
