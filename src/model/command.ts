/** Commands: what a gateway asks of the leader's scheduler for a client, and what comes back. */
import type {
  DagId,
  LogIndex,
  Namespace,
  NodeId,
  RunId,
  TaskId,
  VersionId,
  WallMs,
} from '../base/brand.ts';
import type { CalendarRow } from './calendar-row.ts';
import type { ConnectionRow, Sealed } from './connection.ts';
import type { DagSpec, ParamValue } from './dag.ts';
import type { OutsideEvent } from './dag-trigger.ts';
import type { Json } from './json.ts';
import type { Quota } from './namespace-row.ts';
import type { NodePoolRow } from './node-pool.ts';
import type { SchedulingRow } from './scheduling.ts';

/** What can be asked, beside what `ObjectCommand` and `OperatorCommand` say. */
export type Command =
  | ObjectCommand
  | OperatorCommand
  | ClusterCommand
  | {
      readonly kind: 'apply-dag';
      readonly namespace: Namespace;
      readonly dagId: DagId;
      /** The digest of the content: the same content is the same version. */
      readonly versionId: VersionId;
      readonly spec: DagSpec;
    }
  | {
      readonly kind: 'pause-dag';
      readonly namespace: Namespace;
      readonly dagId: DagId;
      readonly paused: boolean;
    }
  | { readonly kind: 'delete-dag'; readonly namespace: Namespace; readonly dagId: DagId }
  | {
      readonly kind: 'start-run';
      readonly namespace: Namespace;
      readonly dagId: DagId;
      /** Null: made from the log position. */
      readonly runId: RunId | null;
      readonly logicalDate: WallMs | null;
      readonly params: Readonly<Record<string, ParamValue>>;
      /** Null: the DAG's. */
      readonly priority: number | null;
    }
  | { readonly kind: 'cancel-run'; readonly namespace: Namespace; readonly runId: RunId }
  | {
      readonly kind: 'rerun';
      readonly namespace: Namespace;
      readonly runId: RunId;
      /** Null: every task (or every failed one, with `failedOnly`). */
      readonly tasks: readonly TaskId[] | null;
      /** Everything downstream of the chosen tasks as well. */
      readonly downstream: boolean;
      readonly failedOnly: boolean;
    };

/** Named things of a namespace beside DAGs: pools, variables, calendars, connections. */
export type ObjectCommand =
  | {
      readonly kind: 'put-pool';
      readonly namespace: Namespace;
      readonly name: string;
      readonly slots: number;
      readonly description: string;
    }
  | {
      readonly kind: 'put-variable';
      readonly namespace: Namespace;
      readonly name: string;
      readonly value: Json;
    }
  | {
      readonly kind: 'put-calendar';
      readonly namespace: Namespace;
      readonly calendar: Omit<CalendarRow, 'namespace' | 'updatedAt' | 'updatedBy'>;
    }
  /** Its secrets are sealed: the log and the digest of the request hold nothing else. */
  | {
      readonly kind: 'put-connection';
      readonly namespace: Namespace;
      readonly connection: Omit<ConnectionRow, 'namespace' | 'updatedAt' | 'updatedBy'>;
    }
  /** The same secrets under another key. What is not as it was `from` is left alone. */
  | {
      readonly kind: 'reseal-connection';
      readonly namespace: Namespace;
      readonly name: string;
      readonly secrets: Readonly<Record<string, { readonly from: Sealed; readonly to: Sealed }>>;
    }
  | {
      readonly kind: 'delete-object';
      readonly table: 'pool' | 'variable' | 'calendar' | 'connection';
      readonly namespace: Namespace;
      readonly name: string;
    };

/** What people do to runs and DAGs under way, and what the outside says. */
export type OperatorCommand =
  | {
      readonly kind: 'decide-approval';
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly taskId: TaskId;
      readonly mapIndex: number;
      readonly approved: boolean;
      readonly values: Readonly<Record<string, ParamValue>>;
      readonly note: string;
    }
  /** Ends task instances by hand, in a run that is alive or has ended. */
  | {
      readonly kind: 'mark-tasks';
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly tasks: readonly TaskId[];
      /** Null: all instances of a mapped task. */
      readonly mapIndex: number | null;
      readonly as: 'success' | 'failed' | 'skipped';
      readonly note: string;
      /** Attempts that are under way are stopped first; without it they are refused. */
      readonly force: boolean;
    }
  | {
      readonly kind: 'pause-run';
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly paused: boolean;
    }
  /** New params, or another definition for what has not started, of a live run. */
  | {
      readonly kind: 'edit-run';
      readonly namespace: Namespace;
      readonly runId: RunId;
      readonly params: Readonly<Record<string, ParamValue>> | null;
      readonly version: { readonly versionId: VersionId; readonly spec: DagSpec } | null;
      readonly note: string;
    }
  /** Runs the compensations of what succeeded in an ended run. */
  | { readonly kind: 'compensate-run'; readonly namespace: Namespace; readonly runId: RunId }
  | {
      readonly kind: 'start-backfill';
      readonly namespace: Namespace;
      readonly dagId: DagId;
      readonly from: WallMs;
      readonly to: WallMs;
      readonly direction: 'forward' | 'backward';
      readonly activeMax: number;
      readonly only: 'all' | 'missing' | 'failed';
      readonly params: Readonly<Record<string, ParamValue>>;
      readonly dryRun: boolean;
    }
  | {
      readonly kind: 'change-backfill';
      readonly namespace: Namespace;
      readonly backfillId: string;
      readonly to: 'paused' | 'running' | 'cancelled';
    }
  /** New runs take this version; also the way back to an older one. */
  | {
      readonly kind: 'promote-version';
      readonly namespace: Namespace;
      readonly dagId: DagId;
      readonly versionId: VersionId;
    }
  | {
      readonly kind: 'start-canary';
      readonly namespace: Namespace;
      readonly dagId: DagId;
      readonly versionId: VersionId;
      readonly spec: DagSpec;
      readonly share: number | null;
      readonly runs: number | null;
      readonly failureRateMax: number | null;
      readonly runsMin: number;
    }
  | { readonly kind: 'end-canary'; readonly namespace: Namespace; readonly dagId: DagId }
  | {
      readonly kind: 'switch-trigger';
      readonly namespace: Namespace;
      readonly dagId: DagId;
      readonly trigger: string;
      readonly enabled: boolean;
    }
  | {
      readonly kind: 'outside-events';
      /** Of the one who tells; the events say which namespaces they are for. */
      readonly namespace: Namespace;
      readonly events: readonly OutsideEvent[];
    }
  | {
      readonly kind: 'settle-letter';
      readonly namespace: Namespace;
      readonly letterId: string;
      readonly how: 'replay' | 'drop';
    };

/** How the cluster shares itself out, and what becomes of its nodes. */
export type ClusterCommand =
  | {
      readonly kind: 'put-namespace';
      readonly namespace: Namespace;
      readonly weight: number;
      readonly quota: Quota;
      readonly description: string;
    }
  | { readonly kind: 'delete-namespace'; readonly namespace: Namespace }
  /** Null: as it is. */
  | {
      readonly kind: 'put-scheduling';
      readonly order: SchedulingRow['order'] | null;
      readonly fairShare: SchedulingRow['fairShare'] | null;
      readonly classAgeingMs: number | null;
    }
  /** `graceMs`: what still runs after that is stopped and begun elsewhere; null: it may end. */
  | { readonly kind: 'drain-node'; readonly node: NodeId; readonly graceMs: number | null }
  | { readonly kind: 'resume-node'; readonly node: NodeId }
  | {
      readonly kind: 'put-node-pool';
      readonly name: string;
      readonly rules: Pick<
        NodePoolRow,
        'min' | 'max' | 'up' | 'down' | 'waitMsMax' | 'cooldownMs' | 'provider'
      >;
    }
  | { readonly kind: 'delete-node-pool'; readonly name: string };

export type CommandReply =
  | { readonly kind: 'dag-applied'; readonly outcome: 'created' | 'changed' | 'unchanged' }
  | { readonly kind: 'dag-paused'; readonly paused: boolean }
  | { readonly kind: 'dag-deleted' }
  | { readonly kind: 'run-started'; readonly runId: RunId }
  | { readonly kind: 'run-cancelling'; readonly runId: RunId }
  | { readonly kind: 'run-restarted'; readonly runId: RunId; readonly tasks: readonly TaskId[] }
  | { readonly kind: 'object-put'; readonly outcome: 'created' | 'changed' | 'unchanged' }
  | { readonly kind: 'object-deleted' }
  | { readonly kind: 'scheduling-put'; readonly outcome: 'changed' | 'unchanged' }
  /** `attempts` that were alive on the node when it was decided. */
  | {
      readonly kind: 'node-drained';
      readonly until: WallMs | null;
      readonly attempts: number;
    }
  | { readonly kind: 'node-resumed' }
  | { readonly kind: 'approval-decided'; readonly approved: boolean }
  | { readonly kind: 'tasks-marked'; readonly tasks: readonly TaskId[] }
  | { readonly kind: 'run-paused'; readonly paused: boolean }
  | { readonly kind: 'run-edited' }
  | { readonly kind: 'run-compensating'; readonly tasks: readonly TaskId[] }
  /** Of a dry run: with the id null. */
  | {
      readonly kind: 'backfill-started';
      readonly backfillId: string | null;
      readonly total: number;
      readonly passedOver: number;
      /** Of a dry run: the first dates that would run, in the order in which they would. */
      readonly dates: readonly WallMs[];
    }
  | { readonly kind: 'backfill-changed'; readonly status: string }
  | { readonly kind: 'version-promoted'; readonly versionId: VersionId }
  | { readonly kind: 'canary-changed'; readonly running: boolean }
  | { readonly kind: 'trigger-switched'; readonly enabled: boolean }
  | {
      readonly kind: 'events-taken';
      /** Runs that they started; an event that was known already, or only kept, starts none. */
      readonly runs: readonly RunId[];
      readonly known: number;
      /** Triggers whose filters did not want it; absent: none. */
      readonly filtered?: number;
    }
  | { readonly kind: 'letter-settled'; readonly how: 'replay' | 'drop' };

/** A reply and the log index at which it is true. */
export interface Committed {
  readonly reply: CommandReply;
  readonly index: LogIndex;
}
