/** The deadlines that follow from the rows of a run. Pure. */
import { type WallMs, wallMs } from '../base/brand.ts';
import type { RunRow } from '../model/run.ts';
import type { TaskRow } from '../model/task-instance.ts';
import type { Deadline } from './deadlines.ts';
import type { Plan } from './plan.ts';

/** Time-outs and SLAs are about the work: what comes behind the graph's end has none. */
export function deadlinesOfRun(run: RunRow, { spec, slas }: Plan): readonly Deadline[] {
  if (run.status !== 'running' || run.ending !== undefined) return [];
  const { namespace, runId, startedAt } = run;
  const { timeoutMs, slaMs } = spec;
  const behind = (ms: number): WallMs => wallMs(startedAt + ms);
  const deadlines: Deadline[] = [];
  if (timeoutMs !== null) {
    deadlines.push({ kind: 'run-timeout', at: behind(timeoutMs), namespace, runId });
  }
  if (slaMs !== undefined && run.slaMissed !== true) {
    deadlines.push({ kind: 'sla', at: behind(slaMs), namespace, runId, taskId: null });
  }
  for (const [taskId, ms] of slas) {
    deadlines.push({ kind: 'sla', at: behind(ms), namespace, runId, taskId });
  }
  return deadlines;
}

/** When a task that waits is to be looked at. */
export function deadlinesOfTask(row: TaskRow): readonly Deadline[] {
  const { namespace, runId, taskId, mapIndex } = row;
  const whose = { namespace, runId, taskId, mapIndex };
  if (row.status === 'up_for_retry') return [{ kind: 'retry', at: row.retryAt, ...whose }];
  if (row.status !== 'deferred') return [];
  const { since, until, waitsFor } = row;
  const deadlines: Deadline[] = [];
  if (until !== null) deadlines.push({ kind: 'task-wake', at: until, ...whose });
  const looksBack = waitsFor.kind === 'event' && waitsFor.looksBack === true;
  if (looksBack) deadlines.push({ kind: 'look-back', at: since, ...whose });
  return deadlines;
}
