/**
 * What a piece of work costs a healthy cluster of three, in counts: the production's own peers and
 * executors, a network that delays and loses nothing, disks that sync in time. Every figure is
 * exact and the same in each run.
 */
import { readDag } from '../../src/api/dag-file.ts';
import { dagId, namespace } from '../../src/base/brand.ts';
import { Clients } from './clients.ts';
import { withoutRealWorld } from './forbid.ts';
import type { Counts } from './meter.ts';
import { optionsOf, type SimOptions, type Spread } from './options.ts';
import { World } from './world.ts';

/** How long a message and a sync take, in milliseconds. */
interface Pace {
  readonly delayMs: Spread;
  readonly syncMs: Spread;
}

/** As measured of three processes on one machine, and always the same: nothing ever queues. */
export const even: Pace = {
  delayMs: { least: 0.15, spread: 0 },
  syncMs: { least: 0.12, spread: 0 },
};

/** A slow disk, and messages that come one by one: what came during a sync shares the next. */
export const uneven: Pace = {
  delayMs: { least: 0.1, spread: 0.5 },
  syncMs: { least: 1, spread: 1 },
};

/** No faults, and the production's own sizes. */
const quiet: Partial<SimOptions> = {
  ...{ nodes: 3, spares: 0, faults: [], loss: 0, duplication: 0, reorders: false },
  ...{ healed: 'all', mac: 'real', features: [], replacesDead: false, schedules: false },
  ...{ repeatMs: 1000, leaseMs: 10_000, graceMs: 3000, logKept: 10_000, logMax: 200_000 },
  ...{ electionMs: { min: 1500, max: 2500 }, beatMs: { tick: 50, heartbeat: 100 } },
  pages: {
    ...{ appendBytes: 512 * 1024, inflightAppends: 16, commitBytes: 128 * 1024 },
    ...{ cacheBytes: 64 * 2 ** 20, ledgerWindowMs: 200, ledgerRowsPerWindow: 4096 },
    ...{ ledgerRowsPerSlice: 512, payloadBytes: 2 ** 20 },
  },
};

/** To elect, and to say so to everybody. */
const formingMs = 10_000;
const workMsMax = 60_000;
/** Notices, confirmations and a window of the ledger come behind the last task. */
const settleMs = 300;

export interface NoopWork {
  readonly runs: number;
  readonly tasks: Readonly<
    Record<string, { readonly type: 'noop'; readonly dependsOn: readonly string[] }>
  >;
  readonly pace: Pace;
}

/** Counts by name, from the first request to some time after the end; `entries` of the log. */
export function costsOf({ runs, tasks, pace }: NoopWork): Counts {
  return withoutRealWorld(() => {
    const { world, clients } = formed(pace);
    const work = { namespace: namespace('default'), dagId: dagId('work') };
    const text = JSON.stringify({ id: 'work', maxActiveRuns: runs, tasks });
    const read = readDag({
      text,
      format: 'json',
      id: null,
      namespace: work.namespace,
      limits: null,
    });
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const { versionId, spec } = read.value;
    const applied = clients.ask({ kind: 'apply-dag', ...work, versionId, spec });
    world.run(world.nowMs + workMsMax, () => applied.answer !== undefined);
    world.run(world.nowMs + settleMs);
    return counted(world, () => {
      const plain = { runId: null, logicalDate: null, params: {}, priority: null };
      for (let run = 0; run < runs; run++) clients.ask({ kind: 'start-run', ...work, ...plain });
      world.run(world.nowMs + workMsMax, () => world.chronicle.ended.size === runs);
      if (world.chronicle.ended.size < runs) throw new Error('the work does not end');
      const notDone = Object.keys(tasks).length * runs - world.effects.started;
      if (notDone !== 0) throw new Error(`${notDone} tasks were not started`);
      world.run(world.nowMs + settleMs);
    });
  });
}

/** Of a cluster that has nothing to do. */
export const costsOfIdleness = (seconds: number): Counts =>
  withoutRealWorld(() => {
    const { world } = formed(even);
    return counted(world, () => world.run(world.nowMs + seconds * 1000));
  });

function formed(pace: Pace) {
  const world = new World({ ...optionsOf(1, 60), ...quiet, ...pace });
  const clients = new Clients(world, world.chance.stream('clients'));
  for (const node of world.nodes) world.start(node);
  world.run(formingMs);
  return { world, clients };
}

function counted(world: World, work: () => void): Counts {
  const { meter, chronicle } = world;
  const before: Counts = { ...meter.read(), entries: chronicle.lastIndex };
  work();
  const [violation] = world.violations;
  if (violation !== undefined) throw new Error(`${violation.invariant}: ${violation.text}`);
  const after: Counts = { ...meter.read(), entries: chronicle.lastIndex };
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]),
  );
}
