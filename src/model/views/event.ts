/** A run's history as people see it: one line for each fact. */
import type { LogIndex, WallMs } from '../../base/brand.ts';
import type { ExpansionRow } from '../map.ts';
import type { RunRow } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import { waitsView } from './task.ts';
import { timeText } from './time.ts';
import { endingText, waitsText } from './words.ts';

export interface EventView {
  readonly index: number;
  readonly at: string;
  readonly by: string;
  /** The decision that made the fact: `start-run`, `attempt-ended`… */
  readonly what: string;
  /** Null for a fact of the run itself; the map of an expansion. */
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
  readonly row: RunRow | TaskRow | ExpansionRow;
}

export function eventView({ index, at, by, what, row }: EventRows): EventView {
  const common = { index, at: timeText(at), by, what };
  const nothing = { mapIndex: null, attempt: null, token: null, node: null, exitCode: null };
  if ('mapId' in row) {
    const reason = row.size === 1 ? '1 item' : `${row.size} items`;
    return { ...common, ...nothing, taskId: row.mapId, state: 'expanded', reason };
  }
  if (!('taskId' in row)) {
    return { ...common, ...nothing, taskId: null, state: row.status, reason: runReason(row) };
  }
  const reason = taskReason(row);
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

function taskReason(row: TaskRow): string | null {
  if (row.status === 'deferred') return waitsText(waitsView(row));
  return 'reason' in row ? row.reason : null;
}

/** Why the run is as it is; of a run whose graph has ended, what is done now. */
function runReason(row: RunRow): string | null {
  if ('reason' in row) return row.reason;
  if (row.isPaused === true) return 'paused';
  if ('ending' in row && row.ending !== undefined) return endingText(row.ending);
  return row.status === 'queued' ? (row.heldBy ?? null) : null;
}
