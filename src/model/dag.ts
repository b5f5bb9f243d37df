/**
 * A DAG: a named workflow definition. Its content lives in immutable versions, named by the digest
 * of their content; the DAG row says which version new runs take and whether schedules may fire.
 *
 * Rows are compared and hashed, so a thing is said in one way only. What 0.2.0 knew is always
 * there, and `null` where a definition does not say it. What came later is a missing key unless it
 * is said: so the versions of older definitions keep their digests.
 */
import type { DagId, Namespace, TaskId, VersionId, WallMs } from '../base/brand.ts';
import type { ArtifactSource } from './artifact.ts';
import type { FunctionAction, HttpAction, PythonAction, ScriptAction } from './code-action.ts';
import type { DockerAction, KubernetesAction } from './container-action.ts';
import type { CompensationRole, HookRole, TaskFlow, TeardownRole } from './dag-flow.ts';
import type { EventTrigger } from './dag-trigger.ts';
import type { Json } from './json.ts';
import type { MapSpec } from './map.ts';
import type { EmailAction, NotifyAction } from './message-action.ts';
import type { DagPlacing, TaskPlacing } from './placing.ts';
import type { Resources } from './resources.ts';
import type { SqlAction } from './sql-action.ts';
import type { TriggerRule } from './trigger-rule.ts';

/** What a task does. Texts in it may be templates; the leader renders them when it assigns. */
export type TaskAction = WorkAction | LeaderAction;

/** What the leader does by itself, without a slot on any node. */
export type LeaderAction =
  /**
   * Chooses among its children: `then` where the condition is true, else `otherwise`. Null: all of
   * them. The others are skipped; with `shortCircuit`, all that is downstream of them.
   */
  | {
      readonly kind: 'branch';
      readonly condition: string;
      readonly follow: readonly TaskId[] | null;
      readonly otherwise: readonly TaskId[];
      readonly shortCircuit: boolean;
    }
  /**
   * A durable sleep: exactly one of the first two is not null. `until` is an instant, a time of day
   * (`15:00`, the next one in the zone), or a template.
   */
  | {
      readonly kind: 'wait';
      readonly forMs: number | null;
      readonly until: string | null;
      /** Absent: UTC. */
      readonly timezone?: string;
    }
  /** A person says yes or no. */
  | {
      readonly kind: 'approval';
      readonly message: string;
      /** What the person fills in; it becomes the output. */
      readonly fields: Readonly<Record<string, ParamSpec>>;
      readonly onReject: 'fail' | 'skip';
      /** After the task's `timeoutMs`. */
      readonly onTimeout: 'fail' | 'skip' | 'approve';
    }
  /** Starts a run of another DAG; `wait`: and ends as that run ends. */
  | {
      readonly kind: 'subdag';
      readonly dagId: DagId;
      /** Values may be templates. */
      readonly params: Readonly<Record<string, Json>>;
      readonly wait: boolean;
    }
  /** Waits for what is pushed: an event, or the end of another DAG's run. */
  | {
      readonly kind: 'await';
      readonly event: AwaitedEvent;
      readonly onTimeout: 'fail' | 'skip';
    };

/** What an `await` waits for. */
export type AwaitedEvent =
  /** A NATS subject; `*` and `>` as NATS reads them. */
  | { readonly kind: 'subject'; readonly subject: string; readonly filter: string | null }
  | { readonly kind: 'asset'; readonly uri: string }
  /**
   * A run of another DAG that ends in one of these ways: with the same logical date, or any that
   * ends after this run was created.
   */
  | {
      readonly kind: 'dag';
      readonly dagId: DagId;
      readonly states: readonly ('success' | 'failed' | 'cancelled')[];
      readonly sameLogicalDate: boolean;
    };

/** What an executor runs; `kind` names the runner. */
export type WorkAction =
  | { readonly kind: 'noop' }
  | { readonly kind: 'shell'; readonly command: string }
  | ScriptAction
  | PythonAction
  | FunctionAction
  | HttpAction
  | DockerAction
  | KubernetesAction
  | SqlAction
  | EmailAction
  | NotifyAction
  /** Succeeds when a file is there; a sensor looks again and again. The path may hold `*`. */
  | { readonly kind: 'file'; readonly path: string };

/** Calls at most `max` attempts with the same key to be alive at a time, in the whole cluster. */
export interface ConcurrencySpec {
  /** May be a template. */
  readonly key: string;
  readonly max: number;
}

/** At most `max` attempts with the same key and window begin within any `perMs`. */
export interface RateSpec {
  readonly key: string;
  readonly max: number;
  readonly perMs: number;
}

/** Which failures: by exit code or by class. */
export interface RetryRule {
  /** Failures with these exit codes, or of these classes, are retried; null: all. */
  readonly exitCodes: readonly number[] | null;
  /** `timeout`, `signal`, `http_503`, or the name of an exception: `ValueError`. */
  readonly errors: readonly string[] | null;
}

export interface TaskSpec extends TaskFlow, TaskPlacing {
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
  /** Names of connections: what they hold is given to its attempts, and to nobody else. */
  readonly connections?: readonly string[];
  /** What its success leaves to others: by name, paths below its working directory. */
  readonly artifacts?: Readonly<Record<string, string>>;
  /** By path, what it is given before it begins. */
  readonly inputs?: Readonly<Record<string, ArtifactSource>>;
  /** Absent: a task of the graph. The others are outside of it, but for `teardown`. */
  readonly role?: TeardownRole | HookRole | CompensationRole;
  /** A named pool of the namespace, and how many of its slots an attempt takes (1). */
  readonly pool?: string;
  readonly poolSlots?: number;
  readonly concurrency?: ConcurrencySpec;
  readonly rate?: RateSpec;
  /** Added to the run's. */
  readonly priority?: number;
  /** Only these failures are retried. */
  readonly retryOn?: RetryRule;
  /** These failures are not. */
  readonly noRetryOn?: RetryRule;
  /** Counted from the run's start; a miss is told once. */
  readonly slaMs?: number;
  /** Assets that its success brings up to date; may be templates. */
  readonly produces?: readonly string[];
}

export type ScheduleSpec =
  | {
      readonly kind: 'cron';
      readonly expression: string;
      readonly timezone: string;
      /** What happens to local times that the clock skips or repeats. */
      readonly dst: 'skip' | 'once' | 'both';
      readonly jitterMs: number;
      readonly calendar?: CalendarRule;
    }
  /** Fixed delay: so long after the end of the last run; the first one at the start date. */
  | { readonly kind: 'after'; readonly afterMs: number; readonly jitterMs: number }
  /** One run, at the start date or as soon as the DAG is applied. */
  | { readonly kind: 'once' }
  /** Fixed rate, counted from the start date (or from when the DAG was applied first). */
  | {
      readonly kind: 'every';
      readonly everyMs: number;
      readonly jitterMs: number;
      readonly calendar?: CalendarRule;
      /** Of the days of the calendar; absent: UTC. */
      readonly timezone?: string;
    };

/** How a schedule follows named calendars of its namespace (`calendar.ts`). */
export interface CalendarRule {
  /** Fires only on days of this calendar. */
  readonly include: string | null;
  /** Never on days of this one. */
  readonly exclude: string | null;
  /** A fire on a day that is not allowed moves to the next or the previous day that is. */
  readonly shift: 'none' | 'next' | 'previous';
}

export type ParamType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'array'
  | 'object';

export interface ParamSpec {
  readonly type: ParamType;
  /** Null: the param must be given, or is null if it may be. */
  readonly default: Json;
  /** Null is a value of it, and its default. */
  readonly nullable?: true;
  readonly enum: readonly Json[] | null;
  readonly minimum?: number;
  readonly maximum?: number;
  /** In characters, or in elements. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** A regular expression without back-references, for the whole value. */
  readonly pattern?: string;
  readonly description?: string;
}

export type ParamValue = Json;

/** How missed fires are made up for. Null in a spec: not at all. */
export interface CatchUp {
  /** Only fires younger than this; null: all since the start date. */
  readonly windowMs: number | null;
  /** True: one run, for the newest missed fire, stands for all of them. */
  readonly coalesce: boolean;
}

/** The content of a version: everything that a run of it depends on. */
export interface DagSpec extends DagPlacing {
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
  /** By the id of the group or task that is mapped. */
  readonly maps?: Readonly<Record<string, MapSpec>>;
  readonly triggers?: readonly EventTrigger[];
  /** What a due run does while others of the DAG are alive; absent: `allow`. */
  readonly overlap?: 'skip' | 'queue' | 'replace';
  /** A scheduled run starts only after the success of the one before. */
  readonly dependsOnPast?: boolean;
  /** Counted from the run's start; a miss is told once. */
  readonly slaMs?: number;
  /** Ids of task groups, outer ones first: `load`, `load.inner`. For people. */
  readonly groups?: readonly string[];
  /**
   * Texts in it may hold templates. Absent in versions of 0.2.0, whose texts are taken as they are.
   */
  readonly templates?: true;
}

/** A share of the runs takes another version for a while. */
export interface Canary {
  readonly versionId: VersionId;
  /** Exactly one of the two: a share of all new runs (0 to 1), or so many runs. */
  readonly share: number | null;
  readonly runsLeft: number | null;
  /** Returns to the old version when more than this share of its ended runs failed; null: never. */
  readonly failureRateMax: number | null;
  /** Runs that must have ended before the rate counts. */
  readonly runsMin: number;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface DagRow {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly versionId: VersionId;
  readonly paused: boolean;
  readonly createdAt: WallMs;
  readonly updatedAt: WallMs;
  readonly pausedAt?: WallMs;
  readonly canary?: Canary;
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
  /** The newest instants that did not run, and why; oldest first, at most `skipsKept`. */
  readonly skips?: readonly SkippedFires[];
  /** When the last run that `after` started has ended; null while it runs. */
  readonly lastEndedAt?: WallMs | null;
  /** Logical date of the newest run that `after` started. */
  readonly afterAt?: WallMs;
  /** Instants up to `doneUntil` that jitter still holds back; at most `delayedMax`. */
  readonly delayed?: readonly DelayedFire[];
  /** The newest scheduled run that has ended, for `dependsOnPast`. */
  readonly past?: { readonly at: WallMs; readonly ok: boolean };
}

/** An instant that has been taken up and starts its run a little later. */
export interface DelayedFire {
  readonly at: WallMs;
  readonly dueAt: WallMs;
}

/** Why a due instant started no run. */
export type SkipReason =
  | 'catchup'
  | 'overlap'
  | 'paused'
  | 'calendar'
  | 'dst'
  | 'coalesced'
  | 'params'
  | 'deleted';

/** Neighbouring instants with the same reason, as one. */
export interface SkippedFires {
  readonly from: WallMs;
  readonly to: WallMs;
  readonly count: number;
  readonly reason: SkipReason;
}
