/** Failures of tasks, by the hour of the day or the day of the week that they came at. */
import type { GridRunView } from '../../../../src/model/views/grid.ts';

export type By = 'hour' | 'day';

export interface HeatRow {
  readonly task: string;
  readonly total: number;
  /** 24 hours, or 7 days from Sunday on. */
  readonly counts: readonly number[];
}

export const slots: Readonly<Record<By, number>> = { hour: 24, day: 7 };

/** Tasks that failed most first. `offset`: of the reader's clock from UTC at an instant. */
export function heatOf(
  runs: readonly Pick<GridRunView, 'failedAt'>[],
  by: By,
  offsetMs: (at: number) => number,
): readonly HeatRow[] {
  const byTask = new Map<string, number[]>();
  for (const { failedAt } of runs) {
    for (const [task, at] of Object.entries(failedAt)) {
      const counts = byTask.get(task) ?? new Array<number>(slots[by]).fill(0);
      byTask.set(task, counts);
      const ms = Date.parse(at);
      const local = new Date(ms + offsetMs(ms));
      const slot = by === 'hour' ? local.getUTCHours() : local.getUTCDay();
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
  }
  const rows = [...byTask].map(([task, counts]) => ({
    ...{ task, counts },
    total: counts.reduce((sum, count) => sum + count, 0),
  }));
  return rows.sort((left, right) => right.total - left.total || (left.task < right.task ? -1 : 1));
}
