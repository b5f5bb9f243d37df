/**
 * Which runs are alive, by DAG and by namespace: those that have begun, and those that wait to.
 * Derived from rows; a part of the Board.
 */
import type { DagId, Namespace } from '../base/brand.ts';
import { dagKey } from '../model/keys.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { RunRow } from '../model/run.ts';

/** Runs of one namespace. */
interface Alive {
  begun: number;
  queued: number;
  /** Keys of DAGs with queued runs. */
  readonly waiting: Set<string>;
}

export class RunQueues {
  readonly #begun = new Map<string, Map<string, RunRow>>();
  readonly #queued = new Map<string, Map<string, RunRow>>();
  readonly #namespaces = new Map<Namespace, Alive>();

  clear(): void {
    this.#begun.clear();
    this.#queued.clear();
    this.#namespaces.clear();
  }

  /** The row of a live run comes, changes, or goes. One that still waits keeps its place. */
  change(before: RunRow | null, after: RunRow | null): void {
    const isSame = before !== null && after !== null && isQueued(before) === isQueued(after);
    if (isSame) {
      this.#runsLike(after).set(after.runId, after);
      return;
    }
    if (before !== null) this.#count(before, -1);
    if (after !== null) this.#count(after, 1);
  }

  #count(run: RunRow, by: 1 | -1): void {
    const { namespace, runId } = run;
    const key = dagKey(namespace, run.dagId);
    const runs = this.#runsLike(run);
    if (by === 1) runs.set(runId, run);
    else runs.delete(runId);
    if (runs.size === 0) this.#all(run).delete(key);
    const alive = this.#aliveIn(namespace);
    if (isQueued(run)) alive.queued += by;
    else alive.begun += by;
    if (this.#queued.has(key)) alive.waiting.add(key);
    else alive.waiting.delete(key);
    if (alive.begun + alive.queued === 0) this.#namespaces.delete(namespace);
  }

  running(namespace: Namespace, dagId: DagId): number {
    return this.#begun.get(dagKey(namespace, dagId))?.size ?? 0;
  }

  /** Runs of a DAG that have begun and not ended. */
  begun(key: string): Iterable<RunRow> {
    return this.#begun.get(key)?.values() ?? [];
  }

  /** Queued runs of a DAG, oldest first. */
  queued(key: string): Iterable<RunRow> {
    return this.#queued.get(key)?.values() ?? [];
  }

  /** Runs of a namespace that have begun and not ended, and those that wait to begin. */
  ofNamespace(namespace: Namespace): { readonly begun: number; readonly queued: number } {
    return this.#namespaces.get(namespace) ?? nobody;
  }

  /**
   * Keys of the DAGs of a namespace that have queued runs, in the order in which their first ones
   * are to be served.
   */
  waitingDags(namespace: Namespace): readonly string[] {
    const firsts: RunRow[] = [];
    for (const key of this.#namespaces.get(namespace)?.waiting ?? []) {
      for (const run of this.queued(key)) {
        firsts.push(run);
        break;
      }
    }
    firsts.sort(
      (left, right) => right.priority - left.priority || left.createdAt - right.createdAt,
    );
    return firsts.map((run) => dagKey(run.namespace, run.dagId));
  }

  #all(run: RunRow): Map<string, Map<string, RunRow>> {
    return isQueued(run) ? this.#queued : this.#begun;
  }

  /** Runs of the same DAG that have begun, or have not, as this one. */
  #runsLike(run: RunRow): Map<string, RunRow> {
    const all = this.#all(run);
    const key = dagKey(run.namespace, run.dagId);
    const runs = all.get(key) ?? new Map<string, RunRow>();
    all.set(key, runs);
    return runs;
  }

  #aliveIn(namespace: Namespace): Alive {
    const known = this.#namespaces.get(namespace) ?? { begun: 0, queued: 0, waiting: new Set() };
    this.#namespaces.set(namespace, known);
    return known;
  }
}

const isQueued = ({ status }: RunRow): boolean => status === 'queued';

const nobody = { begun: 0, queued: 0 };

/** A ledger gives runs in the order of their keys; queues are served by age. */
export function byAge({ run: left }: LiveRun, { run: right }: LiveRun): number {
  if (left.createdAt !== right.createdAt) return left.createdAt - right.createdAt;
  return left.runId < right.runId ? -1 : 1;
}
