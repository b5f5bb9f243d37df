/**
 * A fact: a row as it is after a change, or null where it is gone. The log carries facts, never
 * commands (law 1): no replica re-runs a decision.
 */
import type { BackfillRow } from './backfill.ts';
import type { CalendarRow } from './calendar-row.ts';
import type { ConnectionRow } from './connection.ts';
import type { DagRow, ScheduleRow, VersionRow } from './dag.ts';
import type { TriggerRow } from './dag-trigger.ts';
import type { DeadLetterRow } from './dead-letter.ts';
import type { EstimateRow } from './estimate.ts';
import { dagKey, estimateKey, mapKey, namedKey, runKey, taskKey, versionKey } from './keys.ts';
import type { ExpansionRow } from './map.ts';
import type { NamespaceRow } from './namespace-row.ts';
import type { NodeRow } from './node.ts';
import type { NodePoolRow } from './node-pool.ts';
import type { OutputRow } from './output.ts';
import type { PoolRow } from './pool.ts';
import type { RateRow } from './rate.ts';
import type { RequestRow } from './request.ts';
import type { RunRow } from './run.ts';
import { type SchedulingRow, schedulingKey } from './scheduling.ts';
import type { TaskRow } from './task-instance.ts';
import type { VariableRow } from './variable.ts';

/** Every table and the type of its rows. A new fact starts here. */
export interface Tables {
  readonly dag: DagRow;
  readonly version: VersionRow;
  readonly schedule: ScheduleRow;
  readonly run: RunRow;
  readonly task: TaskRow;
  readonly output: OutputRow;
  readonly node: NodeRow;
  readonly request: RequestRow;
  readonly expansion: ExpansionRow;
  readonly trigger: TriggerRow;
  readonly pool: PoolRow;
  readonly calendar: CalendarRow;
  readonly variable: VariableRow;
  readonly backfill: BackfillRow;
  readonly letter: DeadLetterRow;
  readonly rate: RateRow;
  readonly namespace: NamespaceRow;
  readonly scheduling: SchedulingRow;
  readonly estimate: EstimateRow;
  readonly 'node-pool': NodePoolRow;
  readonly connection: ConnectionRow;
}

export type TableName = keyof Tables;

export type FactOf<T extends TableName> = {
  readonly table: T;
  readonly key: string;
  readonly row: Tables[T] | null;
};

export type Fact = { readonly [T in TableName]: FactOf<T> }[TableName];

/** A fact and what stood there before; undo puts `before` back (law 8). */
export type Change = {
  readonly [T in TableName]: {
    readonly table: T;
    readonly fact: FactOf<T>;
    readonly before: Tables[T] | null;
  };
}[TableName];

export const dagFact = (row: DagRow): Fact => ({
  table: 'dag',
  key: dagKey(row.namespace, row.dagId),
  row,
});

export const versionFact = (row: VersionRow): Fact => ({
  table: 'version',
  key: versionKey(row.namespace, row.dagId, row.versionId),
  row,
});

export const scheduleFact = (row: ScheduleRow): Fact => ({
  table: 'schedule',
  key: dagKey(row.namespace, row.dagId),
  row,
});

export const runFact = (row: RunRow): Fact => ({
  table: 'run',
  key: runKey(row.namespace, row.runId),
  row,
});

export const taskFact = (row: TaskRow): Fact => ({
  table: 'task',
  key: taskKey(row.namespace, row.runId, row.taskId, row.mapIndex),
  row,
});

export const outputFact = (row: OutputRow): Fact => ({
  table: 'output',
  key: taskKey(row.namespace, row.runId, row.taskId, row.mapIndex),
  row,
});

export const nodeFact = (row: NodeRow): Fact => ({ table: 'node', key: row.nodeId, row });

export const requestFact = (row: RequestRow): Fact => ({
  table: 'request',
  key: row.requestId,
  row,
});

export const expansionFact = (row: ExpansionRow): Fact => ({
  table: 'expansion',
  key: mapKey(row.namespace, row.runId, row.mapId),
  row,
});

export const triggerFact = (row: TriggerRow): Fact => ({
  table: 'trigger',
  key: dagKey(row.namespace, row.dagId),
  row,
});

export const poolFact = (row: PoolRow): Fact => ({
  table: 'pool',
  key: namedKey(row.namespace, row.name),
  row,
});

export const rateFact = (row: RateRow): Fact => ({
  table: 'rate',
  key: namedKey(row.namespace, row.name),
  row,
});

export const calendarFact = (row: CalendarRow): Fact => ({
  table: 'calendar',
  key: namedKey(row.namespace, row.name),
  row,
});

export const variableFact = (row: VariableRow): Fact => ({
  table: 'variable',
  key: namedKey(row.namespace, row.name),
  row,
});

export const backfillFact = (row: BackfillRow): Fact => ({
  table: 'backfill',
  key: namedKey(row.namespace, row.backfillId),
  row,
});

export const letterFact = (row: DeadLetterRow): Fact => ({
  table: 'letter',
  key: namedKey(row.namespace, row.letterId),
  row,
});

export const namespaceFact = (row: NamespaceRow): Fact => ({
  table: 'namespace',
  key: row.namespace,
  row,
});

export const schedulingFact = (row: SchedulingRow): Fact => ({
  table: 'scheduling',
  key: schedulingKey,
  row,
});

export const estimateFact = (row: EstimateRow): Fact => ({
  table: 'estimate',
  key: estimateKey(row.namespace, row.dagId, row.taskId),
  row,
});

export const nodePoolFact = (row: NodePoolRow): Fact => ({
  table: 'node-pool',
  key: row.name,
  row,
});

export const connectionFact = (row: ConnectionRow): Fact => ({
  table: 'connection',
  key: namedKey(row.namespace, row.name),
  row,
});
