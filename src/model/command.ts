/** Commands: what a gateway asks of the leader's scheduler for a client, and what comes back. */
import type {
  DagId,
  LogIndex,
  Namespace,
  RunId,
  TaskId,
  VersionId,
  WallMs,
} from '../base/brand.ts';
import type { DagSpec, ParamValue } from './dag.ts';

export type Command =
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

export type CommandReply =
  | { readonly kind: 'dag-applied'; readonly outcome: 'created' | 'changed' | 'unchanged' }
  | { readonly kind: 'dag-paused'; readonly paused: boolean }
  | { readonly kind: 'dag-deleted' }
  | { readonly kind: 'run-started'; readonly runId: RunId }
  | { readonly kind: 'run-cancelling'; readonly runId: RunId }
  | { readonly kind: 'run-restarted'; readonly runId: RunId; readonly tasks: readonly TaskId[] };

/** A reply and the log index at which it is true. */
export interface Committed {
  readonly reply: CommandReply;
  readonly index: LogIndex;
}
