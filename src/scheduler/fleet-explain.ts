/**
 * Why a node could take a demand now, or could not: everything that is in the way, with amounts.
 * For people; nothing is decided by it.
 */
import type { NodeId } from '../base/brand.ts';
import type { NodeDrain, NodeRow } from '../model/node.ts';
import type { Resources } from '../model/resources.ts';
import { isAvoided, type Objection, objections } from './admission.ts';
import type { Demand } from './demand.ts';

export type Obstacle =
  | Objection
  /** Not enough is free now; `capacity` less than `wanted`: it never will be. */
  | {
      readonly kind: 'room';
      readonly dimension: string;
      readonly wanted: number;
      readonly free: number;
      readonly capacity: number;
    }
  | { readonly kind: 'drain'; readonly drain: NodeDrain }
  /** Silent for longer than its lease. */
  | { readonly kind: 'lost' }
  /** This leader has not heard it yet. */
  | { readonly kind: 'unheard' }
  /** One of the tasks of `affinity.apart` runs there. */
  | { readonly kind: 'apart' }
  /** It runs on another node or nowhere. */
  | { readonly kind: 'pinned'; readonly to: NodeId };

export interface NodeView {
  readonly nodeId: NodeId;
  /** Empty: it could take the demand now. */
  readonly obstacles: readonly Obstacle[];
  /** It would be taken only if nothing else had room. */
  readonly avoided: boolean;
}

export interface NodeNow {
  readonly load: Resources;
  readonly isHeard: boolean;
  readonly isApart: boolean;
}

export function explainNode(demand: Demand, row: NodeRow, now: NodeNow): NodeView {
  const obstacles: Obstacle[] = [];
  if (row.status === 'lost') obstacles.push({ kind: 'lost' });
  else if (row.drain !== undefined) obstacles.push({ kind: 'drain', drain: row.drain });
  else if (!now.isHeard) obstacles.push({ kind: 'unheard' });
  const { pin } = demand;
  if (pin !== undefined && pin !== row.nodeId) obstacles.push({ kind: 'pinned', to: pin });
  if (now.isApart) obstacles.push({ kind: 'apart' });
  obstacles.push(...objections(demand, row));
  for (const [dimension, wanted] of Object.entries(demand.resources)) {
    const capacity = row.capacity[dimension] ?? 0;
    const free = capacity - (now.load[dimension] ?? 0);
    if (wanted > free) obstacles.push({ kind: 'room', dimension, wanted, free, capacity });
  }
  return { nodeId: row.nodeId, obstacles, avoided: isAvoided(demand, row) };
}
