/** What a namespace may use of the cluster. Without a row: a weight of 1, and no quota. */
import type { Namespace, WallMs } from '../base/brand.ts';

/** Absent: no limit. */
export interface Quota {
  /** Of all live attempts together, in the units of `Resources`. */
  readonly cpu?: number;
  readonly memory?: number;
  readonly gpu?: number;
  /** Attempts that are alive. */
  readonly runningTasks?: number;
  /** Runs that have begun and not ended; more of them wait. */
  readonly activeRuns?: number;
  /** Runs that begin within any minute; more of them wait. */
  readonly runsPerMinute?: number;
  /** Runs that wait to begin; one more is refused. */
  readonly queuedRuns?: number;
  readonly dags?: number;
}

export interface NamespaceRow {
  readonly namespace: Namespace;
  /** Its part of a cluster that is full, among the namespaces that want more. */
  readonly weight: number;
  readonly quota: Quota;
  readonly description: string;
  readonly updatedAt: WallMs;
  readonly updatedBy: string;
}
