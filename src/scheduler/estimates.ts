/**
 * What tasks are expected to take, as the scheduler uses it: the middle of the samples of a task,
 * where there are none the middle of its DAG's tasks, and a second where nothing is known at all.
 *
 * Owns: for each plan, the expected way from every task to the end of its run. Worked out when a
 * run opens, and again for a later run only when something was learnt of the DAG meanwhile.
 */
import type { DagId, Namespace, TaskId } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import { type EstimateRow, quantileMs } from '../model/estimate.ts';
import { dagKey } from '../model/keys.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import type { Plan } from './plan.ts';

/** Of a task about which nothing is known, in a DAG about which nothing is known. */
export const unknownMs = 1_000;

/** Milliseconds for each task of a plan. */
export interface Expected {
  readonly own: ReadonlyMap<TaskId, number>;
  /** From the start of the task to the end of the run, itself included. */
  readonly toEnd: ReadonlyMap<TaskId, number>;
}

interface Known {
  readonly lesson: number;
  readonly expected: Expected;
}

export class Estimates {
  readonly #state: ReadonlyState;
  /** How often something was learnt of a DAG. */
  readonly #lessons = new Map<string, number>();
  #known = new WeakMap<Plan, Known>();

  constructor(state: ReadonlyState) {
    this.#state = state;
  }

  clear(): void {
    this.#lessons.clear();
    this.#known = new WeakMap();
  }

  learnt({ namespace, dagId }: Pick<EstimateRow, 'namespace' | 'dagId'>): void {
    const key = dagKey(namespace, dagId);
    this.#lessons.set(key, (this.#lessons.get(key) ?? 0) + 1);
  }

  of(namespace: Namespace, dagId: DagId, plan: Plan): Expected {
    const lesson = this.#lessons.get(dagKey(namespace, dagId)) ?? 0;
    const known = this.#known.get(plan);
    if (known?.lesson === lesson) return known.expected;
    const own = ownTimes(plan, (taskId) => {
      const row = this.#state.estimate(namespace, dagId, taskId);
      return row === undefined ? undefined : quantileMs(row, 0.5);
    });
    const expected = { own, toEnd: timesToEnd(plan, own) };
    this.#known.set(plan, { lesson, expected });
    return expected;
  }

  /** What nine of ten attempts of a task do not exceed; null: nothing was learnt of it. */
  longMs(namespace: Namespace, dagId: DagId, taskId: TaskId): number | null {
    const row = this.#state.estimate(namespace, dagId, taskId);
    return row === undefined ? null : quantileMs(row, 0.9);
  }
}

function ownTimes(
  { spec, shape }: Plan,
  learntMs: (taskId: TaskId) => number | undefined,
): ReadonlyMap<TaskId, number> {
  const own = new Map<TaskId, number>();
  const unknown: TaskId[] = [];
  const known: number[] = [];
  for (const taskId of shape.graph.order) {
    const task = spec.tasks[taskId];
    const ms = (task && saidMs(task)) ?? learntMs(taskId);
    if (ms === undefined) unknown.push(taskId);
    else known.push(ms);
    if (ms !== undefined) own.set(taskId, ms);
  }
  known.sort((left, right) => left - right);
  const middle = known[known.length >> 1] ?? unknownMs;
  for (const taskId of unknown) own.set(taskId, middle);
  return own;
}

/** What the definition itself says; tasks of the leader take no time that could be planned. */
function saidMs({ action }: TaskSpec): number | undefined {
  switch (action.kind) {
    case 'wait':
      return action.forMs ?? 0;
    case 'branch':
    case 'approval':
    case 'await':
      return 0;
    default:
      return undefined;
  }
}

function timesToEnd(
  { spec, graph }: Plan,
  own: ReadonlyMap<TaskId, number>,
): ReadonlyMap<TaskId, number> {
  const toEnd = new Map<TaskId, number>();
  for (const taskId of graph.order.toReversed()) {
    let below = 0;
    for (const child of graph.children.get(taskId) ?? []) {
      below = Math.max(below, toEnd.get(child) ?? 0);
    }
    const delay = spec.tasks[taskId]?.delayMs ?? 0;
    // Where nothing takes time, the longer chain still goes first.
    toEnd.set(taskId, below + delay + Math.max(1, own.get(taskId) ?? 0));
  }
  return toEnd;
}

/**
 * What is expected from the start of an item to the end of the run: the same for all tasks of the
 * item, so that one item goes on before the next begins. Undefined where the task is of no item.
 */
export function itemHeight(
  { shape }: Plan,
  { toEnd }: Expected,
  { map }: Pick<TaskSpec, 'map'>,
): number | undefined {
  const roots = map === undefined ? undefined : shape.maps.get(map)?.roots;
  return roots?.reduce((most, root) => Math.max(most, toEnd.get(root) ?? 0), 0);
}
