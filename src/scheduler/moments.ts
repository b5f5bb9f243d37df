/** What a change of a task's row is to the hooks of the task. Pure. */
import type { HookMoment } from '../model/dag-flow.ts';
import { type TaskRow, taskHasEnded } from '../model/task-instance.ts';
import { isWaiting } from './task-rows.ts';

/** Nothing was wrong with the attempt; that another one follows is no retry. */
function hasGivenWay({ attempts }: TaskRow): boolean {
  const outcome = attempts.at(-1)?.outcome;
  return outcome === 'preempted' || outcome === 'drained';
}

/** An instance that has not begun has nothing to exit from. */
export function momentsOf(before: TaskRow | null, after: TaskRow): readonly HookMoment[] {
  if (before !== null && (before.status === after.status || taskHasEnded(before.status))) return [];
  switch (after.status) {
    case 'success':
      return ['success', 'exit'];
    case 'failed':
      return ['failure', 'exit'];
    case 'up_for_retry':
      return hasGivenWay(after) ? [] : ['retry'];
    case 'skipped':
    case 'cancelled':
      return isWaiting(before ?? undefined) ? [] : ['exit'];
    default:
      return [];
  }
}
