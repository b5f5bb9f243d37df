/**
 * `npm run bench -- take-over`: the leader is killed while 100,000 task instances are live, nearly
 * all of them in line for a pool. Its successor has their rows already; it derives from them who
 * runs, who waits and for what, and goes on. Measured: from the kill to the start of the first task
 * that the new leader has dispatched, as the tasks themselves write it down.
 *
 * Not measured: a machine that dies with its tasks; there a lease has to run out first.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { Problem, sleep, until } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { print, printFigures, spread } from './figures.ts';
import { goals, verdict } from './goals.ts';
import { putPool, startRuns, tasksPerRun } from './live-tasks.ts';
import { printGround } from './trials.ts';

const liveCount = 100_000;
/** Some of them end meanwhile. */
const spareRuns = 5;
/** A start every ten milliseconds or so, which the machine bears beside three nodes. */
const slots = 6;
const taskSeconds = 0.05;
const roundsDefault = 5;
/** So long tasks start all the time, before a kill and behind it. */
const steadyMs = 3_000;
/** What the old leader had sent may start so long after the kill. */
const lateMsMax = 250;
const patience = { withinMs: 120_000, everyMs: 50 };
const limitMs = 1_000;

interface Round {
  /** To the answer of a new leader that a majority has confirmed. */
  readonly leaderMs: number;
  readonly dispatchMs: number;
}

export async function takeOverBench(args: readonly string[]): Promise<number> {
  const count = Number(args[0] ?? roundsDefault);
  if (!Number.isInteger(count) || count < 1)
    throw new Problem(`"${args[0]}" is not a number of rounds`);
  printGround(`3 nodes; min | median | max of ${count} kills of the leader`);
  return withCluster({ nodes: 3 }, async (cluster, folder) => {
    const witness = join(folder, 'witness');
    writeFileSync(witness, '');
    await startWork(cluster, witness);
    const rounds: Round[] = [];
    while (rounds.length < count) {
      const round = await killOnce(cluster, witness);
      rounds.push(round);
      const { leaderMs, dispatchMs } = round;
      print(`  round ${rounds.length}: ${leaderMs.toFixed(0)} and ${dispatchMs.toFixed(0)} ms`);
    }
    const live = await liveTasks(cluster);
    if (live < liveCount) throw new Problem(`only ${live} tasks were live in the end`, 1);
    const dispatches = rounds.map(({ dispatchMs }) => dispatchMs);
    printFigures({
      'live task instances in the end': String(live),
      'to an answer of the new leader': `${spread(
        rounds.map(({ leaderMs }) => leaderMs),
        0,
      )} ms`,
      'to the first task that it dispatched': `${spread(dispatches, 0)} ms`,
      goal: verdict(goals.takeOver, Math.max(...dispatches) <= limitMs),
    });
    return 0;
  });
}

async function startWork(cluster: LocalCluster, witness: string): Promise<void> {
  const leader = await cluster.leader();
  await putPool(leader, { name: 'line', slots });
  const command = `date +%s%3N >> '${witness}'; sleep ${taskSeconds}`;
  const runs = liveCount / tasksPerRun + spareRuns;
  const task = () => ({ type: 'shell', command, pool: 'line' });
  await startRuns(leader, { id: 'line', runs, task });
}

async function killOnce(cluster: LocalCluster, witness: string): Promise<Round> {
  await steady(witness);
  const struckMs = Date.now();
  const { killed, tookMs } = await cluster.killLeader();
  // More of them than the old leader can have sent.
  await steady(witness);
  const firstMs = firstStartOfNew(startsOf(witness), struckMs);
  if (firstMs === undefined) throw new Problem('nothing has started since the kill', 1);
  await cluster.restartNode(killed);
  await cluster.ready();
  return { leaderMs: tookMs, dispatchMs: firstMs - struckMs };
}

/** Until tasks start all the time again. */
async function steady(witness: string): Promise<void> {
  await until('steady starts', patience, async () => {
    const from = Date.now();
    await sleep(steadyMs);
    const recent = startsOf(witness).filter((atMs) => atMs > from);
    return recent.length > (steadyMs / 1000) * slots || undefined;
  });
}

const startsOf = (witness: string): readonly number[] =>
  readFileSync(witness, 'utf8').split('\n').filter(Boolean).map(Number);

/**
 * The start behind the longest pause that follows the kill: before it came what the old leader had
 * still sent, and pauses between two starts of one leader are shorter.
 */
export function firstStartOfNew(startsMs: readonly number[], struckMs: number): number | undefined {
  const starts = [...startsMs].sort((left, right) => left - right);
  let first: { readonly atMs: number; readonly pauseMs: number } | undefined;
  for (const [place, atMs] of starts.entries()) {
    const beforeMs = starts[place - 1] ?? atMs;
    const follows = atMs > struckMs && beforeMs < struckMs + lateMsMax;
    const pauseMs = atMs - beforeMs;
    if (follows && pauseMs > (first?.pauseMs ?? 0)) first = { atMs, pauseMs };
  }
  return first?.atMs;
}

async function liveTasks(cluster: LocalCluster): Promise<number> {
  const { items } = await cluster.ask((api) => api.runs('line'));
  let live = 0;
  for (const { runId } of items) {
    const { tasks } = await cluster.ask((api) => api.run(runId));
    live += tasks.filter(({ state }) => !ended.has(state)).length;
  }
  return live;
}

const ended: ReadonlySet<string> = new Set([
  ...['success', 'failed', 'skipped', 'upstream_failed', 'cancelled'],
]);
