/** Which deferred tasks wait for an event, so that one which comes need not look at every run. */
import { taskKey } from '../model/keys.ts';
import type { TaskRow } from '../model/task-instance.ts';

export class Awaiting {
  readonly #rows = new Map<string, TaskRow>();

  /** Oldest first. */
  rows(): readonly TaskRow[] {
    return [...this.#rows.values()];
  }

  /** Keeps up with one changed row. */
  shift(before: TaskRow | null, after: TaskRow | null): void {
    if (before !== null && isAwaiting(before)) this.#rows.delete(keyOf(before));
    if (after !== null && isAwaiting(after)) this.#rows.set(keyOf(after), after);
  }

  clear(): void {
    this.#rows.clear();
  }
}

const isAwaiting = (row: TaskRow): boolean =>
  row.status === 'deferred' && row.waitsFor.kind === 'event';

const keyOf = ({ namespace, runId, taskId, mapIndex }: TaskRow): string =>
  taskKey(namespace, runId, taskId, mapIndex);
