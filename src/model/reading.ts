/** Shapes of what is read: said by the ledger on one side and by the HTTP server on the other. */
import type { DagId, LogIndex, Namespace, WallMs } from '../base/brand.ts';
import type { ExpansionRow } from './map.ts';
import type { LogRecord } from './record.ts';
import type { RunRow, RunStatus } from './run.ts';
import type { TaskRow } from './task-instance.ts';

export interface RunQuery {
  readonly namespace: Namespace;
  readonly dagId: DagId | null;
  /** Null: any. */
  readonly statuses: readonly RunStatus[] | null;
  /** Created at or after. */
  readonly since: WallMs | null;
  readonly limit: number;
  /** As returned by the page before. */
  readonly cursor: string | null;
}

/** When a run was created, and its id: where a page of runs begins. */
export const runCursorPattern = /^\d{16}\/[^/]+$/;

/** A page may be shorter than asked; a cursor of null says that it is the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | null;
}

/** One fact of a run's history. A task's row carries its newest ended attempt alone. */
export interface RunEvent {
  readonly index: LogIndex;
  readonly at: WallMs;
  readonly by: string;
  readonly what: string;
  /** An expansion comes without its items. */
  readonly row: RunRow | TaskRow | ExpansionRow;
}

/** A committed record, as those who follow the log get it. */
export interface WatchEvent {
  readonly index: LogIndex;
  readonly record: LogRecord;
}
