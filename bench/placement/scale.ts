/**
 * What placing costs: tasks that are all ready meet 1,000 nodes that are all empty, and the real
 * leader assigns them, turn after turn, until none is left. Real processor time, of everything that
 * belongs to it: the pass over the queue, the choice of a node, rows, records, dispatches. Not of
 * the log, the network and the executors, which are not there.
 *
 * Twice: with tasks that all ask for the same, and with a thousand different demands, as measured
 * memory makes them.
 */
import { assert } from '../../src/base/assert.ts';
import { dagId } from '../../src/base/brand.ts';
import { percentile, print } from '../figures.ts';
import { type Cluster, memoryBytesDefault } from './load.ts';
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
    for (const { ready, trials } of sizes) {
      const times = Array.from({ length: trials }, () => placeMs(ready, different));
      const ms = percentile(times, 0.5);
      const columns = [String(ready), ms.toFixed(0), ((ms * 1000) / ready).toFixed(1)];
      const [count, whole, each] = columns.map((text) => text.padStart(8));
      print(`${count} ready ${whole} ms ${each} us each`);
    }
  }
}

/** Processor milliseconds that the leader takes to assign all of them. */
function placeMs(ready: number, different: number): number {
  let assigned = 0;
  const virtual = new VirtualLeader({
    nodes: cluster.nodes,
    capacity: capacityOf(cluster),
    dispatched: (_, dispatches) => {
      assigned += dispatches.length;
    },
  });
  applyDag(virtual, 'scale', dagFile(different));
  for (let run = 1; run * tasksPerRun <= ready; run++) {
    startRun(virtual, dagId('scale'), `scale.${run}`);
  }
  // No executor has been heard yet: everything becomes ready, and nothing is assigned.
  virtual.run();
  assert(virtual.leader.board.ready.size === ready, 'all tasks are ready');
  virtual.join();
  const before = process.cpuUsage();
  virtual.run();
  const { user, system } = process.cpuUsage(before);
  assert(assigned === ready, 'every task was assigned');
  return (user + system) / 1000;
}

function dagFile(different: number): object {
  const tasks = Array.from({ length: tasksPerRun }, (_, place) => {
    const memory = `${memoryBytesDefault + (place % different) * 4096}`;
    return [`t${place}`, { type: 'noop', resources: { cpu: 1, memory } }];
  });
  return { id: 'scale', maxActiveRuns: 1_000, tasks: Object.fromEntries(tasks) };
}
