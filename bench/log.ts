/**
 * `npm run bench -- log`: what the replicated log alone commits. Three processes with Raft, LevelDB
 * and NATS as a node has them, entries of 256 B, each of them synced on a majority, the leader's
 * own proposals in flight. `npm run bench -- peers etcd` shows etcd's beside it.
 */
import { printFigures, spread } from './figures.ts';
import { goals } from './goals.ts';
import { LogCluster } from './log-cluster.ts';
import { afterWarmUp, printGround } from './trials.ts';

export const logSizes = { bytes: 256, seconds: 4 } as const;
export const logInFlight = [1, 64, 512] as const;

export async function logBench(): Promise<number> {
  printGround(`3 nodes, entries of ${logSizes.bytes} B; min | median | max of 3 trials`);
  const cluster = await LogCluster.start();
  const figures: Record<string, string> = {};
  for (const inFlight of logInFlight) {
    const trials = await afterWarmUp(() => cluster.measure({ ...logSizes, inFlight }));
    const rate = spread(
      trials.map(({ perSecond }) => perSecond ?? 0),
      0,
    );
    const p50 = spread(
      trials.map(({ p50Ms }) => p50Ms ?? 0),
      2,
    );
    const p99 = spread(
      trials.map(({ p99Ms }) => p99Ms ?? 0),
      2,
    );
    figures[`${inFlight} in flight`] = `${rate} commits/s; p50 ${p50} ms; p99 ${p99} ms`;
  }
  await cluster.stop();
  printFigures({ ...figures, goal: goals.log, 'and alone': goals.logAlone });
  return 0;
}
