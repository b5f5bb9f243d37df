/**
 * What placing costs: tasks that are all ready meet 1,000 nodes that are all empty, and the real
 * leader assigns them, turn after turn, until none is left. Real processor time, of everything that
 * belongs to it: the pass over the queue, the choice of a node, rows, records, dispatches. Not of
 * the log, the network and the executors, which are not there. Beside it the share of the queue and
 * of the choice of nodes, measured on their own: one pass of the real queue over all tasks.
 *
 * Twice: with tasks that all ask for the same, and with a thousand different demands, as measured
 * memory makes them.
 */
import { assert } from '../../src/base/assert.ts';
import { dagId, incarnation, namespace, runId, taskId, wallMs } from '../../src/base/brand.ts';
import type { DagSpec } from '../../src/model/dag.ts';
import { Fleet } from '../../src/scheduler/fleet.ts';
import { ReadyQueue } from '../../src/scheduler/ready.ts';
import { percentile, print } from '../figures.ts';
import { type Cluster, emptyNodes, memoryBytesDefault } from './load.ts';
import { applyDag, capacityOf, startRun } from './skein-run.ts';
import { VirtualLeader } from './virtual-leader.ts';

/** Room for the most tasks that are asked for. */
const cluster: Cluster = { nodes: 1_000, coresPerNode: 128 };
const tasksPerRun = 1_000;

/** How many are ready, and how often it is measured. */
const sizes = [
  { ready: 1_000, trials: 5 },
  { ready: 10_000, trials: 3 },
  { ready: 100_000, trials: 1 },
] as const;

const demands = { 'all ask for the same': 1, '1,000 different demands': tasksPerRun } as const;

export function placementScale(): void {
  print(`ready tasks of 1 core on ${cluster.nodes} empty nodes of ${cluster.coresPerNode} cores`);
  print('processor time until all are assigned (the median, where there are several trials)');
  placeMs(1_000, 1); // Warms the code up.
  for (const [what, different] of Object.entries(demands)) {
    print(what);
    print(columns(['ready', 'leader ms', 'us each', 'choice ms', 'us each']));
    for (const { ready, trials } of sizes) {
      const times = Array.from({ length: trials }, () => placeMs(ready, different));
      const shown = [];
      for (const part of ['leader', 'choice'] as const) {
        const ms = percentile(
          times.map((time) => time[part]),
          0.5,
        );
        shown.push(ms.toFixed(0), ((ms * 1000) / ready).toFixed(1));
      }
      print(columns([String(ready), ...shown]));
    }
  }
}

const columns = (texts: readonly string[]): string =>
  texts.map((text) => text.padStart(11)).join('');

interface Times {
  /** Of the leader, for all that belongs to it. */
  readonly leader: number;
  /** Of the queue and the choice of nodes alone. */
  readonly choice: number;
}

/** Processor milliseconds until all of them are assigned. */
function placeMs(ready: number, different: number): Times {
  let assigned = 0;
  const virtual = new VirtualLeader({
    nodes: cluster.nodes,
    capacity: capacityOf(cluster),
    dispatched: (_, dispatches) => {
      assigned += dispatches.length;
    },
  });
  const spec = applyDag(virtual, 'scale', dagFile(different));
  for (let run = 1; run * tasksPerRun <= ready; run++) {
    startRun(virtual, dagId('scale'), `scale.${run}`);
  }
  // No executor has been heard yet: everything becomes ready, and nothing is assigned.
  virtual.run();
  assert(virtual.leader.board.ready.size === ready, 'all tasks are ready');
  virtual.join();
  const leader = cpuMs(() => virtual.run());
  assert(assigned === ready, 'every task was assigned');
  return { leader, choice: choiceMs(spec, ready) };
}

/** One pass of the queue over the same tasks and nodes, with nothing behind a choice. */
function choiceMs(spec: DagSpec, ready: number): number {
  const queue = new ReadyQueue();
  const name = { namespace: namespace('default'), dagId: dagId('scale'), generation: 1 };
  const whose = { ...name, priority: 0, runCreatedAt: wallMs(0), mapIndex: 0 };
  for (let at = 0; at < ready; at += tasksPerRun) {
    const run = { ...whose, runId: runId(`scale.${at}`), ownMs: 1, toEndMs: 1, height: 1 };
    for (const [id, task] of Object.entries(spec.tasks)) {
      queue.push({ ...run, taskId: taskId(id) }, { task, dag: spec });
    }
  }
  const fleet = idleFleet();
  let chosen = 0;
  const taken = cpuMs(() =>
    queue.pass({
      sharing: nobodyShares,
      hasRoom: (demand) => fleet.hasRoom(demand),
      isOpen: () => true,
      keysOf: () => null,
      take: (_, { demand }) => {
        const choice = fleet.choose(demand);
        if (choice === undefined) return 'full';
        fleet.shift(choice.node.nodeId, demand.resources, 1);
        chosen += 1;
        return 'placed';
      },
    }),
  );
  assert(chosen === ready, 'there is room for every task');
  return taken;
}

const nobodyShares = { fairShare: 'none', classAgeingMs: 1, now: 0, shareOf: () => 0 } as const;

function idleFleet(): Fleet {
  const fleet = new Fleet();
  const capacity = capacityOf(cluster);
  for (const { nodeId } of emptyNodes(cluster, capacity)) {
    const life = { nodeId, incarnation: incarnation(`${nodeId}-1`), address: '', labels: {} };
    fleet.put({ ...life, capacity, status: 'alive', since: wallMs(0) });
  }
  fleet.open(() => true);
  return fleet;
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function dagFile(different: number): object {
  const tasks = Array.from({ length: tasksPerRun }, (_, place) => {
    const memory = `${memoryBytesDefault + (place % different) * 4096}`;
    return [`t${place}`, { type: 'noop', resources: { cpu: 1, memory } }];
  });
  return { id: 'scale', maxActiveRuns: 1_000, tasks: Object.fromEntries(tasks) };
}
