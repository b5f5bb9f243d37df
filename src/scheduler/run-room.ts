/** Whether one more run may be made: what the cluster can bear, and what the namespace may have. */
import type { Namespace } from '../base/brand.ts';
import { limits } from '../model/limits.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import type { Turn } from './turn.ts';

/** Why not; undefined: there is room. */
export function noRoomForRuns(turn: Turn, namespace: Namespace): Refusal | undefined {
  const { state } = turn;
  if (roomForRuns(turn, namespace) > 0) return undefined;
  if (state.count('run') >= limits.liveRuns) {
    const detail = `${limits.liveRuns} runs have not ended yet; wait for some of them`;
    return refusal('OVERLOADED', detail);
  }
  const most = state.namespace(namespace)?.quota.queuedRuns ?? 0;
  const detail = `namespace ${namespace} has ${most} runs that wait to begin, as many as it may`;
  return refusal('QUOTA_EXCEEDED', detail);
}

/** Runs of the namespace that may be made now. */
export function roomForRuns({ state, board }: Turn, namespace: Namespace): number {
  const inCluster = limits.liveRuns - state.count('run');
  const most = state.namespace(namespace)?.quota.queuedRuns;
  if (most === undefined) return inCluster;
  return Math.min(inCluster, most - board.runs.ofNamespace(namespace).queued);
}
