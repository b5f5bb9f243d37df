/**
 * `npm run bench -- log-flood [TASKS]`: as many tasks as said, 200 unless said, on one node, each
 * of which writes 10 MB a second for five seconds, or as fast as it may. The other nodes watch:
 * nobody may lose sight of the node, and nobody may elect.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../cluster/api.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { sleep, until } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures } from './figures.ts';
import { machine } from './machine.ts';

const tasksDefault = 200;
const perSecond = 10;
const seconds = 5;
/** A megabyte each time, at the pace that was asked for or slower, once there is the gate. */
const writing = (gate: string): string =>
  [
    `while [ ! -e '${gate}' ]; do sleep 0.2; done`,
    `i=0; while [ $i -lt ${perSecond * seconds} ]; do i=$((i+1))`,
    `head -c 1000000 /dev/zero; sleep ${1 / perSecond}; done`,
  ].join('; ');

/** What is seen of the cluster from outside while the flood lasts. */
interface Watch {
  readonly answersMs: readonly number[];
  readonly elections: number;
  /** Times at which a node was not seen alive. */
  readonly absences: number;
}

export async function logFloodBench([wanted]: readonly string[]): Promise<number> {
  const count = wanted === undefined ? tasksDefault : Number(wanted);
  print(machine());
  return withCluster(
    { nodes: 3, nodeArgs: ['--slots', String(count)] },
    async (cluster, folder) => {
      const { watch, tookMs } = await flood(cluster, count, join(folder, 'gate'));
      const logs = await Promise.all(cluster.nodes.map(({ api }) => logFigures(api)));
      const sum = (name: string): number =>
        logs.reduce((total, figures) => total + (figures.get(name) ?? 0), 0);
      const wrote = count * perSecond * seconds;
      printFigures({
        'written by the tasks': `${wrote} MB in ${(tookMs / 1000).toFixed(1)} s`,
        'a second': `${((wrote / tookMs) * 1000).toFixed(0)} MB`,
        'left out above the limit': `${megabytes(sum('skein_logs_cut_bytes_total'))} MB`,
        'copied to another node': `${megabytes(sum('skein_logs_copied_bytes_total'))} MB`,
        'answers of the others': `${percentile(watch.answersMs, 0.99).toFixed(0)} ms p99`,
        elections: String(watch.elections),
        'nodes lost sight of': String(watch.absences),
      });
      return watch.elections + watch.absences === 0 ? 0 : 1;
    },
  );
}

async function flood(cluster: LocalCluster, count: number, gate: string) {
  const task = `{ type: shell, command: "${writing(gate)}" }`;
  const tasks = Array.from({ length: count }, (_, at) => `  t${at}: ${task}`);
  const head = ['id: flood', 'defaults: { resources: { cpu: 0, memory: 1Mi } }', 'tasks:'];
  const text = [...head, ...tasks, ''].join('\n');
  await cluster.ask((api) => api.applyDag('flood', { type: 'yaml', text }));
  // All of them are to run on one node, and the others to take the copies.
  await drains(cluster, 'drain');
  const { runId } = await cluster.ask((api) => api.startRun('flood'));
  await until('all tasks to run', { withinMs: 120_000, everyMs: 200 }, async () => {
    const { tasks: all } = await cluster.ask((api) => api.run(runId));
    return all.every(({ state }) => state === 'running') || undefined;
  });
  await drains(cluster, 'resume');
  const before = await termOf(cluster);
  writeFileSync(gate, '');
  const beganMs = performance.now();
  const answersMs: number[] = [];
  let absences = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const askedMs = performance.now();
      absences += await cluster.ask(absent);
      answersMs.push(performance.now() - askedMs);
      await sleep(100);
    }
  })();
  const state = await until('the flood to end', { withinMs: 900_000, everyMs: 200 }, async () => {
    const run = await cluster.ask((api) => api.run(runId));
    return run.state === 'running' || run.state === 'queued' ? undefined : run.state;
  });
  const tookMs = performance.now() - beganMs;
  isOver = true;
  await watching;
  if (state !== 'success') print(`  the run ended as ${state}`);
  const watch: Watch = { answersMs, absences, elections: (await termOf(cluster)) - before };
  return { watch, tookMs };
}

/** Of all nodes but the first. */
async function drains(cluster: LocalCluster, what: 'drain' | 'resume'): Promise<void> {
  for (const { name } of cluster.nodes.slice(1)) {
    await cluster.ask(({ url }) =>
      fetch(`${url}/api/v1/cluster/nodes/${name}/${what}`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
      }),
    );
  }
}

/** Nodes that the leader does not see alive. */
async function absent(api: Api): Promise<number> {
  const { members } = await api.cluster();
  return members.filter(({ state }) => state !== 'alive').length;
}

const termOf = (cluster: LocalCluster): Promise<number> =>
  cluster.ask(async (api) => (await api.cluster()).term);

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** What a node says of its logs to a monitor, by name. */
async function logFigures({ url }: Api): Promise<ReadonlyMap<string, number>> {
  // They are as old as the executor's last word.
  await sleep(3_000);
  const text = await fetch(`${url}/metrics`).then((response) => response.text());
  const lines = text.split('\n').filter((line) => line.startsWith('skein_logs_'));
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
}
