/**
 * W11 in the log, whoever leads: what is assigned to a node and has not ended fits the capacity
 * that the node had at the newest assignment; and the node is one that takes tasks, and takes
 * this one: by its labels, its pool, its queues, its taints, and by whom else it holds. An instance
 * of a broadcast is on its own node.
 */
import { mapKey } from '../../../src/model/keys.ts';
import type { NodeRow } from '../../../src/model/node.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';
import { objectionTo } from './fitting.ts';
import { type Alive, LiveAttempts, sumOf } from './live-attempts.ts';

class CapacityChecker implements Checker {
  readonly #scene: Scene;
  readonly #attempts: LiveAttempts;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#attempts = new LiveAttempts(scene.chronicle);
  }

  recorded(decision: Recorded): void {
    this.#attempts.follow(decision, (alive) => this.#assigned(alive));
  }

  #assigned(alive: Alive): void {
    const { attempt, key } = alive;
    const node = this.#scene.chronicle.state.node(attempt.node);
    if (node === undefined) this.#violate(`${key} is assigned to ${attempt.node}: there is none`);
    else {
      this.#checkNode(alive, node);
      this.#checkRoom(node);
      this.#checkApart(alive, node);
      this.#checkPin(alive, node);
      if (attempt.chosen?.backfilled === true) this.#scene.saw('backfilled placement');
    }
  }

  #checkNode({ key, attempt, task }: Alive, node: NodeRow): void {
    const { nodeId, status, drain, incarnation } = node;
    if (status === 'lost') this.#violate(`${key} is assigned to ${nodeId}, which is lost`);
    if (drain !== undefined) this.#violate(`${key} is assigned to ${nodeId}, which is drained`);
    if (attempt.incarnation !== incarnation) {
      this.#violate(`${key} is assigned to ${nodeId} of ${attempt.incarnation}: it is gone`);
    }
    const objection = objectionTo(node, task);
    if (objection !== undefined) this.#violate(`${key} may not be on ${nodeId}: ${objection}`);
    else this.#seeWhy(task, node);
  }

  /** What kept others away did not keep it away. */
  #seeWhy({ queue, nodePool, tolerations }: Alive['task'], { taints = [] }: NodeRow): void {
    if (queue !== undefined) this.#scene.saw('placed by queue');
    if (nodePool !== undefined) this.#scene.saw('placed by pool');
    const tainted = taints.some(({ effect }) => effect === 'refuse');
    if (tolerations !== undefined && tainted) this.#scene.saw('taint tolerated');
  }

  #checkRoom({ nodeId, capacity }: NodeRow): void {
    const there = [...this.#attempts.all()].filter(({ attempt }) => attempt.node === nodeId);
    for (const [name, amount] of Object.entries(sumOf(there))) {
      const most = capacity[name] ?? 0;
      if (amount > most) this.#violate(`${nodeId} is given ${amount} ${name} of ${most}`);
    }
  }

  #checkApart({ key, row, task }: Alive, { nodeId }: NodeRow): void {
    const apart: readonly string[] = task.affinity?.apart ?? [];
    for (const other of apart.length === 0 ? [] : this.#attempts.all()) {
      const isOfRun = other.row.namespace === row.namespace && other.row.runId === row.runId;
      if (!isOfRun || other.key === key || other.attempt.node !== nodeId) continue;
      if (!apart.includes(other.row.taskId)) continue;
      this.#violate(`${key} is on ${nodeId} beside ${other.key}, and is to be apart from it`);
    }
  }

  #checkPin({ key, row, dag, task }: Alive, { nodeId }: NodeRow): void {
    const { namespace, runId, mapIndex } = row;
    if (task.map === undefined || dag.maps?.[task.map]?.spread?.kind !== 'broadcast') return;
    const live = this.#scene.chronicle.state.run(namespace, runId);
    const items = live?.expansions.get(mapKey(namespace, runId, task.map))?.items ?? '[]';
    const own: unknown = JSON.parse(items)[mapIndex];
    if (own === nodeId) this.#scene.saw('pinned placement');
    else this.#violate(`${key} is on ${nodeId}, and is pinned to ${own}`);
  }

  #violate(text: string): void {
    this.#scene.violate('W11', text);
  }
}

export const capacity: MakeChecker = (scene) => new CapacityChecker(scene);
