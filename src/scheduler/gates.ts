/**
 * Gates: what a task must get past beside the room of a node. All are of a namespace: the slots of
 * a pool, the attempts that may be alive with one key, the attempts that may begin with one key
 * within a while, the attempts of its DAG and of itself that may be alive, the quota.
 *
 * Owns: how much of each pool and key is in use. Does not own: pools, rates and quotas (rows), what
 * DAGs and namespaces use (`usage.ts`), who asks first (the ready queue).
 *
 * Invariants:
 *   G1  What is in use is what the live attempts hold, by their rows: assigned and unheard of
 *       counts like running, and a new leader counts the same (W11, W27).
 *   G2  An attempt holds what it was assigned with, whatever is edited later.
 *   G3  A start that a rate counts is in the rate's row, of the same entry: so the limit does not
 *       hang on who leads, nor on the run being alive still.
 */
import { assert } from '../base/assert.ts';
import { type DagId, type Namespace, type TaskId, wallMs } from '../base/brand.ts';
import type { GateHold } from '../model/attempt.ts';
import type { ConcurrencySpec, DagSpec, RateSpec, TaskSpec } from '../model/dag.ts';
import { namedKey } from '../model/keys.ts';
import { isOverAt, type RateRow, rateName } from '../model/rate.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { isTemplate } from '../model/template.ts';
import type { Deadlines } from './deadlines.ts';
import { isLive, type LiveTaskRow } from './task-rows.ts';

/** Keys of one task instance, rendered; null where its spec has none. */
export interface GateKeys {
  readonly concurrency: string | null;
  readonly rate: string | null;
}

/** What the tasks of a shape must get past. */
export interface Demands {
  /** Equal for equal demands. */
  readonly name: string;
  readonly namespace: Namespace;
  readonly pool: { readonly name: string; readonly slots: number } | null;
  readonly concurrency: ConcurrencySpec | null;
  readonly rate: (RateSpec & { readonly name: string }) | null;
  /** Attempts of the DAG, and of the task in all its runs, that may be alive. */
  readonly ofDag: { readonly dagId: DagId; readonly max: number } | null;
  readonly ofTask: { readonly dagId: DagId; readonly taskId: TaskId; readonly max: number } | null;
}

/** Why a gate is closed. */
export type Closed =
  | { readonly kind: 'no-pool' | 'rate-keys' }
  | { readonly kind: 'pool'; readonly asked: number; readonly used: number; readonly slots: number }
  | { readonly kind: 'concurrency' | 'dag-max' | 'task-max'; readonly used: number }
  | { readonly kind: 'rate'; readonly opensAt: number }
  /** Of a dimension of resources, or of the tasks that run. */
  | {
      readonly kind: 'quota';
      readonly of: string;
      readonly asked: number;
      readonly used: number;
      readonly most: number;
    };

/** Whose gates they are. */
export interface GateOwner {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly taskId: TaskId;
}

/** What a task must get past; null: its keys have to be rendered first. */
export function demandsOf(
  { namespace, dagId, taskId }: GateOwner,
  { task, dag }: { readonly task: TaskSpec; readonly dag: DagSpec },
  rendered: GateKeys | null,
): Demands | null {
  const { pool, poolSlots = 1, concurrency, rate, maxConcurrency } = task;
  const isFree =
    pool === undefined &&
    concurrency === undefined &&
    rate === undefined &&
    maxConcurrency === undefined &&
    dag.maxConcurrency === undefined;
  if (isFree) return { namespace, ...nothing };
  const keys = rendered ?? plainKeys(task);
  if (keys === null) return null;
  const demands = {
    namespace,
    pool: pool === undefined ? null : { name: pool, slots: poolSlots },
    concurrency: concurrency && keys.concurrency ? { ...concurrency, key: keys.concurrency } : null,
    rate: rate && keys.rate ? ratedBy({ ...rate, key: keys.rate }) : null,
    ofDag: dag.maxConcurrency === undefined ? null : { dagId, max: dag.maxConcurrency },
    ofTask: maxConcurrency === undefined ? null : { dagId, taskId, max: maxConcurrency },
  };
  return { ...demands, name: JSON.stringify(demands) };
}

const ratedBy = (rate: RateSpec) => ({ ...rate, name: rateName(rate) });

const nothing = {
  ...{ name: '', pool: null, concurrency: null },
  ...{ rate: null, ofDag: null, ofTask: null },
};

/** The keys of a task that says them without templates; null: there is one. */
function plainKeys({ concurrency, rate }: TaskSpec): GateKeys | null {
  const keys = { concurrency: concurrency?.key ?? null, rate: rate?.key ?? null };
  const saysItself = (key: string | null): boolean => key === null || !isTemplate(key);
  return saysItself(keys.concurrency) && saysItself(keys.rate) ? keys : null;
}

/** What an attempt takes with it; undefined: nothing. */
export function holdOf({ pool, concurrency }: Demands): GateHold | undefined {
  if (pool === null && concurrency === null) return undefined;
  return { ...(pool && { pool }), ...(concurrency && { key: concurrency.key }) };
}

export class Gates {
  readonly #slots = new Map<string, number>();
  readonly #alive = new Map<string, number>();
  /** The next deadline of each rate, so that it has only one. */
  readonly #looks = new Map<string, number>();
  readonly #deadlines: Deadlines;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  clear(): void {
    this.#slots.clear();
    this.#alive.clear();
    this.#looks.clear();
  }

  /** A task's row has changed: moves what its attempt holds (G1). */
  shift(before: TaskRow | null, after: TaskRow | null): void {
    const left = before !== null && isLive(before) ? before : null;
    const taken = after !== null && isLive(after) ? after : null;
    if (left?.attempt.token === taken?.attempt.token) return;
    if (left !== null) this.#move(left, -1);
    if (taken !== null) this.#move(taken, 1);
  }

  slotsUsed(namespace: Namespace, pool: string): number {
    return this.#slots.get(namedKey(namespace, pool)) ?? 0;
  }

  /** Attempts alive with a key. */
  alive(namespace: Namespace, key: string): number {
    return this.#alive.get(namedKey(namespace, key)) ?? 0;
  }

  /** A rate's row has changed: it goes when all that it counts is too old. */
  watch(row: RateRow): void {
    this.lookAt(row, isOverAt(row));
  }

  /** Looks at a rate, and at what waits for it, at `at` or before. */
  lookAt(rate: { readonly namespace: Namespace; readonly name: string }, at: number): void {
    const { namespace, name } = rate;
    const key = namedKey(namespace, name);
    if ((this.#looks.get(key) ?? Number.POSITIVE_INFINITY) <= at) return;
    this.#looks.set(key, at);
    this.#deadlines.add({ kind: 'rate', at: wallMs(at), namespace, name });
  }

  /** The deadline of a rate has come. */
  looked(namespace: Namespace, name: string): void {
    this.#looks.delete(namedKey(namespace, name));
  }

  /** What is in use, for comparisons (G1). */
  picture(): readonly string[] {
    const slots = [...this.#slots].map(([name, used]) => `pool ${name} ${used}`);
    const alive = [...this.#alive].map(([name, used]) => `key ${name} ${used}`);
    return [...slots, ...alive].sort();
  }

  #move({ namespace, attempt }: LiveTaskRow, by: 1 | -1): void {
    const { pool, key } = attempt.holds ?? {};
    if (pool !== undefined) count(this.#slots, namedKey(namespace, pool.name), by * pool.slots);
    if (key !== undefined) count(this.#alive, namedKey(namespace, key), by);
  }
}

function count(used: Map<string, number>, name: string, by: number): void {
  const left = (used.get(name) ?? 0) + by;
  assert(left >= 0, 'G1: nobody gives back more than was taken');
  if (left === 0) used.delete(name);
  else used.set(name, left);
}
