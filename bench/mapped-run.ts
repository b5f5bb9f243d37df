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
 * A run's own times are taken: from its begin, which is when it was committed, to its end. Asking
 * often for a run of thousands of tasks would be a load of its own.
 */
export async function mappedPerSecond(
  cluster: LocalCluster,
  { id, count }: { readonly id: string; readonly count: number },
): Promise<number> {
  const { runId } = await cluster.ask((api) => api.startRun(id));
  const ended = await until('the run to end', { withinMs: 600_000, everyMs: 500 }, async () => {
    const run = await cluster.ask((api) => api.run(runId));
    return run.durationMs === null ? undefined : run;
  });
  if (ended.state !== 'success') throw new Error(`the run ended as ${ended.state}`);
  return (count / (ended.durationMs ?? Number.NaN)) * 1000;
}
