/**
 * Compensations (sagas): what succeeded is undone in the reverse order of its end, one after the
 * other. Pure.
 */
import { type WallMs, wallMs } from '../base/brand.ts';
import type { Instance } from '../model/run-graph.ts';
import { type TaskRow, taskHasEnded } from '../model/task-instance.ts';
import { isOutside, type Plan } from './plan.ts';

/**
 * Instances that have succeeded, have a compensation and were not undone; the last one first. A
 * compensation that failed is tried again only by a later life of the run, which began at `since`.
 */
export function stillToUndo(plan: Plan, rows: readonly TaskRow[], since: WallMs): Instance[] {
  if (plan.compensations.size === 0) return [];
  const undone = new Set<string>();
  for (const row of rows) {
    const { cause } = row;
    if (cause?.on !== 'compensate' || cause.taskId === null) continue;
    if (isSettled(row, since)) undone.add(`${cause.taskId} ${cause.mapIndex}`);
  }
  const left = rows.filter(
    ({ status, taskId, mapIndex }) =>
      status === 'success' &&
      plan.compensations.has(taskId) &&
      !isOutside(plan, taskId) &&
      !undone.has(`${taskId} ${mapIndex}`),
  );
  const place = (row: TaskRow): number => plan.shape.tasks.get(row.taskId)?.place ?? 0;
  left.sort(
    (one, other) =>
      endOf(other) - endOf(one) || place(other) - place(one) || other.mapIndex - one.mapIndex,
  );
  return left.map(({ taskId, mapIndex }) => ({ taskId, mapIndex }));
}

const isSettled = (row: TaskRow, since: WallMs): boolean =>
  row.status === 'success' || !taskHasEnded(row.status) || endOf(row) >= since;

const endOf = (row: TaskRow): WallMs => ('endedAt' in row ? row.endedAt : wallMs(0));
