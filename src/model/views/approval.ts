/** What waits for a person's word, as people see it. */
import type { ParamSpec } from '../dag.ts';
import type { ReadonlyState } from '../readonly-state.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface ApprovalView {
  readonly runId: string;
  readonly dagId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  /** As it was rendered when the task began to wait. */
  readonly message: string;
  readonly fields: Readonly<Record<string, ParamSpec>>;
  readonly since: string;
  /** When the time limit is over. */
  readonly until: string | null;
}

/** Open approvals of a namespace, the oldest first. */
export function approvalViews(state: ReadonlyState, namespace: string): readonly ApprovalView[] {
  const found: ApprovalView[] = [];
  for (const { run, tasks } of state.runs()) {
    if (run.namespace !== namespace) continue;
    for (const row of tasks.values()) {
      if (row.status !== 'deferred' || row.waitsFor.kind !== 'approval') continue;
      const spec = state.version(run.namespace, run.dagId, run.versionId)?.spec;
      const action = spec?.tasks[row.taskId]?.action;
      if (action?.kind !== 'approval') continue;
      found.push({
        ...{ runId: run.runId, dagId: run.dagId, taskId: row.taskId, mapIndex: row.mapIndex },
        ...{ message: row.waitsFor.message ?? action.message, fields: action.fields },
        ...{ since: timeText(row.since), until: timeTextOrNull(row.until) },
      });
    }
  }
  return found.sort((left, right) => (left.since < right.since ? -1 : 1));
}
