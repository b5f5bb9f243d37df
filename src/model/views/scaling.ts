/** Node pools that scale by themselves, and what was decided, as people see them. */
import type { NodeRow } from '../node.ts';
import {
  defaultNodePool,
  type NodePoolRow,
  type NodeProvider,
  type Scaling,
} from '../node-pool.ts';
import type { ReadonlyState } from '../readonly-state.ts';
import { timeText } from './time.ts';

export interface NodePoolView {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Percent. */
  readonly up: number;
  readonly down: number;
  readonly waitMsMax: number | null;
  readonly cooldownMs: number;
  readonly provider: NodeProvider;
  readonly wanted: number | null;
  /** Nodes that take tasks, and those that are being emptied. */
  readonly alive: readonly string[];
  readonly draining: readonly string[];
  readonly last: ScalingView | null;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export interface ScalingView {
  readonly at: string;
  readonly from: number;
  /** The same: the pool stays as it is, and why. */
  readonly to: number;
  readonly reason: string;
  readonly outcome: string | null;
}

export const nodePoolViews = (state: ReadonlyState): readonly NodePoolView[] =>
  [...state.nodePools()].map((row) => nodePoolView(row, state));

export function nodePoolView(row: NodePoolRow, state: ReadonlyState): NodePoolView {
  const { name, min, max, up, down, waitMsMax, cooldownMs, provider, wanted } = row;
  const alive = [...state.nodes()].filter(
    ({ status, pool }) => status === 'alive' && (pool ?? defaultNodePool) === name,
  );
  const last = row.scalings.at(-1);
  return {
    ...{ name, min, max, up, down, waitMsMax, cooldownMs, provider, wanted },
    alive: namesOf(alive.filter(({ drain }) => drain === undefined)),
    draining: namesOf(alive.filter(({ drain }) => drain !== undefined)),
    last: last === undefined ? null : scalingView(last),
    updatedAt: timeText(row.updatedAt),
    updatedBy: row.updatedBy,
  };
}

const namesOf = (nodes: readonly NodeRow[]): readonly string[] =>
  nodes.map(({ nodeId }) => nodeId).sort();

export const scalingView = ({ at, ...rest }: Scaling): ScalingView => ({
  at: timeText(at),
  ...rest,
});
