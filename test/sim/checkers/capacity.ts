/**
 * W11 in the log: what is assigned to a node and has not ended fits its capacity behind every
 * entry, fail-over or not.
 */
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

type Load = Record<string, number>;

class CapacityChecker implements Checker {
  readonly #scene: Scene;
  readonly #loads = new Map<string, Load>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded({ applied }: Recorded): void {
    const grown = new Set<string>();
    for (const { change } of applied) {
      if (change.table !== 'task') continue;
      this.#count(change.before, -1);
      const node = this.#count(change.fact.row, 1);
      if (node !== undefined) grown.add(node);
    }
    for (const node of grown) this.#check(node);
  }

  #count(row: TaskRow | null, sign: 1 | -1): string | undefined {
    if (row === null || !('attempt' in row)) return undefined;
    const { node } = row.attempt;
    const load = this.#loads.get(node) ?? {};
    this.#loads.set(node, load);
    for (const [name, amount] of Object.entries(this.#resourcesOf(row))) {
      load[name] = (load[name] ?? 0) + sign * amount;
    }
    return node;
  }

  #resourcesOf(row: TaskRow): Readonly<Record<string, number>> {
    const { state, runs } = this.#scene.chronicle;
    const run = runs.get(`${row.namespace}/${row.runId}`)?.row;
    const version = run && state.version(run.namespace, run.dagId, run.versionId);
    return version?.spec.tasks[row.taskId]?.resources ?? {};
  }

  #check(node: string): void {
    const capacity = this.#scene.chronicle.state.node(node)?.capacity ?? {};
    const load = this.#loads.get(node) ?? {};
    for (const [name, amount] of Object.entries(load)) {
      if (amount <= (capacity[name] ?? 0)) continue;
      this.#scene.violate('W11', `${node} is given ${amount} ${name} of ${capacity[name] ?? 0}`);
    }
  }
}

export const capacity: MakeChecker = (scene) => new CapacityChecker(scene);
