/** Runs as people see them: alone in lists, with their task instances when asked for by id. */
import type { ParamValue, VersionRow } from '../dag.ts';
import type { OutputRow } from '../output.ts';
import type { RunRow, RunStatus } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import { type TaskState, type TaskView, taskViews } from './task.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface RunView {
  readonly runId: string;
  readonly namespace: string;
  readonly dagId: string;
  readonly versionId: string;
  readonly state: RunStatus;
  readonly trigger: 'manual' | 'schedule';
  readonly logicalDate: string | null;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly priority: number;
  readonly createdAt: string;
  readonly createdBy: string;
  /** 1, and one more with every rerun. */
  readonly generation: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
}

export interface RunDetailView extends RunView {
  /** How many task instances are in each state; states without any are left out. */
  readonly counts: Readonly<Partial<Record<TaskState, number>>>;
  readonly tasks: readonly TaskView[];
}

/** A run with everything recorded of it. */
export interface RunRows {
  readonly run: RunRow;
  readonly tasks: readonly TaskRow[];
  readonly outputs: readonly OutputRow[];
  readonly version: VersionRow;
}

export function runView(run: RunRow): RunView {
  const startedAt = 'startedAt' in run ? run.startedAt : null;
  const endedAt = 'endedAt' in run ? run.endedAt : null;
  return {
    runId: run.runId,
    namespace: run.namespace,
    dagId: run.dagId,
    versionId: run.versionId,
    state: run.status,
    trigger: run.trigger,
    logicalDate: timeTextOrNull(run.logicalDate),
    params: run.params,
    priority: run.priority,
    createdAt: timeText(run.createdAt),
    createdBy: run.createdBy,
    generation: run.generation,
    startedAt: timeTextOrNull(startedAt),
    endedAt: timeTextOrNull(endedAt),
    durationMs: startedAt === null || endedAt === null ? null : endedAt - startedAt,
    reason: 'reason' in run ? run.reason : null,
  };
}

export function runDetailView(rows: RunRows): RunDetailView {
  const { run, version } = rows;
  const tasks = taskViews({ spec: version.spec, tasks: rows.tasks, runStatus: run.status });
  const counts: Partial<Record<TaskState, number>> = {};
  for (const { state } of tasks) counts[state] = (counts[state] ?? 0) + 1;
  return { ...runView(run), counts, tasks };
}
