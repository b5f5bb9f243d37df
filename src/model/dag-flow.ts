/**
 * How a task takes part in its run, beyond what it depends on: conditions, loops, groups, maps; and
 * the roles of tasks that stand outside the graph.
 */
import type { TaskId } from '../base/brand.ts';

export interface TaskFlow {
  /** An expression; false when the task could start: it is skipped. */
  readonly condition?: string;
  /** Its output names the children that are followed; the others are skipped. */
  readonly branches?: boolean;
  /** The map that it is a member of (`DagSpec.maps`). */
  readonly map?: string;
  /** The group that it stands in, as a path: `load.inner`. For people. */
  readonly group?: string;
  readonly repeat?: RepeatSpec;
  /** Waits so long when it could start. */
  readonly delayMs?: number;
  /** Looks again and again, without a slot in between. */
  readonly sensor?: SensorSpec;
  /** The task, of role `compensation`, that undoes what this one did. */
  readonly compensate?: TaskId;
}

/** Goes on until an expression over its own output is true. */
export interface RepeatSpec {
  readonly until: string;
  /** Rounds altogether; after the last one without success the task fails. */
  readonly max: number;
  readonly delayMs: number;
}

/** A failed look means "not yet". The task's `timeoutMs` is that of one look. */
export interface SensorSpec {
  readonly everyMs: number;
  /** Of the waiting as a whole; null: no end. */
  readonly giveUpMs: number | null;
  readonly onTimeout: 'fail' | 'skip';
}

/** Runs when all that it depends on has ended and a set-up task succeeded, whatever happened. */
export interface TeardownRole {
  readonly kind: 'teardown';
  readonly setups: readonly TaskId[];
  /** Whether its failure fails the run. */
  readonly failsRun: boolean;
}

/**
 * Runs when something has happened: to the task `of`, or to the run where that is null. Instance k
 * is the k-th time. `exit` is every end.
 */
export interface HookRole {
  readonly kind: 'hook';
  readonly on: HookMoment;
  readonly of: TaskId | null;
}

export type HookMoment = 'success' | 'failure' | 'retry' | 'sla' | 'exit';

/** Undoes what a task did, when the run has failed or somebody asks for it. */
export interface CompensationRole {
  readonly kind: 'compensation';
  readonly of: TaskId;
}
