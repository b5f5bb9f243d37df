/**
 * Assign: ready tasks meet free room. The last decision of every turn, so that the end of a task
 * and the assignment of its children are one entry (law 9).
 */
import type { WallMs } from '../base/brand.ts';
import { taskFact } from '../model/fact.ts';
import type { Dispatch } from '../model/protocol.ts';
import { minus } from '../model/resources.ts';
import type { LiveRun } from '../model/state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { type Candidate, choose, reserve } from './placement.ts';
import { taskSpec } from './plan.ts';
import type { ReadyTask } from './ready.ts';
import { isWaiting, taskBase } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** Assignments of one turn; the next turn goes on. Bounds the size of an entry. */
const assignmentsPerTurnMax = 500;

/** Places what fits. True when it stopped at the limit and more may fit. */
export function assignReady(turn: Turn, candidates: readonly Candidate[]): boolean {
  if (turn.board.ready.size === 0) return false;
  let assigned = 0;
  let open = candidates;
  let reserved: Candidate | undefined;
  turn.board.ready.pass((task, shape) => {
    if (assigned >= assignmentsPerTurnMax) return 'enough';
    const live = turn.state.run(task.namespace, task.runId);
    const row = turn.state.task(task.namespace, task.runId, task.taskId, task.mapIndex);
    if (live?.run.status !== 'running' || live.run.generation !== task.generation) return 'stale';
    if (!mayStart(row, turn.at)) return 'stale';
    const candidate = choose(shape, open);
    if (candidate === undefined) {
      if (reserved === undefined) {
        reserved = reserve(shape, open);
        open = open.filter((each) => each !== reserved);
      }
      return open.length === 0 ? 'enough' : 'blocked';
    }
    candidate.free = minus(candidate.free, shape.resources);
    assignTask(turn, { live, row, task, candidate });
    assigned += 1;
    return 'placed';
  });
  return assigned >= assignmentsPerTurnMax;
}

/** An entry of the queue may be older than a failure that has set a later time (W08). */
const mayStart = (row: TaskRow | undefined, now: WallMs): boolean =>
  isWaiting(row) || (row?.status === 'up_for_retry' && row.retryAt <= now);

function assignTask(
  turn: Turn,
  assignment: {
    readonly live: LiveRun;
    readonly row: TaskRow | undefined;
    readonly task: ReadyTask;
    readonly candidate: Candidate;
  },
): void {
  const { live, row, task, candidate } = assignment;
  const base = taskBase(live.run, task.taskId, row);
  const attempt = {
    number: (base.attempts.at(-1)?.number ?? 0) + 1,
    node: candidate.nodeId,
    incarnation: candidate.incarnation,
    token: turn.takeToken(),
    assignedAt: turn.at,
    revoked: false,
  };
  const queued = { ...base, status: 'queued', attempt } as const;
  turn.emit(taskFact(queued));
  const to = { node: candidate.nodeId, incarnation: candidate.incarnation };
  turn.release({ kind: 'dispatch', to, dispatch: dispatchOf(turn, live, queued) });
}

/** Everything that an executor needs; also for sending a lost dispatch again. */
export function dispatchOf(
  turn: Pick<Turn, 'board'>,
  live: LiveRun,
  row: Extract<TaskRow, { readonly status: 'queued' | 'running' }>,
): Dispatch {
  const plan = turn.board.planOf(live.run);
  const spec = taskSpec(plan, row.taskId);
  const upstream: Record<string, string> = {};
  const parents = new Set(plan.graph.parents.get(row.taskId));
  for (const output of live.outputs.values()) {
    if (parents.has(output.taskId)) upstream[output.taskId] = output.json;
  }
  const { namespace, runId, taskId, mapIndex, attempt } = row;
  return {
    id: { namespace, runId, taskId, mapIndex, token: attempt.token },
    attempt: attempt.number,
    dagId: live.run.dagId,
    logicalDate: live.run.logicalDate,
    params: live.run.params,
    action: spec.action,
    env: spec.env,
    cwd: spec.cwd,
    timeoutMs: spec.timeoutMs,
    resources: spec.resources,
    upstream,
  };
}
