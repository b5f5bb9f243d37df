/**
 * Spread tasks: one instance for each node (`broadcast`), or so many shards. Both are maps whose
 * items are not evaluated but known: the names of nodes, or numbers. An instance of a broadcast is
 * pinned: it runs on its node or nowhere, and fails when that node is gone.
 */
import { type NodeId, nodeId, type TaskId } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import type { Json } from '../model/json.ts';
import type { SpreadSpec } from '../model/map.ts';
import type { LiveRun, ReadonlyState } from '../model/readonly-state.ts';
import { fits } from '../model/resources.ts';
import { objections } from './admission.ts';
import { demandOf } from './demand.ts';
import { type Place, sizeOf, valueOfItem } from './live-values.ts';

/** The items of a spread task that may start now. */
export function spreadItems(
  state: ReadonlyState,
  dag: DagSpec,
  { spread, taskId }: { readonly spread: SpreadSpec; readonly taskId: TaskId },
): readonly Json[] {
  if (spread.kind === 'shards') return Array.from({ length: spread.count }, (_, at) => at);
  const task = dag.tasks[taskId];
  return task === undefined ? [] : nodesFor(state, demandOf(task, dag));
}

/** Nodes that are alive and would take it if nothing ran there, by name. */
function nodesFor(state: ReadonlyState, demand: ReturnType<typeof demandOf>): readonly NodeId[] {
  const found: NodeId[] = [];
  for (const node of state.nodes()) {
    const isThere = node.status === 'alive' && node.drain === undefined;
    if (!isThere || !fits(demand.resources, node.capacity)) continue;
    if (objections(demand, node).length === 0) found.push(node.nodeId);
  }
  return found.sort();
}

/** The node that an instance is pinned to; undefined: none. */
export function pinOf(dag: DagSpec, live: LiveRun, at: Place): NodeId | undefined {
  const mapId = dag.tasks[at.taskId]?.map;
  if (mapId === undefined || dag.maps?.[mapId]?.spread?.kind !== 'broadcast') return undefined;
  const name = valueOfItem(live, { mapId, index: at.mapIndex });
  return typeof name === 'string' ? nodeId(name) : undefined;
}

/** Nobody waits for a node that is lost, or that is no member any more. */
export const isGone = (state: ReadonlyState, node: NodeId): boolean =>
  state.node(node)?.status !== 'alive';

/** Which part of the whole an instance is. */
export function shardVariables(
  dag: DagSpec,
  live: LiveRun,
  at: Place,
): Readonly<Record<string, string>> {
  const mapId = dag.tasks[at.taskId]?.map;
  if (mapId === undefined || dag.maps?.[mapId]?.spread === undefined) return {};
  return {
    SKEIN_SHARD_INDEX: String(at.mapIndex),
    SKEIN_SHARD_TOTAL: String(sizeOf(dag, live, at.taskId)),
  };
}
