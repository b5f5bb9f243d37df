/** Attempts that are alive, and what each takes of its node: what the rows alone tell. */
import type { ReadonlyState } from '../readonly-state.ts';
import type { Resources } from '../resources.ts';
import type { RunRow } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';

/** A task instance that is assigned and has not ended. */
export type AliveRow = Extract<TaskRow, { readonly status: 'queued' | 'running' }>;

export interface AliveAttempt {
  readonly run: RunRow;
  readonly row: AliveRow;
  readonly resources: Resources;
}

/** Of the live runs that `isWanted`, run by run. Looks at every row of them. */
export function* aliveAttempts(
  state: ReadonlyState,
  isWanted: (run: RunRow) => boolean,
): Iterable<AliveAttempt> {
  for (const { run, tasks } of state.runs()) {
    if (!isWanted(run)) continue;
    const specs = state.version(run.namespace, run.dagId, run.versionId)?.spec.tasks ?? {};
    for (const row of tasks.values()) {
      if (row.status !== 'queued' && row.status !== 'running') continue;
      yield { run, row, resources: specs[row.taskId]?.resources ?? {} };
    }
  }
}
