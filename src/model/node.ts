/**
 * A node as the cluster knows its executor. Registered by heartbeat, recorded once per incarnation.
 */
import type { Incarnation, NodeId, WallMs } from '../base/brand.ts';
import type { Taint } from './placing.ts';
import type { Resources } from './resources.ts';

export interface NodeRow {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  /** What the operator gave to tasks, the `slots` dimension included. */
  readonly capacity: Resources;
  readonly labels: Readonly<Record<string, string>>;
  /** Base URL of the node's HTTP endpoint. */
  readonly address: string;
  /** `lost`: silent for longer than its lease; it takes no tasks until it is heard again. */
  readonly status: 'alive' | 'lost';
  readonly since: WallMs;
  /** The node pool that it belongs to; absent: `default`. */
  readonly pool?: string;
  /** Queues that it serves; absent: tasks without a queue, and no others. */
  readonly queues?: readonly string[];
  readonly taints?: readonly Taint[];
  /** Said by an operator, or by the autoscaler: it takes nothing new, whatever life it is in. */
  readonly drain?: NodeDrain;
}

/** What a node says of itself: where it belongs, and what keeps tasks away from it. */
export type NodePlace = Pick<NodeRow, 'pool' | 'queues' | 'taints'>;

/** A node that is being emptied. */
export interface NodeDrain {
  readonly since: WallMs;
  /** What still runs then is stopped, and begun again elsewhere; null: it may end by itself. */
  readonly until: WallMs | null;
  readonly by: string;
  /** Nothing is alive on it, and its node pool gives it away: it is not taken back any more. */
  readonly released?: true;
}
