/**
 * A cluster with a long past. Runs are not carried out for it, which would take an hour: while the
 * nodes are down, their rows are written into the ledger of one, in the format of the production,
 * and that ledger is copied to the others. What reads it, LevelDB with its tables, is real.
 */
import { rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { until } from '../cluster/problem.ts';
import { dagId, versionId } from '../src/base/brand.ts';
import { firstPlace } from '../src/storage/ledger-place.ts';
import { withCluster } from './bench-cluster.ts';
import { endedTaskIds, openBenchStore, rowsOfRuns, writeBatch } from './ended-runs.ts';
import { print } from './figures.ts';

export interface OldCluster {
  readonly cluster: LocalCluster;
  readonly folder: string;
  /** Ended runs, all of the DAG `historyDag`. */
  readonly runs: number;
}

export const historyDag = 'history';
const runsPerBatch = 1_000;

/** One cluster for each number of runs, all of them at the same time. */
export async function withHistories<T>(
  sizes: readonly number[],
  measure: (clusters: readonly OldCluster[]) => Promise<T>,
): Promise<T> {
  const [runs, ...more] = sizes;
  if (runs === undefined) return measure([]);
  return withCluster({ nodes: 3 }, async (cluster, folder) => {
    const old = { cluster, folder, runs };
    await fill(old);
    return withHistories(more, (others) => measure([old, ...others]));
  });
}

async function fill({ cluster, folder, runs }: OldCluster): Promise<void> {
  const tasks = Object.fromEntries(endedTaskIds.map((id) => [id, { type: 'noop' }]));
  const text = JSON.stringify({ id: historyDag, tasks });
  const applied = await cluster.ask((api) => api.applyDag(historyDag, { type: 'json', text }));
  const owner = { dagId: dagId(historyDag), versionId: versionId(applied.versionId) };
  const [first, ...others] = await stopAll(cluster);
  if (first === undefined) return;
  const ledgerOf = (name: string): string => join(folder, 'cluster', name, firstPlace.store);
  const beganMs = performance.now();
  const store = await openBenchStore(dirname(ledgerOf(first)), firstPlace.store, { create: false });
  for (let from = 0; from < runs; from += runsPerBatch) {
    const range = { from, to: Math.min(runs, from + runsPerBatch) };
    await writeBatch(
      store,
      rowsOfRuns(() => owner, range),
    );
  }
  await new Promise<void>((done) => store.close(done));
  for (const name of others) {
    rmSync(ledgerOf(name), { recursive: true });
    await cp(ledgerOf(first), ledgerOf(name), { recursive: true });
  }
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  print(`${runs} ended runs were written into the ledgers of three nodes in ${seconds} s`);
  for (const { name } of cluster.nodes) cluster.startNode(name);
  await cluster.ready();
}

/**
 * The first of the names ends first, and the others have every entry that its ledger has: it may
 * become theirs.
 */
async function stopAll(cluster: LocalCluster): Promise<readonly string[]> {
  const [first, ...others] = cluster.nodes;
  await first?.child.stop();
  await until('the others to agree', { withinMs: 30_000, everyMs: 100 }, async () => {
    const nodes = await Promise.all(others.map(({ api }) => api.node()));
    return new Set(nodes.map(({ durableIndex }) => durableIndex)).size === 1 || undefined;
  });
  for (const { child } of others) await child.stop();
  return cluster.nodes.map(({ name }) => name);
}
