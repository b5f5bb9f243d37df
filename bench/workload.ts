/**
 * `npm run workload -- FILE`: runs a recorded workflow on a real cluster of this machine. A task is
 * a sleep of its scaled time that asks for its cores and memory; the makespan is compared with a
 * bound that no schedule can beat.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunDetail } from '../cluster/api.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem, sleep } from '../cluster/problem.ts';
import { runProgram, withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures } from './figures.ts';
import { checkRuns, edgeLatenciesMs, queueDelaysMs } from './run-checks.ts';
import { coreSeconds, criticalPathSeconds, readWorkload, type Workload } from './workload-file.ts';

const coresPerNode = 8;
const nodeMemoryBytes = Math.min(32 * 2 ** 30, Math.floor(totalmem() / 2 ** 20) * 2 ** 20);
/** What a task asks for where its memory was not measured. */
const memoryBytesDefault = 256 * 2 ** 20;
const pollMs = 100;

const help = `npm run workload -- FILE [--scale 0.001] [--nodes 3] [--kill-leader 2]

FILE          a workflow instance or a campaign (.json), or DAG jobs (.csv)
--scale       what recorded times are multiplied by
--nodes       1, 3, 5 or 7 nodes with ${coresPerNode} cores each
--kill-leader kill the leader so many times during the run, and start it again each time
`;

interface Options {
  readonly file: string;
  readonly scale: number;
  readonly nodes: number;
  readonly kills: number;
}

function readOptions(): Options | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '0.001' },
      nodes: { type: 'string', default: '3' },
      'kill-leader': { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [file] = positionals;
  if (values.help || file === undefined) return undefined;
  const [scale, nodes] = [Number(values.scale), Number(values.nodes)];
  const kills = Number(values['kill-leader']);
  if (!(scale > 0) || !Number.isInteger(nodes) || !Number.isInteger(kills)) {
    throw new Problem('--scale, --nodes and --kill-leader are numbers');
  }
  return { file, scale, nodes, kills };
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) {
    process.stdout.write(help);
    return 2;
  }
  const workload = readWorkload(options.file);
  const memory = `${nodeMemoryBytes / 2 ** 20}Mi`;
  const nodeArgs = ['--cpu', String(coresPerNode), '--memory', memory];
  const { nodes } = options;
  print(
    `${workload.name} x ${options.scale} on ${nodes} nodes of ${coresPerNode} cores, ${memory}`,
  );
  return withCluster({ nodes, nodeArgs }, (cluster, folder) =>
    runWorkload(cluster, { workload, options, witness: join(folder, 'witness') }),
  );
}

interface Work {
  readonly workload: Workload;
  readonly options: Options;
  /** Every attempt notes its start there. */
  readonly witness: string;
}

async function runWorkload(cluster: LocalCluster, work: Work): Promise<number> {
  writeFileSync(work.witness, '');
  for (const { id, tasks } of work.workload.dags) {
    const text = JSON.stringify(dagFile(id, tasks, work));
    await cluster.ask((api) => api.applyDag(id, { type: 'json', text }));
  }
  const runIds: string[] = [];
  for (const { id, copies } of work.workload.dags) {
    for (let copy = 1; copy <= copies; copy++) runIds.push(`${id}.${copy}`);
  }
  const startMs = performance.now();
  await Promise.all(
    work.workload.dags.flatMap(({ id, copies }) =>
      Array.from({ length: copies }, (_, copy) => {
        const runId = `${id}.${copy + 1}`;
        return cluster.ask((api) => api.startRun(id, { runId }, { key: runId }));
      }),
    ),
  );
  const kills = killAlong(cluster, work);
  await runsEnded(cluster, work.workload);
  const seenMs = performance.now() - startMs;
  await kills;
  const runs: RunDetail[] = [];
  for (const id of runIds) runs.push(await cluster.ask((api) => api.run(id)));
  report(runs, work, seenMs);
  const dead = cluster.nodes.filter(({ child }) => child.exit !== undefined);
  return verdict([
    ...checkRuns(runs, startsOf(work.witness)),
    ...dead.map(({ name, child }) => `node ${name} ended by itself: ${child.lastWords()}`),
  ]);
}

/** The definition as JSON; the command notes its start before it sleeps. */
function dagFile(id: string, tasks: Workload['dags'][number]['tasks'], work: Work): object {
  const note = 'echo "$SKEIN_RUN_ID $SKEIN_TASK_ID $SKEIN_ATTEMPT $SKEIN_TOKEN" >> "$WITNESS"';
  return {
    id,
    maxActiveRuns: 1_000,
    defaults: { env: { WITNESS: work.witness } },
    tasks: Object.fromEntries(
      tasks.map(({ id: task, parents, seconds, cores, memoryBytes }) => [
        task,
        {
          type: 'shell',
          command: `${note}; exec sleep ${(seconds * work.options.scale).toFixed(4)}`,
          dependsOn: parents,
          resources: { cpu: cores, memory: `${Math.ceil(memoryBytes ?? memoryBytesDefault)}` },
        },
      ]),
    ),
  };
}

/** Kills and restarts the leader when one third, two thirds… of the attempts have been started. */
async function killAlong(cluster: LocalCluster, { workload, options, witness }: Work) {
  const total = workload.dags.reduce((sum, { tasks, copies }) => sum + tasks.length * copies, 0);
  for (let kill = 1; kill <= options.kills; kill++) {
    const due = (total * kill) / (options.kills + 1);
    while (startsOf(witness).length < due) await sleep(20);
    const { killed, tookMs } = await cluster.killLeader();
    print(`  killed the leader ${killed}; another one answered after ${Math.round(tookMs)} ms`);
    await cluster.restartNode(killed);
  }
}

const startsOf = (witness: string): readonly string[] =>
  readFileSync(witness, 'utf8').split('\n').filter(Boolean);

const endStates: ReadonlySet<string> = new Set(['success', 'failed', 'cancelled']);

async function runsEnded(cluster: LocalCluster, { dags }: Workload): Promise<void> {
  for (const { id, copies } of dags) {
    for (;;) {
      const { items } = await cluster.ask((api) => api.runs(id));
      if (items.filter(({ state }) => endStates.has(state)).length === copies) break;
      await sleep(pollMs);
    }
  }
}

function report(runs: readonly RunDetail[], work: Work, seenMs: number): void {
  const starts = runs.map(({ createdAt }) => Date.parse(createdAt));
  const ends = runs.map(({ endedAt }) => Date.parse(endedAt ?? ''));
  const makespanMs = Math.max(...ends) - Math.min(...starts);
  const { boundMs, what } = boundOf(work);
  const tasks = runs.reduce((sum, run) => sum + run.tasks.length, 0);
  const attempts = startsOf(work.witness).length;
  const overMs = makespanMs - boundMs;
  printFigures({
    tasks: `${tasks} in ${runs.length} runs, ${attempts} attempts started`,
    makespan: `${seconds(makespanMs)} (from outside: ${seconds(seenMs)})`,
    bound: `${seconds(boundMs)} (${what})`,
    'over the bound': `${seconds(overMs)}, ${(overMs / tasks).toFixed(2)} ms per task`,
    'tasks per second': ((tasks * 1000) / makespanMs).toFixed(0),
    'edge latency': `${middleAndTail(edgeLatenciesMs(runs))} (waiting for room included)`,
    'dispatch latency': `${middleAndTail(queueDelaysMs(runs))} (assigned to started)`,
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const middleAndTail = (values: readonly number[]): string =>
  `p50 ${percentile(values, 0.5)} ms, p99 ${percentile(values, 0.99)} ms`;

/** What no schedule beats, scaled: the best bound that is known. */
function boundOf({ workload, options }: Work): { readonly boundMs: number; readonly what: string } {
  const { scale, nodes } = options;
  const paths = workload.dags.map(({ tasks }) => criticalPathSeconds(tasks));
  const pathMs = Math.max(...paths) * scale * 1000;
  const work = workload.dags.reduce((sum, dag) => sum + coreSeconds(dag.tasks) * dag.copies, 0);
  const shareMs = (work / (nodes * coresPerNode)) * scale * 1000;
  const what = `critical path ${seconds(pathMs)}, work over cores ${seconds(shareMs)}`;
  // The file's own bound is for three nodes of eight cores.
  if (workload.tighterSeconds === null || nodes !== 3) {
    return { boundMs: Math.max(pathMs, shareMs), what };
  }
  return { boundMs: workload.tighterSeconds * scale * 1000, what: `${what}, heads and tails` };
}

/** Exit code 0 if everything was done once; what was not is printed. */
function verdict(faults: readonly string[]): number {
  for (const fault of faults.slice(0, 20)) print(`  WRONG: ${fault}`);
  if (faults.length > 0) {
    print(`${faults.length} checks failed`);
    return 1;
  }
  print('  every task succeeded once, and no token was started twice');
  return 0;
}

runProgram(main);
