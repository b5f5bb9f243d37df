/** One harmful task at work: started, and started again whenever it has ended, until it is told. */

import type { HarmfulTask } from '../../cluster/harmful-tasks.ts';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { sleep, until } from '../../cluster/problem.ts';
import { hasEnded } from '../../cluster/samples.ts';
import { type Attempt, type Gone, goneOf } from './task-processes.ts';

const dagId = 'harmful';
const lookEveryMs = 200;
const patience = { withinMs: 60_000, everyMs: lookEveryMs };

export interface Harm extends Gone {
  readonly attempts: number;
  /** How the last attempt that ended by itself has ended; undefined: none did. */
  readonly error: string | undefined;
}

/** Until `isOver`; then the task is cancelled if it still runs, and what is left of it counted. */
export async function doHarm(
  cluster: LocalCluster,
  task: HarmfulTask,
  isOver: () => boolean,
): Promise<Harm> {
  const { command, limits } = task;
  const harm = { type: 'shell', command, ...('limits' in task && { limits }) };
  const text = JSON.stringify({ id: dagId, tasks: { harm } });
  await cluster.ask((api) => api.applyDag(dagId, { type: 'json', text }));
  const attempts: Attempt[] = [];
  let error: string | undefined;
  while (!isOver()) {
    const { runId } = await cluster.ask((api) => api.startRun(dagId));
    let run = await cluster.ask((api) => api.run(runId));
    while (!hasEnded(run) && !isOver()) {
      await sleep(lookEveryMs);
      run = await cluster.ask((api) => api.run(runId));
    }
    if (hasEnded(run)) error = run.tasks[0]?.attempts.at(-1)?.error ?? undefined;
    else await cancelled(cluster, runId);
    run = await cluster.ask((api) => api.run(runId));
    for (const { taskId, attempts: all } of run.tasks)
      attempts.push(...all.map(({ token }) => ({ runId, taskId, token })));
  }
  return { ...(await goneOf(attempts)), attempts: attempts.length, error };
}

/** Asks a run to end, and waits until it has. */
export async function cancelled(cluster: LocalCluster, runId: string): Promise<void> {
  const path = `/api/v1/runs/${runId}/cancel`;
  // A run that has ended refuses it, and a node that has just been killed does not answer.
  await until('an answer to a cancel', patience, () => posted(cluster, path));
  await until(`the end of ${runId}`, patience, async () =>
    hasEnded(await cluster.ask((api) => api.run(runId))) ? true : undefined,
  );
}

/** Whether any node has answered. */
export async function posted(cluster: LocalCluster, path: string): Promise<true | undefined> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  for (const { api } of cluster.alive) {
    const response = await fetch(api.url + path, request).catch(() => undefined);
    if (response !== undefined && response.status < 500) return true;
  }
  return undefined;
}
