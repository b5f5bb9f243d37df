/**
 * A DAG: a named workflow definition. Its content lives in immutable versions, named by the digest
 * of their content; the DAG row says which version new runs take and whether schedules may fire.
 *
 * What is absent in a definition is `null` here, never a missing key: rows are compared and hashed.
 */
import type { DagId, Namespace, TaskId, VersionId, WallMs } from '../base/brand.ts';
import type { Resources } from './resources.ts';
import type { TriggerRule } from './trigger-rule.ts';

/** What a task does; `kind` names the runner that executes it. */
export type TaskAction =
  | { readonly kind: 'noop' }
  | { readonly kind: 'shell'; readonly command: string }
  /** Exactly one of `code` (inline) and `file` (a path on the executing node) is not null. */
  | {
      readonly kind: 'python';
      readonly code: string | null;
      readonly file: string | null;
      readonly args: readonly string[];
    }
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | null;
      /** Status codes that mean success; empty: 200 to 299. */
      readonly successStatus: readonly number[];
    };

export interface TaskSpec {
  readonly action: TaskAction;
  readonly dependsOn: readonly TaskId[];
  readonly triggerRule: TriggerRule;
  /** Further attempts after the first (T04). */
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly retryBackoff: 'fixed' | 'exponential';
  readonly retryDelayMsMax: number | null;
  /** True: the delay is drawn from [delay/2, delay], by a hash of the attempt, not by chance. */
  readonly retryJitter: boolean;
  readonly timeoutMs: number | null;
  /** False: an attempt that was lost with its node is not repeated without a person's word. */
  readonly idempotent: boolean;
  readonly resources: Resources;
  /** The node must carry all of these. */
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute working directory, or null for a private one. */
  readonly cwd: string | null;
}

export type ScheduleSpec =
  | {
      readonly kind: 'cron';
      readonly expression: string;
      readonly timezone: string;
      /** What happens to local times that the clock skips or repeats. */
      readonly dst: 'skip' | 'once' | 'both';
      readonly jitterMs: number;
    }
  /** One run, at the start date or as soon as the DAG is applied. */
  | { readonly kind: 'once' }
  /** Fixed rate, counted from the start date (or from when the DAG was applied first). */
  | { readonly kind: 'every'; readonly everyMs: number; readonly jitterMs: number };

export interface ParamSpec {
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  /** Null: the param must be given. */
  readonly default: string | number | boolean | null;
  readonly enum: readonly (string | number | boolean)[] | null;
}

export type ParamValue = string | number | boolean;

/** How missed fires are made up for. Null in a spec: not at all. */
export interface CatchUp {
  /** Only fires younger than this; null: all since the start date. */
  readonly windowMs: number | null;
  /** True: one run, for the newest missed fire, stands for all of them. */
  readonly coalesce: boolean;
}

/** The content of a version: everything that a run of it depends on. */
export interface DagSpec {
  readonly description: string;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly schedules: readonly ScheduleSpec[];
  readonly startDate: WallMs | null;
  readonly endDate: WallMs | null;
  readonly catchUp: CatchUp | null;
  readonly activeRunsMax: number;
  readonly priority: number;
  readonly timeoutMs: number | null;
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly tasks: Readonly<Record<TaskId, TaskSpec>>;
}

export interface DagRow {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly versionId: VersionId;
  readonly paused: boolean;
  readonly createdAt: WallMs;
  readonly updatedAt: WallMs;
}

export interface VersionRow {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly versionId: VersionId;
  readonly spec: DagSpec;
  readonly createdAt: WallMs;
  readonly createdBy: string;
}

/**
 * What a schedule remembers, one row per DAG. It outlives edits of the DAG, so that an instant that
 * has fired once never fires again (W13).
 */
export interface ScheduleRow {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  /** Where an `every` schedule without start date counts from. */
  readonly anchor: WallMs;
  /** Every instant up to this one has been dealt with: fired, or skipped by the catch-up rule. */
  readonly doneUntil: WallMs;
  /** Missed instants that the catch-up rule let go, so far (W14). */
  readonly skipped: number;
  /** Whether `@once` has fired. */
  readonly onceDone: boolean;
}
