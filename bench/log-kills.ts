/**
 * `npm run bench -- log-kills [ROUNDS]`: logs of nodes that die. Tasks write numbered lines with
 * the time of each; a node is killed with all its processes, and what its tasks had written up to a
 * second before is looked for on the others. What was really written stands in its directory.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { descendants, signalAll } from '../cluster/chaos/host-processes.ts';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { sleep, until } from '../cluster/problem.ts';
import { withCluster } from './bench-cluster.ts';
import { percentile, print, printFigures } from './figures.ts';
import { machine } from './machine.ts';

const tasks = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const dag = [
  'id: writers',
  'tasks:',
  ...tasks.map((task) => `  ${task}: { type: shell, command: ${writing()} }`),
  '',
].join('\n');
const roundsDefault = 100;
const writesMs = 2_000;
/** What is younger than this when a node dies may be lost with it. */
const promisedMs = 1_000;
const patience = { withinMs: 60_000, everyMs: 50 };

/** A line each 20 ms or so: its number and when it was written. */
function writing(): string {
  return '\'i=0; while :; do i=$((i+1)); echo "$i $(date +%s%3N)"; sleep 0.02; done\'';
}

interface Round {
  readonly victim: string;
  readonly attempts: number;
  readonly due: number;
  readonly missing: number;
  /** Per attempt: from the last line that is left to the kill. */
  readonly lagsMs: readonly number[];
}

export async function logKillsBench([wanted]: readonly string[]): Promise<number> {
  const count = wanted === undefined ? roundsDefault : Number(wanted);
  print(machine());
  return withCluster({ nodes: 3 }, async (cluster, folder) => {
    await cluster.ask((api) => api.applyDag('writers', { type: 'yaml', text: dag }));
    const rounds: Round[] = [];
    for (let each = 0; each < count; each++) {
      const round = await killOnce(cluster, join(folder, 'cluster'));
      rounds.push(round);
      const { victim, attempts, due, missing } = round;
      print(`  ${each + 1}: ${victim}, ${attempts} attempts, ${due} lines due, ${missing} lost`);
    }
    return report(rounds);
  });
}

function report(rounds: readonly Round[]): number {
  const sum = (of: (round: Round) => number): number =>
    rounds.reduce((total, round) => total + of(round), 0);
  const lags = rounds.flatMap(({ lagsMs }) => lagsMs);
  const text = [0.5, 0.99, 1].map((share) => percentile(lags, share).toFixed(0)).join(' | ');
  const missing = sum((round) => round.missing);
  printFigures({
    'nodes killed': String(rounds.length),
    'attempts that wrote there': String(sum(({ attempts }) => attempts)),
    'lines a second old or more': String(sum(({ due }) => due)),
    'of them not to be read': String(missing),
    'newest line before the kill': `${text} ms (median | p99 | max)`,
  });
  return missing === 0 ? 0 : 1;
}

async function killOnce(cluster: LocalCluster, folder: string): Promise<Round> {
  const { runId } = await cluster.ask((api) => api.startRun('writers'));
  const begun = await until('all tasks to write', patience, () => firsts(cluster, runId));
  // A node that some of them run on.
  const victim = cluster.node(begun[0]?.node ?? '');
  const here = begun.filter(({ node }) => node === victim.name);
  await sleep(writesMs);
  const pids = descendants(victim.child.pid);
  const killedAt = Date.now();
  victim.child.kill('SIGKILL');
  signalAll(pids, 'SIGKILL');
  await victim.child.exited;
  const lagsMs: number[] = [];
  let due = 0;
  let missing = 0;
  for (const { task, token } of here) {
    const file = join(
      folder,
      victim.name,
      'attempts',
      'default',
      runId,
      task,
      '0',
      `1-${token}`,
      'stdout',
    );
    const written = linesOf(readFileSync(file, 'utf8'));
    const old = written.filter((line) => timeOf(line) <= killedAt - promisedMs);
    const copy = await until(`the copy of ${task}`, patience, () => copyOf(cluster, runId, task));
    const isPrefix = copy.every((line, place) => line === written[place]);
    due += old.length;
    missing += isPrefix ? Math.max(0, old.length - copy.length) : old.length;
    lagsMs.push(killedAt - timeOf(copy.at(-1) ?? '0 0'));
  }
  await cluster.ask((api) => fetch(`${api.url}/api/v1/runs/${runId}/cancel`, { method: 'POST' }));
  await cluster.restartNode(victim.name);
  return { victim: victim.name, attempts: here.length, due, missing, lagsMs };
}

interface First {
  readonly task: string;
  readonly node: string;
  readonly token: number;
}

/** The first attempt of each task, once every one has begun. */
async function firsts(cluster: LocalCluster, runId: string): Promise<readonly First[] | undefined> {
  const { tasks: all } = await cluster.ask((api) => api.run(runId));
  const begun = all.flatMap(({ taskId, attempts: [first] }) =>
    first?.startedAt == null ? [] : [{ task: taskId, node: first.node, token: first.token }],
  );
  return begun.length === all.length ? begun : undefined;
}

async function copyOf(
  cluster: LocalCluster,
  runId: string,
  task: string,
): Promise<readonly string[] | undefined> {
  const [reader] = cluster.alive;
  if (reader === undefined) return undefined;
  const path = `/api/v1/runs/${runId}/tasks/${task}/attempts/1/log`;
  const response = await fetch(reader.api.url + path);
  const text = await response.text();
  return response.headers.has('x-skein-log-copy') ? linesOf(text) : undefined;
}

const linesOf = (text: string): readonly string[] =>
  text.split('\n').filter((line) => /^\d+ \d+$/.test(line));

const timeOf = (line: string): number => Number(line.split(' ')[1]);
