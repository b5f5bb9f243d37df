/**
 * A fact: a row as it is after a change, or null where it is gone. The log carries facts, never
 * commands (law 1): no replica re-runs a decision.
 */
import type { DagRow, ScheduleRow, VersionRow } from './dag.ts';
import { dagKey, runKey, taskKey, versionKey } from './keys.ts';
import type { NodeRow } from './node.ts';
import type { OutputRow } from './output.ts';
import type { RequestRow } from './request.ts';
import type { RunRow } from './run.ts';
import type { TaskRow } from './task-instance.ts';

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
