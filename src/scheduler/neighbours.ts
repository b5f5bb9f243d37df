/** Nodes that matter to a task because of what others of its run do, or did, there. */
import type { NodeId, TaskId } from '../base/brand.ts';
import type { TaskSpec } from '../model/dag.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import { isLive } from './task-rows.ts';

export interface Neighbours {
  /** Rather here: the newest attempts of the tasks that it wants to be near ran here. */
  readonly near?: ReadonlySet<NodeId>;
  /** Not here: tasks that it wants to be apart from run here now. */
  readonly apart?: ReadonlySet<NodeId>;
}

export function neighboursOf(live: LiveRun, { affinity }: TaskSpec): Neighbours {
  if (affinity?.near === undefined && affinity?.apart === undefined) return nobody;
  const near = nodesOf(live, affinity.near, false);
  const apart = nodesOf(live, affinity.apart, true);
  return { ...(near && { near }), ...(apart && { apart }) };
}

const nobody: Neighbours = {};

function nodesOf(
  live: LiveRun,
  tasks: readonly TaskId[] | undefined,
  isNow: boolean,
): ReadonlySet<NodeId> | undefined {
  if (tasks === undefined) return undefined;
  const wanted = new Set(tasks);
  const nodes = new Set<NodeId>();
  for (const row of live.tasks.values()) {
    if (!wanted.has(row.taskId)) continue;
    const node = isLive(row) ? row.attempt.node : row.attempts.at(-1)?.node;
    if (node !== undefined && (isLive(row) || !isNow)) nodes.add(node);
  }
  return nodes;
}
