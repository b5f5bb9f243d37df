/**
 * The four ways in which a task that does not want to end is ended: what is left of it, and for
 * how long. All the tasks that last run at once, so that each way meets each of them.
 */
import { join } from 'node:path';
import { killExecutor } from '../../cluster/end-executor.ts';
import { type HarmfulTask, harmfulTasks } from '../../cluster/harmful-tasks.ts';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { until } from '../../cluster/problem.ts';
import { cancelled, posted } from './harm.ts';
import { type Attempt, type Gone, goneOf, processesOf } from './task-processes.ts';

export const endings = ['cancel', 'time-out', 'SIGKILL of executor', 'SIGKILL of peer'] as const;
export type Ending = (typeof endings)[number];

const dagId = 'lasting';
const patience = { withinMs: 60_000, everyMs: 100 };
/** Long enough for all of them to have begun. */
const timeout = '5s';

const lasting: readonly HarmfulTask[] = Object.values(harmfulTasks).filter(({ lasts }) => lasts);

/** What came of it; `folder` holds the directories of the nodes. */
export async function endThem(
  { cluster, folder }: { readonly cluster: LocalCluster; readonly folder: string },
  ending: Ending,
): Promise<Gone & { readonly attempts: number }> {
  // A node that does not lead: who kills the leader wants an election.
  const leader = await cluster.leader();
  const victim = cluster.nodes.find(({ name }) => name !== leader.name)?.name ?? '';
  const tasks = lasting.map(({ name, command, limits }, at) => {
    const rules = { ...(limits && { limits }), ...(ending === 'time-out' && { timeout }) };
    return [`t${at}`, { type: 'shell', description: name, command, ...rules }] as const;
  });
  const definition = { id: dagId, tasks: Object.fromEntries(tasks) };
  const text = JSON.stringify(definition);
  await cluster.ask((api) => api.applyDag(dagId, { type: 'json', text }));
  await others(cluster, victim, 'drain');
  const { runId } = await cluster.ask((api) => api.startRun(dagId));
  const attempts = await until('all of them to run', patience, () => running(cluster, runId));
  await others(cluster, victim, 'resume');
  if (ending === 'cancel') await cancelled(cluster, runId);
  else if (ending === 'time-out') await until('time-outs', patience, () => ended(attempts));
  else if (ending === 'SIGKILL of executor') killExecutor(join(folder, victim));
  else cluster.node(victim).child.kill('SIGKILL');
  const gone = await goneOf(attempts);
  // Attempts that were lost with their node have been begun again elsewhere.
  await cancelled(cluster, runId);
  // A node ends with its executor.
  if (ending.startsWith('SIGKILL')) await cluster.restartNode(victim);
  return { ...gone, attempts: attempts.length };
}

/** The attempts, once each task has one that has begun. */
async function running(
  cluster: LocalCluster,
  runId: string,
): Promise<readonly Attempt[] | undefined> {
  const { tasks } = await cluster.ask((api) => api.run(runId));
  const attempts = tasks.flatMap(({ taskId, attempts: [first] }) =>
    first === undefined ? [] : [{ runId, taskId, token: first.token }],
  );
  const haveBegun = attempts.every((each) => processesOf([each]).length > 0);
  return attempts.length === tasks.length && haveBegun ? attempts : undefined;
}

const ended = (attempts: readonly Attempt[]): true | undefined =>
  processesOf(attempts).length === 0 || undefined;

async function others(
  cluster: LocalCluster,
  victim: string,
  what: 'drain' | 'resume',
): Promise<void> {
  const names = cluster.nodes.map(({ name }) => name).filter((name) => name !== victim);
  for (const name of names) {
    const path = `/api/v1/cluster/nodes/${name}/${what}`;
    await until(`the ${what} of ${name}`, patience, () => posted(cluster, path));
  }
}
