/** Pools, variables, calendars and dead letters as people see them. */
import type { CalendarRow } from '../calendar-row.ts';
import type { DeadLetterRow } from '../dead-letter.ts';
import type { Json } from '../json.ts';
import type { PoolRow } from '../pool.ts';
import type { VariableRow } from '../variable.ts';
import { timeText } from './time.ts';

interface ObjectView {
  readonly name: string;
  readonly namespace: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export interface PoolView extends ObjectView {
  readonly slots: number;
  readonly description: string;
}

export interface VariableView extends ObjectView {
  readonly value: Json;
}

export interface CalendarView extends ObjectView {
  readonly description: string;
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  readonly days: readonly string[];
  readonly yearly: readonly string[];
  readonly except: readonly string[];
}

export interface LetterView {
  readonly letterId: string;
  readonly namespace: string;
  readonly dagId: string | null;
  readonly kind: string;
  readonly reason: string;
  readonly at: string;
  /** The command that a replay tries again. */
  readonly replays: string;
}

const common = (row: PoolRow | VariableRow | CalendarRow): ObjectView => ({
  name: row.name,
  namespace: row.namespace,
  updatedAt: timeText(row.updatedAt),
  updatedBy: row.updatedBy,
});

export const poolView = (row: PoolRow): PoolView => ({
  ...common(row),
  slots: row.slots,
  description: row.description,
});

export const variableView = (row: VariableRow): VariableView => ({
  ...common(row),
  value: row.value,
});

export const calendarView = (row: CalendarRow): CalendarView => ({
  ...common(row),
  description: row.description,
  weekdays: row.weekdays,
  days: row.days,
  yearly: row.yearly,
  except: row.except,
});

export const letterView = (row: DeadLetterRow): LetterView => ({
  letterId: row.letterId,
  namespace: row.namespace,
  dagId: row.dagId,
  kind: row.kind,
  reason: row.reason,
  at: timeText(row.at),
  replays: row.replay.kind,
});
