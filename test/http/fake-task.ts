/** A task instance in a status, with one attempt on node n1. */
import {
  incarnation,
  type Namespace,
  nodeId,
  type RunId,
  type TaskId,
  token,
  type WallMs,
  wallMs,
} from '../../src/base/brand.ts';
import type { TaskRow } from '../../src/model/task-instance.ts';

export type FakeStatus = 'queued' | 'running' | 'success' | 'failed';

export function fakeTask(task: {
  readonly namespace: Namespace;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly status: FakeStatus;
  readonly at: WallMs;
  readonly token: number;
}): TaskRow {
  const { namespace, runId, taskId, status, at } = task;
  const common = { namespace, runId, taskId, mapIndex: 0, tries: 1 };
  const attempt = {
    number: 1,
    node: nodeId('n1'),
    incarnation: incarnation('i1'),
    token: token(task.token),
    assignedAt: at,
  };
  const live = { ...attempt, revoked: false };
  const isGood = status === 'success';
  const endedAt = wallMs(at + 1500);
  const done = {
    ...attempt,
    outcome: isGood ? ('success' as const) : ('failed' as const),
    startedAt: at,
    endedAt,
    exitCode: isGood ? 0 : 3,
    signal: null,
    error: isGood ? null : 'exit code 3',
  };
  const rows: Record<FakeStatus, TaskRow> = {
    queued: { ...common, attempts: [], status: 'queued', attempt: live },
    running: { ...common, attempts: [], status: 'running', attempt: live, startedAt: at },
    success: { ...common, attempts: [done], status: 'success', endedAt },
    failed: { ...common, attempts: [done], status: 'failed', endedAt, reason: 'exit code 3' },
  };
  return rows[status];
}
