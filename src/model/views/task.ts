/**
 * Task instances as people see them. An instance without a row waits: whether for upstream tasks
 * (`pending`) or for room (`scheduled`) is derived here from the graph and the rows (law 3).
 */
import type { RunId, TaskId, WallMs } from '../../base/brand.ts';
import type { AttemptOutcome, EndedAttempt, LiveAttempt } from '../attempt.ts';
import type { DagSpec, TaskSpec } from '../dag.ts';
import type { OutputRow } from '../output.ts';
import { type RunStatus, runHasEnded } from '../run.ts';
import type { TaskRow } from '../task-instance.ts';
import { judge, type ParentCounts } from '../trigger-rule.ts';
import { timeText, timeTextOrNull } from './time.ts';

export const taskStates = [
  'pending',
  'scheduled',
  'queued',
  'running',
  'up_for_retry',
  'success',
  'failed',
  'skipped',
  'upstream_failed',
  'cancelled',
] as const;

export type TaskState = (typeof taskStates)[number];

export interface AttemptView {
  readonly attempt: number;
  readonly node: string;
  readonly token: number;
  readonly state: 'queued' | 'running' | AttemptOutcome;
  readonly assignedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** From the start (or the assignment) to the end, in milliseconds. */
  readonly durationMs: number | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly error: string | null;
}

export interface TaskView {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly type: string;
  readonly state: TaskState;
  readonly dependsOn: readonly string[];
  readonly triggerRule: string;
  /** The node of the newest attempt. */
  readonly node: string | null;
  /** Oldest first, the live one last. */
  readonly attempts: readonly AttemptView[];
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Of the newest attempt that has ended, in milliseconds. */
  readonly durationMs: number | null;
  readonly retryAt: string | null;
  readonly reason: string | null;
}

export interface TaskDetailView extends TaskView {
  readonly runId: string;
  /** What the task wrote to SKEIN_OUTPUT; null if nothing. */
  readonly output: unknown;
}

interface Instances {
  readonly spec: DagSpec;
  readonly tasks: readonly TaskRow[];
  readonly runStatus: RunStatus;
}

/** Every task of the version, in the order of the file. */
export function taskViews(instances: Instances): readonly TaskView[] {
  const rows = new Map<string, TaskRow>(instances.tasks.map((row) => [row.taskId, row]));
  return Object.entries(instances.spec.tasks).map(([id, spec]) =>
    taskView(id, spec, rows.get(id), stateOf(spec, rows.get(id), rows, instances.runStatus)),
  );
}

export function taskDetailView(
  instances: Instances & { readonly outputs: readonly OutputRow[] },
  runId: RunId,
  taskId: TaskId,
): TaskDetailView | undefined {
  const view = taskViews(instances).find((task) => task.taskId === taskId);
  if (view === undefined) return undefined;
  const output = instances.outputs.find((row) => row.taskId === taskId);
  return { runId, ...view, output: output === undefined ? null : jsonOrText(output.json) };
}

/** The text was checked when it was recorded; text that is no JSON is shown as it is. */
function jsonOrText(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function stateOf(
  spec: TaskSpec,
  row: TaskRow | undefined,
  rows: ReadonlyMap<string, TaskRow>,
  runStatus: RunStatus,
): TaskState {
  if (row !== undefined && row.status !== 'pending') return row.status;
  if (runHasEnded(runStatus)) return 'cancelled';
  if (runStatus === 'queued') return 'pending';
  return judge(spec.triggerRule, parentCounts(spec, rows)) === 'run' ? 'scheduled' : 'pending';
}

function parentCounts(spec: TaskSpec, rows: ReadonlyMap<string, TaskRow>): ParentCounts {
  let success = 0;
  let failed = 0;
  let skipped = 0;
  for (const parent of spec.dependsOn) {
    const status = rows.get(parent)?.status;
    if (status === 'success') success++;
    if (status === 'failed' || status === 'upstream_failed' || status === 'cancelled') failed++;
    if (status === 'skipped') skipped++;
  }
  return { total: spec.dependsOn.length, success, failed, skipped };
}

function taskView(
  taskId: string,
  spec: TaskSpec,
  row: TaskRow | undefined,
  state: TaskState,
): TaskView {
  const attempts = row === undefined ? [] : attemptViews(row);
  const newest = attempts.at(-1);
  return {
    taskId,
    mapIndex: row?.mapIndex ?? 0,
    type: spec.action.kind,
    state,
    dependsOn: spec.dependsOn,
    triggerRule: spec.triggerRule,
    node: newest?.node ?? null,
    attempts,
    startedAt: newest?.startedAt ?? null,
    endedAt: row !== undefined && 'endedAt' in row ? timeText(row.endedAt) : null,
    durationMs: newest?.durationMs ?? null,
    retryAt: row?.status === 'up_for_retry' ? timeText(row.retryAt) : null,
    reason: row !== undefined && 'reason' in row ? row.reason : null,
  };
}

function attemptViews(row: TaskRow): readonly AttemptView[] {
  const ended = row.attempts.map(endedView);
  if (row.status === 'queued') return [...ended, liveView(row.attempt, 'queued', null)];
  if (row.status === 'running') return [...ended, liveView(row.attempt, 'running', row.startedAt)];
  return ended;
}

const endedView = (attempt: EndedAttempt): AttemptView => ({
  attempt: attempt.number,
  node: attempt.node,
  token: attempt.token,
  state: attempt.outcome,
  assignedAt: timeText(attempt.assignedAt),
  startedAt: timeTextOrNull(attempt.startedAt),
  endedAt: timeText(attempt.endedAt),
  // Two clocks are compared here, so a negative difference means "too short to see".
  durationMs: Math.max(0, attempt.endedAt - (attempt.startedAt ?? attempt.assignedAt)),
  exitCode: attempt.exitCode,
  signal: attempt.signal,
  error: attempt.error,
});

const liveView = (
  attempt: LiveAttempt,
  state: 'queued' | 'running',
  startedAt: WallMs | null,
): AttemptView => ({
  attempt: attempt.number,
  node: attempt.node,
  token: attempt.token,
  state,
  assignedAt: timeText(attempt.assignedAt),
  startedAt: timeTextOrNull(startedAt),
  endedAt: null,
  durationMs: null,
  exitCode: null,
  signal: null,
  error: null,
});
