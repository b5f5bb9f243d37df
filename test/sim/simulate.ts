/**
 * One seed, from beginning to end: a safety phase with faults and work, then a liveness phase in
 * which a healthy majority must elect, finish every run, agree, and take a fresh write (I12, W04).
 */
import { judgeClients } from './checkers/linear.ts';
import { Clients } from './clients.ts';
import { withoutRealWorld } from './forbid.ts';
import { Nemesis } from './nemesis.ts';
import { optionsOf, type SimOptions } from './options.ts';
import { withQuickMac } from './quick-mac.ts';
import { Workload } from './workload.ts';
import { type Violation, World } from './world.ts';

export interface Report {
  readonly seed: number;
  readonly options: SimOptions;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly tail: readonly string[];
  readonly virtualMs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Trace events by name. */
  readonly marks: Readonly<Record<string, number>>;
  /** What happened to the workflows, by name. */
  readonly sights: Readonly<Record<string, number>>;
}

/** Nothing that is still to come waits longer: time limits, retries, leases, elections. */
const silenceMsMax = 150_000;
/** From power to agreement: a node may need a whole snapshot, on a disk that syncs slowly. */
const riseMsMax = 90_000;
/** From healing to rest, if something goes on all the time. */
const restMsMax = 3_600_000;

export function simulate(seed: number, seconds: number): Report {
  const options = optionsOf(seed, seconds);
  const work = (): Report => withoutRealWorld(() => simulateWith(options));
  return options.mac === 'real' ? work() : withQuickMac(work);
}

function simulateWith(options: SimOptions): Report {
  const world = new World(options);
  const clients = new Clients(world, world.chance.stream('clients'));
  const workload = new Workload(world, clients, world.chance.stream('workload'));
  const nemesis = new Nemesis(world, world.chance.stream('nemesis'));
  for (const node of world.nodes) world.restartSoon(node);
  world.timeline.after(2000, () => workload.begin());
  world.timeline.after(3000, () => nemesis.begin());
  world.run(options.seconds * 1000);
  if (world.violations.length === 0) rest({ world, clients, workload, nemesis });
  return reportOf(world, clients, nemesis);
}

interface Parts {
  readonly world: World;
  readonly clients: Clients;
  readonly workload: Workload;
  readonly nemesis: Nemesis;
}

/** Where a sync may take so long, a leader may give up once more, and elections are slow. */
const slowSyncMs = 100;
const freshMsMax = { quick: 5_000, slow: 20_000 } as const;

function rest({ world, clients, workload, nemesis }: Parts): void {
  workload.stop();
  nemesis.heal();
  world.tail.add('world', 'heals');
  const isLed = (): boolean => world.nodes.some(({ peer }) => peer?.scheduler?.isLeading === true);
  world.run(world.nowMs + 20_000, isLed);
  if (!isLed()) world.violate('I12', 'nobody leads 20 s after everything was healed');
  // Twice: a run may be accepted while the first words are under way.
  workload.windDown();
  world.run(world.nowMs + 5000);
  workload.windDown();
  runToRest(world);
  workload.rest();
  if (world.violations.length > 0) return;
  const live = [...world.chronicle.state.runs()].map(({ run }) => `${run.runId} ${run.status}`);
  if (live.length > 0) world.violate('W04', `runs do not end: ${live.slice(0, 5).join(', ')}`);
  if (!agree(world)) world.violate('I12', `nodes do not agree: ${positions(world)}`);
  const fresh = clients.ask({ ...freshWrite, paused: true });
  const { least, spread } = world.options.syncMs;
  const withinMs = freshMsMax[least + spread > slowSyncMs ? 'slow' : 'quick'];
  world.run(world.nowMs + withinMs, () => fresh.answer !== undefined);
  const late = `a fresh write is not answered within ${withinMs / 1000} s`;
  if (fresh.answer === undefined) world.violate('I12', late);
  const readsBefore = clients.reads;
  clients.readIndex();
  clients.readStateEverywhere();
  world.run(world.nowMs + 5000, () => clients.reads > readsBefore + world.nodes.length);
  if (clients.reads === readsBefore) world.violate('I12', 'no read is answered within 5 s');
  rise(world);
  if (world.violations.length > 0) return;
  judgeClients(world, clients);
  world.end();
}

/** Everybody loses power, and what the disks restore and replay must be what the log says (P85). */
function rise(world: World): void {
  if (world.violations.length > 0) return;
  world.tail.add('world', 'loses power everywhere');
  for (const node of world.nodes) {
    node.killPeer(true);
    node.killExecutor();
  }
  const { lastIndex } = world.chronicle;
  for (const node of world.nodes) world.restartSoon(node);
  world.run(world.nowMs + riseMsMax, () => world.chronicle.lastIndex > lastIndex && agree(world));
  if (!agree(world)) world.violate('I12', `nodes do not rise again: ${positions(world)}`);
}

/** Until every run has ended and all nodes agree, as long as anything goes on. */
function runToRest(world: World): void {
  const limitMs = world.nowMs + restMsMax;
  const isAtRest = (): boolean => world.chronicle.state.count('run') === 0 && agree(world);
  for (let index = -1; index < world.chronicle.lastIndex && world.nowMs < limitMs; ) {
    index = world.chronicle.lastIndex;
    world.run(world.nowMs + silenceMsMax, isAtRest);
    if (isAtRest() || world.violations.length > 0) return;
  }
}

const freshWrite = { kind: 'pause-dag', namespace: 'default', dagId: 'dag0' } as Extract<
  Parameters<Clients['ask']>[0],
  { kind: 'pause-dag' }
>;

/** Every node that is up has applied everything. */
function agree(world: World): boolean {
  const { lastIndex } = world.chronicle;
  return world.nodes.every((node) => {
    if (world.retired.has(node)) return true;
    return node.peer?.scheduler?.appliedIndex === lastIndex;
  });
}

const positions = (world: World): string =>
  world.nodes.map(({ id, peer }) => `${id} ${peer?.scheduler?.appliedIndex ?? 'down'}`).join(', ') +
  ` of ${world.chronicle.lastIndex}`;

function reportOf(world: World, clients: Clients, nemesis: Nemesis): Report {
  const { options, violations, tail, nowMs, timeline, chronicle, effects } = world;
  return {
    seed: options.seed,
    options,
    violation: violations[0],
    hash: tail.hash,
    tail: tail.lines(),
    virtualMs: nowMs,
    counts: {
      events: timeline.steps,
      entries: chronicle.lastIndex,
      runs: chronicle.runs.size,
      ended: chronicle.ended.size,
      starts: effects.started,
      elections: world.elections,
      acked: clients.acked,
      reads: clients.reads,
      readBack: clients.linear.dags.length + clients.linear.runs.length,
    },
    faults: Object.fromEntries(nemesis.counts),
    marks: Object.fromEntries(world.marks),
    sights: Object.fromEntries(world.sights.counts),
  };
}
