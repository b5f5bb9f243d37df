/**
 * What a task may say about where it runs and when it goes first: node pools, queues, tolerations,
 * affinity, priority classes, the order of tasks that wait. Requests and limits are beside them in
 * the task's spec.
 */
import type { TaskId } from '../base/brand.ts';
import type { Resources } from './resources.ts';

/**
 * A mark of a node that keeps tasks away, but for those that tolerate it. `avoid`: they come only
 * when nothing else has room.
 */
export interface Taint {
  readonly key: string;
  /** Empty: a taint with nothing but its name. */
  readonly value: string;
  readonly effect: 'refuse' | 'avoid';
}

/** Lets a task onto nodes with a taint. Null: whatever its value is. */
export interface Toleration {
  readonly key: string;
  readonly value: string | null;
}

/** Label name -> values, one of which a node has. */
export type LabelChoice = Readonly<Record<string, readonly string[]>>;

/** Where a task may run, and where it had better. */
export interface Affinity {
  readonly require?: LabelChoice;
  readonly forbid?: LabelChoice;
  readonly prefer?: LabelChoice;
  /** Rather on a node where one of these tasks of the same run ran last: its files are there. */
  readonly near?: readonly TaskId[];
  /** Never on a node where one of these tasks of the same run runs now; may name itself. */
  readonly apart?: readonly TaskId[];
}

/** The strictest first. */
export const priorityClasses = ['critical', 'high', 'normal', 'low'] as const;

export type PriorityClass = (typeof priorityClasses)[number];

/**
 * Who goes first among tasks of the same class and the same share:
 *
 *   fcfs           the older run
 *   sjf            the task that is expected to take least
 *   srtf           the run that is expected to end soonest
 *   critical-path  the task with the longest way behind it to the end of its run
 */
export const orderNames = ['critical-path', 'fcfs', 'sjf', 'srtf'] as const;

export type OrderName = (typeof orderNames)[number];

/** What a task says of its place. */
export interface TaskPlacing {
  /** At most so much of a dimension, where that is more than its request. */
  readonly limits?: Resources;
  /** Only on nodes of this pool. */
  readonly nodePool?: string;
  /** Only on nodes that serve this queue; without one only on nodes that serve none. */
  readonly queue?: string;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: Affinity;
  /** Attempts of this task that may be alive, in all runs of its DAG together. */
  readonly maxConcurrency?: number;
  /** May be ended, and begun again later, to make room for something of a higher priority. */
  readonly preemptible?: true;
  /** Absent: the DAG's. */
  readonly priorityClass?: PriorityClass;
}

/** What a DAG says for all of its tasks. */
export interface DagPlacing {
  /** Absent: `normal`. */
  readonly priorityClass?: PriorityClass;
  /** Attempts of its tasks that may be alive, in all runs together. */
  readonly maxConcurrency?: number;
  /** Its part among the DAGs of its namespace, where they share; absent: 1. */
  readonly weight?: number;
  /** Absent: the cluster's. */
  readonly order?: OrderName;
  /** Absent: `pack`. */
  readonly placement?: 'pack' | 'spread';
}
