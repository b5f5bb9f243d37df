/**
 * What live attempts use, by namespace, by DAG and by task. Derived from rows, like the load of
 * nodes: assigned and unheard of counts like running, and a new leader counts the same (G1).
 *
 * Owns: the sums, and how many runs of each namespace are alive. Does not own: what may be used
 * (rows of namespaces, definitions).
 */
import { assert } from '../base/assert.ts';
import type { DagId, Namespace, TaskId } from '../base/brand.ts';
import { dagKey, estimateKey } from '../model/keys.ts';
import type { Resources } from '../model/resources.ts';

/** What one namespace or DAG uses. */
export interface Used {
  readonly attempts: number;
  readonly resources: Resources;
}

interface Sum {
  readonly namespace: Namespace;
  attempts: number;
  readonly resources: Record<string, number>;
}

interface Whose {
  readonly namespace: Namespace;
  readonly dagId: DagId;
}

export class Usage {
  readonly #namespaces = new Map<Namespace, Sum>();
  readonly #dags = new Map<string, Sum>();
  /** Attempts of each task, in all runs of its DAG. */
  readonly #tasks = new Map<string, number>();

  clear(): void {
    this.#namespaces.clear();
    this.#dags.clear();
    this.#tasks.clear();
  }

  /** A live attempt takes what its task asks for, or gives it back. */
  shift(whose: Whose, attempt: { taskId: TaskId; resources: Resources }, by: 1 | -1): void {
    const { namespace, dagId } = whose;
    const { taskId, resources } = attempt;
    add(this.#namespaces, namespace, { namespace, resources }, by);
    add(this.#dags, dagKey(namespace, dagId), { namespace, resources }, by);
    const key = estimateKey(namespace, dagId, taskId);
    const left = (this.#tasks.get(key) ?? 0) + by;
    if (left === 0) this.#tasks.delete(key);
    else this.#tasks.set(key, left);
  }

  ofNamespace(namespace: Namespace): Used {
    return this.#namespaces.get(namespace) ?? nothing;
  }

  ofDag(namespace: Namespace, dagId: DagId): Used {
    return this.ofDagKey(dagKey(namespace, dagId));
  }

  /** Those of which attempts are alive. */
  namespaces(): Iterable<Namespace> {
    return this.#namespaces.keys();
  }

  /** The same, by the keys of the DAGs. */
  *dags(): Iterable<{ readonly namespace: Namespace; readonly dag: string }> {
    for (const [dag, { namespace }] of this.#dags) yield { namespace, dag };
  }

  ofDagKey(key: string): Used {
    return this.#dags.get(key) ?? nothing;
  }

  /** Attempts of a task that are alive. */
  ofTask(namespace: Namespace, dagId: DagId, taskId: TaskId): number {
    return this.#tasks.get(estimateKey(namespace, dagId, taskId)) ?? 0;
  }

  /** What is in use, for comparisons (B1). */
  picture(): readonly string[] {
    const said = (what: string, sums: ReadonlyMap<string, Sum>): string[] =>
      [...sums].map(([name, { attempts, resources }]) => {
        const amounts = Object.entries(resources).filter(([, amount]) => amount !== 0);
        return `${what} ${name} ${attempts} ${JSON.stringify(amounts.sort())}`;
      });
    const tasks = [...this.#tasks].map(([name, alive]) => `task ${name} ${alive}`);
    return [...said('namespace', this.#namespaces), ...said('dag', this.#dags), ...tasks].sort();
  }
}

/**
 * The largest of the shares of a cluster that somebody uses, over their weight: the dominant share
 * of Ghodsi et al., "Dominant Resource Fairness", NSDI 2011.
 */
export function dominantShare(
  { resources }: Used,
  { total, weight }: { readonly total: Resources; readonly weight: number },
): number {
  let share = 0;
  for (const name in resources) {
    const all = total[name] ?? 0;
    const used = resources[name] ?? 0;
    if (all > 0 && used / all > share) share = used / all;
  }
  return share / weight;
}

const nothing: Used = { attempts: 0, resources: {} };

function add<K>(
  sums: Map<K, Sum>,
  key: K,
  { namespace, resources }: { readonly namespace: Namespace; readonly resources: Resources },
  by: 1 | -1,
): void {
  const sum = sums.get(key) ?? { namespace, attempts: 0, resources: {} };
  sum.attempts += by;
  assert(sum.attempts >= 0, 'G1: nobody gives back more than was taken');
  if (sum.attempts === 0) {
    sums.delete(key);
    return;
  }
  for (const name in resources) {
    sum.resources[name] = (sum.resources[name] ?? 0) + by * (resources[name] ?? 0);
  }
  sums.set(key, sum);
}
