/**
 * The time that was promised for a run, or for one of its tasks, is over. Counted from the run's
 * start; a miss is recorded and told once, and changes nothing else. Of a mapped task one instance
 * stands for all that are late.
 */
import type { TaskId } from '../../base/brand.ts';
import { formatDuration } from '../../base/duration.ts';
import { runFact, taskFact } from '../../model/fact.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import type { RunRow } from '../../model/run.ts';
import { type TaskRow, taskHasEnded } from '../../model/task-instance.ts';
import type { Deadline } from '../deadlines.ts';
import { fireHooks } from '../hooks.ts';
import { sizeOf } from '../live-values.ts';
import { taskBase } from '../task-rows.ts';
import type { Turn } from '../turn.ts';

type Sla = Extract<Deadline, { readonly kind: 'sla' }>;

export function missSla(turn: Turn, deadline: Sla): void {
  const { namespace, runId, taskId } = deadline;
  const live = turn.state.run(namespace, runId);
  // The graph has ended when the run is ending: what still runs is not what was promised.
  if (live?.run.status !== 'running' || live.run.ending !== undefined) return;
  if (taskId === null) missRunSla(turn, live, live.run);
  else missTaskSla(turn, live, { run: live.run, taskId });
}

type Running = Extract<RunRow, { readonly status: 'running' }>;

function missRunSla(turn: Turn, live: LiveRun, run: Running): void {
  const { slaMs } = turn.board.planOf(run).spec;
  if (run.slaMissed === true || slaMs === undefined || isEarly(turn, run, slaMs)) return;
  turn.emit(runFact({ ...run, slaMissed: true }));
  told(turn, run, null);
  const cause = { on: 'sla', taskId: null, mapIndex: 0, state: run.status } as const;
  fireHooks(turn, live.run, {
    ...cause,
    reason: `not ended ${formatDuration(slaMs)} after its start`,
  });
}

function missTaskSla(
  turn: Turn,
  live: LiveRun,
  { run, taskId }: { readonly run: Running; readonly taskId: TaskId },
): void {
  const { spec } = turn.board.planOf(run);
  const slaMs = spec.tasks[taskId]?.slaMs;
  if (slaMs === undefined || isEarly(turn, run, slaMs)) return;
  let late: { readonly row: TaskRow | undefined; readonly mapIndex: number } | undefined;
  for (let mapIndex = 0; mapIndex < sizeOf(spec, live, taskId); mapIndex += 1) {
    const row = turn.state.task(run.namespace, run.runId, taskId, mapIndex);
    if (row?.slaMissed === true) return;
    if (late === undefined && (row === undefined || !taskHasEnded(row.status))) {
      late = { row, mapIndex };
    }
  }
  if (late === undefined) return;
  const { row, mapIndex } = late;
  const marked: TaskRow =
    row === undefined
      ? { ...taskBase(run, taskId, row, mapIndex), slaMissed: true, status: 'pending' }
      : { ...row, slaMissed: true };
  turn.emit(taskFact(marked));
  told(turn, run, taskId);
  const cause = { on: 'sla', taskId, mapIndex, state: marked.status } as const;
  fireHooks(turn, live.run, {
    ...cause,
    reason: `not ended ${formatDuration(slaMs)} after its run's start`,
  });
}

/** A rerun has begun since the deadline was set, or another definition: it has a later one. */
const isEarly = (turn: Turn, run: Running, slaMs: number): boolean =>
  run.startedAt + slaMs > turn.at;

function told(turn: Turn, { namespace, dagId, runId }: RunRow, taskId: TaskId | null): void {
  const fields = { namespace, dagId, runId, task: taskId ?? '' };
  turn.release({ kind: 'trace', level: 'warn', event: 'scheduler.sla-missed', fields });
}
