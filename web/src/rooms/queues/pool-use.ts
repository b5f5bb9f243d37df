/** Who holds the slots of a pool, and who waits for them: of attempts, specs and closed gates. */

export interface LiveAttempt {
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
}

export interface PoolHolder extends LiveAttempt {
  readonly slots: number;
}

interface TaskPool {
  readonly pool?: string | undefined;
  readonly poolSlots?: number | undefined;
}

export type TasksOf = (runId: string) => Readonly<Record<string, TaskPool>> | undefined;

/** Name of the pool -> who holds its slots. */
export function poolHolders(
  attempts: readonly LiveAttempt[],
  tasksOf: TasksOf,
): ReadonlyMap<string, readonly PoolHolder[]> {
  const holders = new Map<string, PoolHolder[]>();
  for (const { runId, taskId, mapIndex } of attempts) {
    const task = tasksOf(runId)?.[taskId];
    if (task?.pool === undefined) continue;
    const list = holders.get(task.pool) ?? [];
    holders.set(task.pool, list);
    list.push({ runId, taskId, mapIndex, slots: task.poolSlots ?? 1 });
  }
  return holders;
}

export const slotsTaken = (holders: readonly PoolHolder[]): number =>
  holders.reduce((sum, { slots }) => sum + slots, 0);

interface Weighted {
  readonly namespace: string;
  readonly weight: number;
  readonly used: { readonly cpu: number };
}

export interface Share {
  /** Percent of the cluster that the weight gives. */
  readonly fair: number;
  /** Percent of the cluster that is used. */
  readonly uses: number;
}

/** Fair shares by CPU, among the namespaces that there are. */
export function shares(all: readonly Weighted[], capacity: number): ReadonlyMap<string, Share> {
  const weights = all.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(
    all.map(({ namespace, weight, used }) => [
      namespace,
      {
        fair: weights === 0 ? 0 : (weight / weights) * 100,
        uses: capacity === 0 ? 0 : Math.min(100, (used.cpu / capacity) * 100),
      },
    ]),
  );
}
