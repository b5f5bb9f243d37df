/**
 * A node as the cluster knows its executor. Registered by heartbeat, recorded once per incarnation.
 */
import type { Incarnation, NodeId, WallMs } from '../base/brand.ts';
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
}
