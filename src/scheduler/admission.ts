/**
 * Admission: whether a node takes a kind of task at all, whatever room it has. By its labels, its
 * pool, the queues that it serves and its taints.
 */
import type { NodeRow } from '../model/node.ts';
import { defaultNodePool } from '../model/node-pool.ts';
import type { LabelChoice, Taint, Toleration } from '../model/placing.ts';
import type { Wishes } from './demand.ts';

/** Why a node takes no task of a kind. */
export type Objection =
  /** It has another value of this label (null: none) than one of those that are wanted. */
  | {
      readonly kind: 'label';
      readonly name: string;
      readonly wanted: readonly string[];
      readonly has: string | null;
    }
  | { readonly kind: 'forbidden-label'; readonly name: string; readonly has: string }
  | { readonly kind: 'pool'; readonly wanted: string; readonly has: string }
  /** Null: the task names no queue, and the node serves some. */
  | { readonly kind: 'queue'; readonly wanted: string | null; readonly serves: readonly string[] }
  | { readonly kind: 'taint'; readonly taint: Taint };

/** Everything that keeps such a task off the node; empty: nothing does. */
export function objections(wishes: Wishes, node: NodeRow): readonly Objection[] {
  return [...labelObjections(wishes, node), ...placeObjections(wishes, node)];
}

function labelObjections(
  { labels, require, forbid }: Wishes,
  { labels: has }: NodeRow,
): readonly Objection[] {
  const found: Objection[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (has[name] === value) continue;
    found.push({ kind: 'label', name, wanted: [value], has: has[name] ?? null });
  }
  for (const [name, wanted] of Object.entries(require)) {
    if (isOneOf(wanted, has[name])) continue;
    found.push({ kind: 'label', name, wanted, has: has[name] ?? null });
  }
  for (const [name, unwanted] of Object.entries(forbid)) {
    const value = has[name];
    if (value === undefined || !unwanted.includes(value)) continue;
    found.push({ kind: 'forbidden-label', name, has: value });
  }
  return found;
}

function placeObjections(
  { nodePool, queue, tolerations }: Wishes,
  { pool = defaultNodePool, queues = [], taints = [] }: NodeRow,
): readonly Objection[] {
  const found: Objection[] = [];
  if (nodePool !== null && nodePool !== pool) {
    found.push({ kind: 'pool', wanted: nodePool, has: pool });
  }
  const isServed = queue === null ? queues.length === 0 : queues.includes(queue);
  if (!isServed) found.push({ kind: 'queue', wanted: queue, serves: queues });
  for (const taint of taints) {
    const isRefused = taint.effect === 'refuse' && !isTolerated(taint, tolerations);
    if (isRefused) found.push({ kind: 'taint', taint });
  }
  return found;
}

/** Whether such a task comes to the node only when nothing else has room. */
export const isAvoided = ({ tolerations }: Wishes, { taints = [] }: NodeRow): boolean =>
  taints.some((taint) => taint.effect === 'avoid' && !isTolerated(taint, tolerations));

/** The share of the preferred labels that the node has, in [0, 1]; 0 if none is preferred. */
export function preference({ prefer }: Wishes, { labels }: NodeRow): number {
  const choices = Object.entries(prefer);
  if (choices.length === 0) return 0;
  return choices.filter(([name, wanted]) => isOneOf(wanted, labels[name])).length / choices.length;
}

const isOneOf = (wanted: LabelChoice[string], value: string | undefined): boolean =>
  value !== undefined && wanted.includes(value);

const isTolerated = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  tolerations.some(({ key, value }) => {
    return key === taint.key && (value === null || value === taint.value);
  });
