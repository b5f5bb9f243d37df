/** What an action is going to touch, said before it is done. */
import type { RunDetailView } from '../../../../src/model/views/run.ts';

type Tasks = RunDetailView['tasks'];

export interface RerunWanted {
  /** Null: all. */
  readonly tasks: readonly string[] | null;
  readonly downstream: boolean;
  readonly failedOnly: boolean;
}

const brokenStates = ['failed', 'upstream_failed', 'cancelled'];

/** The tasks that a rerun runs again, in the order of the file. */
export function rerunTasks(tasks: Tasks, wanted: RerunWanted): readonly string[] {
  const ids = [...new Set(inGraph(tasks).map(({ taskId }) => taskId))];
  const broken = new Set(
    tasks.filter(({ state }) => brokenStates.includes(state)).map(({ taskId }) => taskId),
  );
  const named = wanted.tasks ?? ids;
  const roots = wanted.failedOnly ? named.filter((id) => broken.has(id)) : named;
  const chosen = wanted.downstream ? downstreamOf(tasks, roots) : new Set(roots);
  return ids.filter((id) => chosen.has(id));
}

const inGraph = (tasks: Tasks): Tasks =>
  tasks.filter(({ role }) => role === null || role.kind === 'teardown');

/** The tasks and everything behind them. */
export function downstreamOf(tasks: Tasks, roots: readonly string[]): ReadonlySet<string> {
  const after = new Map<string, Set<string>>();
  for (const { taskId, dependsOn } of tasks) {
    for (const each of dependsOn) after.set(each, (after.get(each) ?? new Set()).add(taskId));
  }
  const reached = new Set(roots);
  for (const id of reached) for (const next of after.get(id) ?? []) reached.add(next);
  return reached;
}

/** What a cancellation stops, and what never begins. */
export function cancelledBy(tasks: Tasks): {
  readonly stopped: readonly string[];
  readonly neverBegun: number;
} {
  const isUnderWay = ['running', 'queued', 'deferred', 'up_for_retry'];
  const stopped = tasks.filter(({ state }) => isUnderWay.includes(state));
  const waiting = tasks.filter(({ state }) => state === 'pending' || state === 'scheduled');
  return {
    stopped: stopped.map(({ taskId, mapIndex, map }) =>
      map === null ? taskId : `${taskId}[${mapIndex}]`,
    ),
    neverBegun: waiting.length,
  };
}
