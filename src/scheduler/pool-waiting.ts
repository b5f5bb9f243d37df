/**
 * What waits for room in a node pool: ready tasks whose gates are open and that some node of the
 * pool would take. Shape by shape, so that it costs little however many tasks wait.
 */
import { taskKey } from '../model/keys.ts';
import type { NodeRow } from '../model/node.ts';
import { fits } from '../model/resources.ts';
import { objections } from './admission.ts';
import { startable } from './assign.ts';
import type { Demand } from './demand.ts';
import { GatePass } from './gate-pass.ts';
import { noneWaiting, type Waiting } from './scaling.ts';
import { isSorted, type Shape } from './shapes.ts';
import type { Turn } from './turn.ts';

/** Entries of a shape that are looked at; what they are, the others are taken for. */
const sampleMax = 100;

/** `nodes` are all that the pool has or lately had. */
export function poolWaiting(turn: Turn, pool: string, nodes: readonly NodeRow[]): Waiting {
  const gates = new GatePass(turn);
  const resources: Record<string, number> = {};
  const work: Record<string, number> = {};
  let tasks = 0;
  for (const shape of turn.board.ready.shapes()) {
    if (!mayRunIn(shape.demand, pool, nodes) || !isThrough(gates, shape)) continue;
    const { count, ms } = sampled(turn, shape);
    tasks += count;
    for (const [name, amount] of Object.entries(shape.demand.resources)) {
      resources[name] = (resources[name] ?? 0) + amount * count;
      work[name] = (work[name] ?? 0) + amount * count * ms;
    }
  }
  const longestMs = turn.board.scaling.waitedMs(pool, tasks > 0, turn.at);
  return tasks === 0 ? noneWaiting : { resources, work, tasks, longestMs };
}

/**
 * How many tasks of a shape do wait, and what one of them is expected to take. An entry whose run
 * was cancelled stays in the queue while there is no room for it, and a task may stand there twice.
 */
function sampled(turn: Turn, { waiting }: Shape): { readonly count: number; readonly ms: number } {
  const alive = new Set<string>();
  let looked = 0;
  let ms = 0;
  for (const { task } of waiting.values()) {
    if (looked >= sampleMax) break;
    looked += 1;
    const key = taskKey(task.namespace, task.runId, task.taskId, task.mapIndex);
    const found = alive.has(key) ? undefined : startable(turn, task);
    if (found === undefined || found.live.run.isPaused === true) continue;
    alive.add(key);
    ms += task.ownMs;
  }
  if (alive.size === 0) return { count: 0, ms: 0 };
  return { count: Math.ceil((waiting.size * alive.size) / looked), ms: ms / alive.size };
}

/** Where no node is known, only what a node without labels, queues and taints would take. */
function mayRunIn(demand: Demand, pool: string, nodes: readonly NodeRow[]): boolean {
  const { nodePool, queue, labels, require, pin } = demand;
  // Another node would be no help.
  if (pin !== undefined) return false;
  if (nodePool !== null && nodePool !== pool) return false;
  if (nodes.length > 0) {
    return nodes.some(
      (node) => objections(demand, node).length === 0 && fits(demand.resources, node.capacity),
    );
  }
  return queue === null && Object.keys({ ...labels, ...require }).length === 0;
}

/** Keys that are not rendered yet may be anything: such tasks count. */
const isThrough = (gates: GatePass, shape: Shape): boolean =>
  !isSorted(shape) ||
  gates.closedBy({ demands: shape.demands, resources: shape.demand.resources }) === null;
