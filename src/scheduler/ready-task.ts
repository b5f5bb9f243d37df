/** What an instance that may start is to the ready queue. */
import type { LiveRun } from '../model/readonly-state.ts';
import type { Instance } from '../model/run-graph.ts';
import { itemHeight } from './estimates.ts';
import { taskSpec } from './plan.ts';
import type { RunBoard } from './run-board.ts';
import type { ReadyTask, Wish } from './shapes.ts';
import { pinOf } from './spread.ts';

export function readyTaskOf(
  { run, plan, expected }: RunBoard,
  live: LiveRun,
  { taskId, mapIndex }: Instance,
): { readonly task: ReadyTask; readonly wish: Wish } {
  const spec = taskSpec(plan, taskId);
  const height = expected.toEnd.get(taskId) ?? 1;
  const task = {
    namespace: run.namespace,
    dagId: run.dagId,
    runId: run.runId,
    taskId,
    mapIndex,
    generation: run.generation,
    priority: run.priority,
    runCreatedAt: run.createdAt,
    ownMs: expected.own.get(taskId) ?? 1,
    toEndMs: itemHeight(plan, expected, spec) ?? height,
    height,
  };
  const pin = pinOf(plan.spec, live, { taskId, mapIndex });
  return { task, wish: { task: spec, dag: plan.spec, ...(pin !== undefined && { pin }) } };
}
