/** What may be read of the live rows: by decisions, by views, by whoever answers people. */
import type { DagId, Namespace, RunId, TaskId, VersionId } from '../base/brand.ts';
import type { DagRow, ScheduleRow, VersionRow } from './dag.ts';
import type { TriggerRow } from './dag-trigger.ts';
import type { EstimateRow } from './estimate.ts';
import type { Fact, TableName, Tables } from './fact.ts';
import type { ExpansionRow } from './map.ts';
import type { NamespaceRow } from './namespace-row.ts';
import type { NodeRow } from './node.ts';
import type { NodePoolRow } from './node-pool.ts';
import type { OutputRow } from './output.ts';
import type { RequestRow } from './request.ts';
import type { RunRow } from './run.ts';
import type { SchedulingRow } from './scheduling.ts';
import type { TaskRow } from './task-instance.ts';

/** A run that has not ended, with its rows. */
export interface LiveRun {
  readonly run: RunRow;
  readonly tasks: ReadonlyMap<string, TaskRow>;
  readonly outputs: ReadonlyMap<string, OutputRow>;
  readonly expansions: ReadonlyMap<string, ExpansionRow>;
}

/** What decisions may see (law 2). */
export interface ReadonlyState {
  dag(namespace: Namespace, dagId: DagId): DagRow | undefined;
  dags(): Iterable<DagRow>;
  version(namespace: Namespace, dagId: DagId, versionId: VersionId): VersionRow | undefined;
  versionsOf(namespace: Namespace, dagId: DagId): readonly VersionRow[];
  schedule(namespace: Namespace, dagId: DagId): ScheduleRow | undefined;
  run(namespace: Namespace, runId: RunId): LiveRun | undefined;
  runs(): Iterable<LiveRun>;
  task(namespace: Namespace, runId: RunId, taskId: TaskId, mapIndex: number): TaskRow | undefined;
  node(nodeId: string): NodeRow | undefined;
  nodes(): Iterable<NodeRow>;
  request(requestId: string): RequestRow | undefined;
  requests(): Iterable<RequestRow>;
  trigger(namespace: Namespace, dagId: DagId): TriggerRow | undefined;
  /** What the namespace may use; undefined: nobody has said. */
  namespace(namespace: Namespace): NamespaceRow | undefined;
  namespaces(): Iterable<NamespaceRow>;
  /** Undefined: as it is from the first day (`defaultScheduling`). */
  scheduling(): SchedulingRow | undefined;
  estimate(namespace: Namespace, dagId: DagId, taskId: TaskId): EstimateRow | undefined;
  estimates(): Iterable<EstimateRow>;
  nodePool(name: string): NodePoolRow | undefined;
  nodePools(): Iterable<NodePoolRow>;
  /** A row of one of the tables whose rows have a name in their namespace. */
  named<T extends NamedTable>(table: T, namespace: Namespace, name: string): Tables[T] | undefined;
  /** Every row of such a table. */
  allNamed<T extends NamedTable>(table: T): Iterable<Tables[T]>;
  count(table: TableName): number;
  /**
   * The generation in which the run ended, if that was lately: newer than what a ledger may say.
   */
  endedLately(namespace: Namespace, runId: RunId): number | undefined;
  digest(): string;
  /** Every live row as a fact, in the order in which they can be applied to an empty state. */
  facts(): Iterable<Fact>;
}

/** Tables whose rows have a name in their namespace. */
export type NamedTable =
  | 'pool'
  | 'calendar'
  | 'variable'
  | 'backfill'
  | 'letter'
  | 'rate'
  | 'connection';
