/**
 * `npm run bench -- log-flood [TASKS]`: as many tasks as said, 200 unless said, on one node, each
 * of which writes 10 MB a second for five seconds, or as fast as it may. The other nodes watch:
 * nobody may lose sight of the node, and nobody may elect.
 */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
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
/** The executors tell their figures every two seconds. */
const figuresMs = 3_000;
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
  /** For how long the leader had heard nothing of a voter, at most, whenever it was asked. */
  readonly unheardMsMax: number;
}

export async function logFloodBench([wanted]: readonly string[]): Promise<number> {
  const count = wanted === undefined ? tasksDefault : Number(wanted);
  print(machine());
  return withCluster(
    { nodes: 3, nodeArgs: ['--slots', String(count)] },
    async (cluster, folder) => {
      await sleep(figuresMs);
      const before = await heartbeats(cluster);
      const { watch, tookMs } = await flood(cluster, count, join(folder, 'gate'));
      const copied = copiedBytes(join(folder, 'cluster'));
      await sleep(figuresMs);
      const after = await heartbeats(cluster);
      const missed = after.missed - before.missed;
      const cut = await cutBytes(cluster);
      const wrote = count * perSecond * seconds;
      printFigures({
        'written by the tasks': `${wrote} MB in ${(tookMs / 1000).toFixed(1)} s`,
        'a second': `${((wrote / tookMs) * 1000).toFixed(0)} MB`,
        'left out above the limit': `${megabytes(cut)} MB`,
        'copied by then': `${megabytes(copied)} MB, ${megabytes(copied / (tookMs / 1000))} each s`,
        'answers of the others': `${percentile(watch.answersMs, 0.99).toFixed(0)} ms p99`,
        elections: String(watch.elections),
        'nodes lost sight of': String(watch.absences),
        'heartbeats of executors': `${after.answered - before.answered} answered, ${missed} missed`,
        'longest between two answers': `${after.gapMsMax} ms`,
        'longest silence of a voter': `${Math.round(watch.unheardMsMax)} ms`,
        'copied afterwards': await catchUp(cluster, join(folder, 'cluster')),
      });
      return watch.elections + watch.absences + missed === 0 ? 0 : 1;
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
  let unheardMsMax = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const askedMs = performance.now();
      absences += await cluster.ask(absent);
      answersMs.push(performance.now() - askedMs);
      unheardMsMax = Math.max(unheardMsMax, await unheardMs(cluster));
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
  const elections = (await termOf(cluster)) - before;
  return { watch: { answersMs, absences, elections, unheardMsMax } satisfies Watch, tookMs };
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

/** Of the follower that the leader has not heard for the longest time. */
async function unheardMs(cluster: LocalCluster): Promise<number> {
  const views = await Promise.all(cluster.nodes.map(({ api }) => api.cluster().catch(() => null)));
  const all = views.flatMap((view) => view?.members ?? []);
  return Math.max(0, ...all.map(({ heardMsAgo }) => heardMsAgo ?? 0));
}

const termOf = (cluster: LocalCluster): Promise<number> =>
  cluster.ask(async (api) => (await api.cluster()).term);

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

const executors = async (cluster: LocalCluster) =>
  (await Promise.all(cluster.nodes.map(({ api }) => api.node()))).map(({ executor }) => executor);

/** Of all executors; as old as their last words. */
async function heartbeats(cluster: LocalCluster) {
  const all = (await executors(cluster)).flatMap((executor) => executor.heartbeats ?? []);
  const sum = (key: 'answered' | 'missed'): number =>
    all.reduce((total, figures) => total + figures[key], 0);
  const gapMsMax = Math.max(...all.map((figures) => figures.gapMsMax));
  return { answered: sum('answered'), missed: sum('missed'), gapMsMax };
}

const cutBytes = async (cluster: LocalCluster): Promise<number> =>
  (await executors(cluster)).reduce((total, { logs }) => total + (logs?.cutBytes ?? 0), 0);

/** What the copies of all nodes reach on the disk. */
function copiedBytes(folder: string): number {
  const copies = readdirSync(folder).map((name) => join(folder, name, 'log-copies'));
  const files = copies.filter((path) => existsSync(path)).flatMap((path) => filesIn(path));
  return files.reduce((total, path) => total + statSync(path).size, 0);
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });

/** How long the rest took when nobody wrote any more. */
async function catchUp(cluster: LocalCluster, folder: string): Promise<string> {
  const beganMs = performance.now();
  const before = copiedBytes(folder);
  await until('the copies to be whole', { withinMs: 900_000, everyMs: 500 }, async () =>
    (await executors(cluster)).every(({ logs }) => (logs?.lagBytes ?? 0) === 0) ? true : undefined,
  );
  const tookMs = performance.now() - beganMs;
  const bytes = copiedBytes(folder) - before;
  const rate = megabytes((bytes / tookMs) * 1000);
  return `${megabytes(bytes)} MB in ${(tookMs / 1000).toFixed(0)} s, ${rate} a second`;
}
