/**
 * `npm run up`: NATS and some nodes on this machine, and the sample workflows as they run. Ends on
 * Ctrl-C, or with the samples when asked to (`--once`), and leaves no process behind.
 */
import { formatDuration } from '../src/base/duration.ts';
import type { RunDetail } from './api.ts';
import { type LocalCluster, startCluster } from './local-cluster.ts';
import { readUpOptions, type UpOptions, upHelp } from './options.ts';
import { Problem, sleep } from './problem.ts';
import { RunBoard } from './run-board.ts';
import { followRuns, possibleSamples, samples, startSamples } from './samples.ts';

/** The killed node stays away for this long, so that the fail-over can be seen, in milliseconds. */
const awayMs = 2_000;
const interruptedExitCode = 130;

const out = (text: string): void => void process.stdout.write(`${text}\n`);

/** Resolves when the person (or the system) asks for the end; a later request ends at once. */
function interruption(): { readonly asked: () => boolean; readonly promise: Promise<void> } {
  let askedMs: number | undefined;
  const promise = new Promise<void>((resolve) => {
    const onSignal = (): void => {
      // npm and the terminal may both pass on one and the same Ctrl-C.
      if (askedMs !== undefined && performance.now() - askedMs > 1_000) process.exit(130);
      askedMs ??= performance.now();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
  return { asked: () => askedMs !== undefined, promise };
}

async function main(): Promise<number> {
  const options = readUpOptions(process.argv.slice(2));
  if (!options.ok) throw new Problem(options.error);
  if (options.value.help) {
    process.stdout.write(upHelp);
    return 0;
  }
  const { nodes, port, dataDir, nats } = options.value;
  const interrupt = interruption();
  const ports = Array.from({ length: nodes }, (_, place) => port + place);
  const cluster = await startCluster({ nodes, dataDir, ports, nats });
  out(`NATS: ${cluster.nats.what} at ${withoutCredentials(cluster.nats.url)}`);
  out(`${nodes} nodes, data in ${dataDir}:`);
  let stopping = false;
  try {
    await Promise.race([cluster.ready(), interrupt.promise]);
    if (interrupt.asked()) return interruptedExitCode;
    await announce(cluster);
    const dies = watchProcesses(cluster, () => stopping || interrupt.asked());
    return await Promise.race([stay(cluster, options.value, interrupt), dies]);
  } finally {
    out('Stopping…');
    stopping = true;
    await cluster.stop();
  }
}

async function announce(cluster: LocalCluster): Promise<void> {
  const leader = await cluster.leader();
  for (const { name, api } of cluster.nodes) {
    out(`  ${name}  ${api.url}${name === leader.name ? '  leader' : ''}`);
  }
}

/** The samples, and then whatever else the person does with the cluster. */
async function stay(
  cluster: LocalCluster,
  options: UpOptions,
  interrupt: ReturnType<typeof interruption>,
): Promise<number> {
  if (options.demo) {
    const isGood = await demonstrate(cluster, options, interrupt.asked);
    if (options.once) return interrupt.asked() ? interruptedExitCode : Number(!isGood);
  }
  if (!interrupt.asked()) out('\nThe cluster is up. Ctrl-C ends it; its data stays.');
  await interrupt.promise;
  return 0;
}

/** Runs the samples; true if all of them succeeded. */
async function demonstrate(
  cluster: LocalCluster,
  options: UpOptions,
  stopped: () => boolean,
): Promise<boolean> {
  const chosen = possibleSamples();
  for (const { dagId, needs } of samples) {
    if (chosen.some((sample) => sample.dagId === dagId)) continue;
    out(`${dagId} is left out: its tasks need ${needs}, which is not on PATH`);
  }
  out('\nThe samples:');
  const board = new RunBoard(process.stdout);
  const runIds = await startSamples(cluster, chosen);
  let failover: Promise<unknown> | undefined;
  const seen = (runs: readonly RunDetail[]): void => {
    if (options.killLeader && isInTheMiddle(runs)) {
      // Its failure waits until the runs have been followed to their end.
      failover ??= showFailover(cluster, board).catch((error: unknown) => error);
    }
  };
  const runs = await followRuns({ cluster, runIds, board, stopped, seen });
  const failure = await failover;
  if (failure !== undefined) throw failure;
  for (const { runId, dagId, state, durationMs } of runs) {
    out(`${dagId} ended: ${state} after ${formatDuration(durationMs ?? 0)} (run ${runId})`);
  }
  return runs.length > 0 && runs.every(({ state }) => state === 'success');
}

/** Something has succeeded and something is running. */
function isInTheMiddle(runs: readonly RunDetail[]): boolean {
  const states = new Set(runs.flatMap(({ tasks }) => tasks.map(({ state }) => state)));
  return states.has('success') && states.has('running');
}

async function showFailover(cluster: LocalCluster, board: RunBoard): Promise<void> {
  const { name, child } = await cluster.leader();
  board.say(`Killing the leader, ${name} (process ${child.pid}), with SIGKILL.`);
  const { tookMs } = await cluster.killLeader();
  const leader = await cluster.leader();
  board.say(`${leader.name} leads and has answered after ${formatDuration(tookMs)}.`);
  await sleep(awayMs);
  await cluster.restartNode(name);
  board.say(`${name} is back, as a follower.`);
}

/** Settles when NATS or a node that nobody killed on purpose has ended. */
async function watchProcesses(cluster: LocalCluster, stopping: () => boolean): Promise<number> {
  const { child: broker } = cluster.nats;
  while (!stopping()) {
    await sleep(500);
    // A node that somebody has killed is what a cluster is for; without NATS there is none.
    const nodes = cluster.nodes.filter(({ child }) => child.exit?.signal !== 'SIGKILL');
    const dead = [broker, ...nodes.map(({ child }) => child)].find((child) => child?.exit != null);
    if (dead == null || stopping()) continue;
    const how = dead.exit?.signal ?? `code ${dead.exit?.code}`;
    process.stderr.write(`${dead.name} ended by itself (${how}): ${dead.lastWords()}\n`);
    return dead.exit?.code || 1;
  }
  return new Promise<number>(() => {});
}

const withoutCredentials = (url: string): string => url.replaceAll(/\/\/[^@,/]*@/g, '//');

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isPlain = error instanceof Problem;
    const message = error instanceof Error ? (isPlain ? error.message : error.stack) : error;
    process.stderr.write(`${message}\n`);
    process.exit(isPlain ? error.exitCode : 1);
  },
);
