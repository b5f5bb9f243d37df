/** A run's history as people see it: one line for each fact. */
import type { LogIndex, WallMs } from '../../base/brand.ts';
import type { RunRow } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import { timeText } from './time.ts';

export interface EventView {
  readonly index: number;
  readonly at: string;
  readonly by: string;
  /** The decision that made the fact: `start-run`, `attempt-ended`… */
  readonly what: string;
  /** Null for a fact of the run itself. */
  readonly taskId: string | null;
  readonly mapIndex: number | null;
  readonly state: string;
  readonly attempt: number | null;
  readonly token: number | null;
  readonly node: string | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
}

export interface EventRows {
  readonly index: LogIndex;
  readonly at: WallMs;
  readonly by: string;
  readonly what: string;
  readonly row: RunRow | TaskRow;
}

export function eventView({ index, at, by, what, row }: EventRows): EventView {
  const common = { index, at: timeText(at), by, what };
  const reason = 'reason' in row ? row.reason : null;
  if (!('taskId' in row)) {
    const nothing = { taskId: null, mapIndex: null, attempt: null, token: null, node: null };
    return { ...common, ...nothing, state: row.status, exitCode: null, reason };
  }
  const ended = row.attempts.at(-1);
  const attempt = 'attempt' in row ? row.attempt : ended;
  return {
    ...common,
    taskId: row.taskId,
    mapIndex: row.mapIndex,
    state: row.status,
    attempt: attempt?.number ?? null,
    token: attempt?.token ?? null,
    node: attempt?.node ?? null,
    exitCode: 'attempt' in row ? null : (ended?.exitCode ?? null),
    reason: reason ?? ('attempt' in row ? null : (ended?.error ?? null)),
  };
}
