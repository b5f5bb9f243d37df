/** Many states as one: of a group, of a map, of a bar of progress. */
import { loudestFirst, type TaskState } from '../../../../src/model/views/instances.ts';
import type { Counts } from '../../../../src/model/views/run.ts';

/** How bars are stacked: done on the left. */
export const barOrder = [
  'success',
  'skipped',
  'failed',
  'upstream_failed',
  'cancelled',
  'running',
  'up_for_retry',
  'deferred',
  'queued',
  'scheduled',
  'pending',
] as const;

export function stateOfMany(counts: Counts): string {
  const found = loudestFirst.find((state) => (counts[state] ?? 0) > 0);
  const ended = (counts.success ?? 0) + (counts.skipped ?? 0);
  // Half done and nothing under way right now: it goes on.
  return found === 'pending' && ended > 0 ? 'running' : (found ?? 'pending');
}

export function sumOf(all: Iterable<Counts>): Counts {
  const sum: Partial<Record<TaskState, number>> = {};
  for (const counts of all) {
    for (const state of loudestFirst) {
      const count = counts[state] ?? 0;
      if (count > 0) sum[state] = (sum[state] ?? 0) + count;
    }
  }
  return sum;
}

export const totalOf = (counts: Counts): number =>
  loudestFirst.reduce((sum, state) => sum + (counts[state] ?? 0), 0);

const ended = ['success', 'skipped', 'failed', 'upstream_failed', 'cancelled'] as const;

export const endedOf = (counts: Counts): number =>
  ended.reduce((sum, state) => sum + (counts[state] ?? 0), 0);

/** With the states in the order of a bar. */
export const asBar = (counts: Counts): Counts =>
  Object.fromEntries(
    barOrder.flatMap((state) => {
      const count = counts[state];
      return count === undefined ? [] : [[state, count] as const];
    }),
  );

/** `load[3]`; a task that is not mapped is called by its id. */
export const instanceName = (taskId: string, mapIndex: number, isMapped: boolean): string =>
  isMapped ? `${taskId}[${mapIndex}]` : taskId;
