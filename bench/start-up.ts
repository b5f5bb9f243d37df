/**
 * `npm run bench -- start-up`: how long people and the cluster wait for a process to begin. From
 * nothing to three nodes that are ready and to the end of a first run; a node of a cluster that
 * works, stopped in order or killed, until it is ready again; one command of the command line.
 *
 * Not measured: a node with a long history (`bench -- history`), several machines.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Api } from '../cluster/api.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { checkout } from '../cluster/places.ts';
import { Problem, until } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { printFigures, spread } from './figures.ts';
import { printGround } from './trials.ts';

const roundCount = 5;
const firstDag = { id: 'first', tasks: { only: { type: 'noop' } } };

interface Round {
  readonly readyMs: number;
  readonly firstRunMs: number;
  readonly restartMs: number;
  readonly afterKillMs: number;
  readonly commandMs: number;
}

export async function startUpBench(): Promise<number> {
  printGround(`3 nodes; min | median | max of ${roundCount} new clusters after a warm-up`);
  await measure();
  const rounds: Round[] = [];
  while (rounds.length < roundCount) rounds.push(await measure());
  const figure = (of: (round: Round) => number): string => `${spread(rounds.map(of), 0)} ms`;
  printFigures({
    'three nodes and NATS, empty folders, to ready': figure(({ readyMs }) => readyMs),
    'to the end of a first run': figure(({ firstRunMs }) => firstRunMs),
    'a node that was stopped, to ready': figure(({ restartMs }) => restartMs),
    'a node that was killed, to ready': figure(({ afterKillMs }) => afterKillMs),
    '`skein dags`, a process of its own': figure(({ commandMs }) => commandMs),
  });
  return 0;
}

async function measure(): Promise<Round> {
  const beganMs = performance.now();
  return withCluster({ nodes: 3 }, async (cluster) => {
    const readyMs = performance.now() - beganMs;
    const leader = await cluster.leader();
    await leader.api.applyDag(firstDag.id, { type: 'json', text: JSON.stringify(firstDag) });
    await ended(leader.api, (await leader.api.startRun(firstDag.id)).runId);
    const firstRunMs = performance.now() - beganMs;
    const follower = cluster.nodes.find(({ name }) => name !== leader.name);
    if (follower === undefined) throw new Problem('a cluster of three has followers', 1);
    const { name, child } = follower;
    const restartMs = await restart(cluster, name, () => child.stop());
    const afterKillMs = await restart(cluster, name, () => cluster.killNode(name));
    return { readyMs, firstRunMs, restartMs, afterKillMs, commandMs: commandMs(leader.api) };
  });
}

async function restart(
  cluster: LocalCluster,
  name: string,
  end: () => Promise<unknown>,
): Promise<number> {
  await end();
  const beganMs = performance.now();
  await cluster.restartNode(name);
  return performance.now() - beganMs;
}

async function ended(api: Api, runId: string): Promise<void> {
  await until('the end of the first run', { withinMs: 30_000, everyMs: 2 }, async () => {
    const { state } = await api.run(runId);
    if (state === 'failed') throw new Problem('the first run has failed', 1);
    return state === 'success' || undefined;
  });
}

function commandMs(api: Api): number {
  const beganMs = performance.now();
  const launcher = join(checkout, 'bin', 'skein');
  const { status, stderr } = spawnSync(process.execPath, [launcher, 'dags'], {
    env: { ...process.env, SKEIN_SERVER: api.url },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Problem(`skein dags: ${stderr}`, 1);
  return performance.now() - beganMs;
}
