/** What work costs a cluster, in the counts that its peers keep, for each of its tasks. */
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { spread } from './figures.ts';
import type { Work } from './work.ts';

export interface WorkCosts {
  /** Synced batches of the Raft log, on the node that has the most. */
  readonly syncs: number;
  /** Of all peers; their executors count for themselves. */
  readonly messages: number;
  readonly bytes: number;
}

/** What `work` has cost, and the heartbeats meanwhile. */
export async function withCosts<T>(
  cluster: LocalCluster,
  work: () => Promise<T>,
): Promise<{ readonly done: T; readonly costs: WorkCosts }> {
  const read = () => Promise.all(cluster.alive.map(({ api }) => api.node()));
  const before = await read();
  const done = await work();
  const after = await read();
  const more = (name: string): readonly number[] =>
    after.map(({ counters }, at) => (counters[name] ?? 0) - (before[at]?.counters[name] ?? 0));
  const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
  const costs = {
    syncs: Math.max(...more('logSyncs')),
    messages: sum(more('messagesSent')),
    bytes: sum(more('bytesSent')),
  };
  return { done, costs };
}

/** For a report. */
export function costFigures(
  work: Work,
  costs: readonly WorkCosts[],
): Readonly<Record<string, string>> {
  const perTask = (of: (cost: WorkCosts) => number, digits: number): string =>
    spread(
      costs.map((cost) => of(cost) / tasksOf(work)),
      digits,
    );
  return {
    'syncs of the log for a task, on a node': perTask(({ syncs }) => syncs, 4),
    'messages of the peers for a task': perTask(({ messages }) => messages, 3),
    'bytes that the peers sent for a task': perTask(({ bytes }) => bytes, 0),
  };
}

export function tasksOf(work: Work): number {
  switch (work.kind) {
    case 'independent':
      return work.runs * work.width;
    case 'chain':
    case 'chains':
      return work.runs * work.length;
    case 'fan':
      return work.runs * (work.width + 2);
    case 'puts':
      return Number.NaN;
  }
}
