/**
 * A node pool that scales by itself: the rules, where its nodes come from, and what was decided
 * lately. Pools that do not scale need no row: a node says by itself which pool it is of.
 */
import type { WallMs } from '../base/brand.ts';

export interface NodePoolRow {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /**
   * Percent of the pool's CPU or memory that is asked for: above `up` it grows, below `down` in
   * both it shrinks.
   */
  readonly up: number;
  readonly down: number;
  /** It grows as well when a task has waited so long for room in it; null: that does not count. */
  readonly waitMsMax: number | null;
  /** Between two decisions. */
  readonly cooldownMs: number;
  readonly provider: NodeProvider;
  /** Nodes that are wanted now; null: nothing was decided yet. */
  readonly wanted: number | null;
  /** The newest last, at most `scalingsKept`. */
  readonly scalings: readonly Scaling[];
  readonly updatedAt: WallMs;
  readonly updatedBy: string;
}

export type NodeProvider =
  /** A program that is told `{pool, wanted, nodes, remove}` as JSON on its standard input. */
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] }
  /** Nodes as processes of the machine that leads. */
  | { readonly kind: 'local-process' }
  /** The replicas of a StatefulSet. */
  | {
      readonly kind: 'kubernetes';
      readonly namespace: string;
      readonly statefulSet: string;
    };

/** One decision, and why. */
export interface Scaling {
  readonly at: WallMs;
  readonly from: number;
  readonly to: number;
  /** A sentence with the figures that led to it. */
  readonly reason: string;
  /** What came of it so far; null: nothing was heard yet. */
  readonly outcome: string | null;
}

export const scalingsKept = 50;

/** Of what a provider says. */
export const outcomeCharactersMax = 500;

/** Rows in the cluster. */
export const nodePoolsMax = 100;

/** Nodes of one pool. */
export const poolNodesMax = 1_000;

/** The pool of a node that says none. */
export const defaultNodePool = 'default';

/**
 * Whether the pool's provider can take the node away. What a command may do, whoever wrote it
 * knows.
 */
export function isProvided(provider: NodeProvider, pool: string, node: string): boolean {
  switch (provider.kind) {
    case 'command':
      return true;
    case 'local-process':
      return isNumbered(pool, node);
    case 'kubernetes':
      return isNumbered(provider.statefulSet, node);
  }
}

/** `burst-3` is number 3 of `burst`. */
const isNumbered = (name: string, node: string): boolean =>
  node.startsWith(`${name}-`) && /^\d+$/.test(node.slice(name.length + 1));
