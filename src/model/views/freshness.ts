/**
 * How fresh an asset is: when one of its producers brought it up to date, and whether it should
 * have been since. Derived from rows of runs; an event that a person tells is no row, and leaves
 * no trace here.
 */
import { type WallMs, wallMs } from '../../base/brand.ts';
import { dueAt, isRecurring, previousFire, type Timetable } from '../schedule-fires.ts';
import type { TaskRow } from '../task-instance.ts';
import { timeText, timeTextOrNull } from './time.ts';

/**
 *   fresh      made since the newest time at which a schedule wanted it
 *   coming     not yet, but a run of a producer is alive
 *   overdue    not, and nothing is making it
 *   unplanned  no schedule that goes on wants it at any time
 */
export const freshnessStates = ['fresh', 'coming', 'overdue', 'unplanned'] as const;

export interface FreshnessView {
  readonly state: (typeof freshnessStates)[number];
  /** The newest success of a producer that is known; null: none is among its last runs. */
  readonly last: MadeView | null;
  /** When a schedule wanted it the last time; null unless it is planned. */
  readonly wantedAt: string | null;
}

export interface MadeView {
  readonly at: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
}

export interface Made {
  readonly dagId: string;
  readonly row: Extract<TaskRow, { readonly status: 'success' }>;
}

/** What is known of one producer. */
export interface ProducerNow {
  readonly made: Made | undefined;
  /** Whether a run of its DAG has not ended. */
  readonly isAlive: boolean;
  readonly wantedAt: WallMs | undefined;
}

export function freshnessView(producers: readonly ProducerNow[]): FreshnessView {
  const made = producers
    .flatMap((producer) => producer.made ?? [])
    .reduce<Made | undefined>(newer, undefined);
  const wanted = producers.flatMap(({ wantedAt }) => wantedAt ?? []);
  const wantedAt = wanted.length === 0 ? null : wallMs(Math.max(...wanted));
  const isAlive = producers.some((producer) => producer.isAlive);
  return {
    state: stateOf({ madeAt: made?.row.endedAt, wantedAt, isAlive }),
    last: made === undefined ? null : madeView(made),
    wantedAt: timeTextOrNull(wantedAt),
  };
}

const newer = (one: Made | undefined, other: Made): Made =>
  one === undefined || other.row.endedAt > one.row.endedAt ? other : one;

function stateOf(known: {
  readonly madeAt: WallMs | undefined;
  readonly wantedAt: WallMs | null;
  readonly isAlive: boolean;
}): FreshnessView['state'] {
  const { madeAt, wantedAt, isAlive } = known;
  if (wantedAt === null) return 'unplanned';
  if (madeAt !== undefined && madeAt >= wantedAt) return 'fresh';
  return isAlive ? 'coming' : 'overdue';
}

const madeView = ({ dagId, row: { runId, taskId, mapIndex, endedAt } }: Made): MadeView => ({
  ...{ at: timeText(endedAt), dagId, runId, taskId, mapIndex },
});

/** The newest instant up to `now` at which a run should have begun, jitter included. */
export function wantedUntil(table: Timetable, now: WallMs): WallMs | undefined {
  const begun = table.spec.schedules.filter(isRecurring).flatMap((schedule) => {
    let at = previousFire(table, schedule, wallMs(now + 1));
    // What jitter still holds back is not wanted yet.
    if (at !== undefined && dueAt(table, schedule, at) > now) {
      at = previousFire(table, schedule, at);
    }
    return at ?? [];
  });
  return begun.length === 0 ? undefined : wallMs(Math.max(...begun));
}
