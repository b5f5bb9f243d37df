/** All faults under load, and then the proof that nothing that was promised is lost. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, until } from '../problem.ts';
import { applyDag } from './apply-dag.ts';
import { atlas } from './atlas.ts';
import { checkAcknowledged, checkEnded } from './checks/acknowledged.ts';
import { unavailability } from './checks/availability.ts';
import { checkCron } from './checks/cron.ts';
import { checkAnswers, checkDigests } from './checks/equality.ts';
import { checkLinear } from './checks/linear.ts';
import { checkEnds } from './checks/processes.ts';
import { checkWitness } from './checks/witness.ts';
import { chaosDags, cronDag, timelyDag } from './dags.ts';
import type { Fault } from './fault.ts';
import { type Finding, finding } from './finding.ts';
import { History } from './history.ts';
import type { Host } from './host.ts';
import { type ListedRun, listRuns } from './listing.ts';
import { Load } from './load.ts';
import { Nemesis } from './nemesis.ts';
import type { ChaosOptions } from './options.ts';
import { schedule } from './schedule.ts';
import type { Played, Stage } from './stage.ts';
import type { World } from './world.ts';

/** The load runs alone before the first fault and after the last one. */
const peaceMs = 3_000;
/** Accepted runs end within this time when nothing is broken any more: retries, leases and all. */
const endingMsMax = 180_000;

export async function playMixed(stage: Stage): Promise<Played> {
  const { world, options, folder, host, say } = stage;
  const witness = { program: world.tools.witness, folder: join(folder, 'witness') };
  mkdirSync(join(witness.folder, 'locks'), { recursive: true });
  const { faults, notRunnable } = choose(options, host);
  for (const { id, text } of chaosDags(witness)) await applyDag(world, id, text);
  const history = new History(join(folder, 'history.jsonl'));
  const beganMs = Date.now();
  const load = new Load({ nodes: world.nodes, history, seed: options.seed });
  const bursts = schedule(options.seed, faults);
  const nemesis = new Nemesis({ world, bursts, nowNs: () => history.nowNs(), say });
  load.begin();
  await sleep(peaceMs);
  await nemesis.run(performance.now() + options.minutes * 60_000);
  say('no more faults: everything is healed');
  await world.heal();
  const late = await world.ready();
  await sleep(peaceMs);
  await load.end();
  await settle(world, say);
  const isolated = nemesis.injected.some(({ isolates }) => isolates);
  const runs = new Map<World['nodes'][number], readonly ListedRun[]>();
  for (const node of world.nodes) if (node.isAlive) runs.set(node, await listRuns(node));
  const [someRuns = []] = runs.values();
  const troubles = nemesis.injected.map(({ startNs, endNs }) => ({
    fromMs: beganMs + startNs / 1e6 - cronSlackMs,
    toMs: beganMs + endNs / 1e6 + cronSlackMs,
  }));
  const findings: readonly Finding[] = [
    ...checkAcknowledged(history.records, runs),
    checkEnded(someRuns),
    ...checkWitness(witness.folder, isolated),
    ...checkCron(someRuns, troubles),
    await checkLinear(history.records, { runs: someRuns, folder: join(folder, 'linear') }),
    await checkDigests(world.nodes),
    await checkAnswers(world.nodes),
    finding('nodes that do not come back', 'after healing', late),
    checkEnds(world.nodes),
    finding('faults that went wrong', 'could not be begun or healed', nemesis.failed),
  ];
  return {
    findings,
    figures: figuresOf(world, history, nemesis),
    faults: countsOf(nemesis),
    notRunnable,
    details: {
      unavailability: byFault(history, nemesis),
      injected: nemesis.injected,
      ends: world.nodes.flatMap(({ ends }) => ends),
    },
  };
}

/** A wrong clock, or a leader that is elected slowly, shifts what a schedule can serve. */
const cronSlackMs = 100_000;

/** Those that were asked for and can be run, and why others cannot. */
function choose(
  { faults: wanted }: ChaosOptions,
  host: Host,
): { readonly faults: readonly Fault[]; readonly notRunnable: Record<string, string> } {
  const notRunnable: Record<string, string> = {};
  const asked = atlas.filter(({ name }) => wanted === null || wanted.includes(name));
  const faults = asked.filter(({ name, missing }) => {
    const why = missing?.(host);
    if (why !== undefined) notRunnable[name] = why;
    return why === undefined;
  });
  return { faults, notRunnable };
}

/** Stops the schedules and waits until every run has ended. */
async function settle(world: World, say: (text: string) => void): Promise<void> {
  for (const id of [cronDag, timelyDag]) {
    await until(`${id} to be paused`, { withinMs: 60_000, everyMs: 200 }, async () => {
      const path = `/api/v1/dags/${id}/pause`;
      return (await world.leader.ask({ method: 'POST', path })).kind === 'ok' || undefined;
    });
  }
  const active = '?state=queued,running,cancelling';
  await until('runs to end', { withinMs: endingMsMax, everyMs: 500 }, async () => {
    const runs = await listRuns(world.leader, active);
    return runs.length === 0 || undefined;
  }).catch(() => say('some runs do not end'));
}

function figuresOf(world: World, history: History, nemesis: Nemesis) {
  const { records } = history;
  const count = (outcome: string): number =>
    records.filter((record) => record.outcome === outcome).length;
  const { n, medianMs, p95Ms, maxMs } = unavailability(records, nemesis.injected);
  const gaps = `median ${medianMs}, p95 ${p95Ms}, max ${maxMs} (around ${n} faults)`;
  const megabytes = world.nodes.map(
    ({ name, residentBytesMax }) => `${name} ${Math.round(residentBytesMax / 2 ** 20)}`,
  );
  return {
    'operations ok / refused / unknown': ['ok', 'fail', 'unknown'].map(count).join(' / '),
    'no acknowledged write for, ms': gaps,
    'changes of the leader': world.watch.leaderChanges,
    'memory of a node, MiB': `at most ${megabytes.join(', ')}`,
  };
}

function countsOf({ injected }: Nemesis): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { fault } of injected) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}

/** Around the faults of each kind. Where faults overlap, each of them counts the same gap. */
function byFault({ records }: History, { injected }: Nemesis) {
  const names = [...new Set(injected.map(({ fault }) => fault))];
  return Object.fromEntries(
    names.map((name) => {
      const same = injected.filter(({ fault }) => fault === name);
      return [name, unavailability(records, same)];
    }),
  );
}
