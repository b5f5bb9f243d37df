/**
 * Demand: what a task asks of a node, and nothing else of it. Tasks whose demands are equal have
 * equal keys, so that the ready queue and the Fleet look at a demand once, however many tasks
 * make it.
 */
import type { NodeId } from '../base/brand.ts';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import type { LabelChoice, Toleration } from '../model/placing.ts';
import type { Resources } from '../model/resources.ts';

/** What a node must be, whatever room it has. */
export interface Wishes {
  /** The node carries all of these. */
  readonly labels: Readonly<Record<string, string>>;
  /** Null: any pool. */
  readonly nodePool: string | null;
  /** Null: only nodes that serve no queues. */
  readonly queue: string | null;
  readonly tolerations: readonly Toleration[];
  /** The node has one of the values of each of these labels. */
  readonly require: LabelChoice;
  /** It has none of the values of any of these. */
  readonly forbid: LabelChoice;
  /** It had better have one of the values of each of these. */
  readonly prefer: LabelChoice;
}

export interface Demand extends Wishes {
  /** Equal for equal demands, and for no others. */
  readonly key: string;
  /** The same of the wishes alone. */
  readonly wishesKey: string;
  /** Amounts of 0 are left out. */
  readonly resources: Resources;
  /** The emptiest node rather than the fullest. */
  readonly spread: boolean;
  /** On this node or nowhere. */
  readonly pin?: NodeId;
}

/** The part of a task's spec that makes its demand. */
export type Asking = Pick<
  TaskSpec,
  'resources' | 'labels' | 'nodePool' | 'queue' | 'tolerations' | 'affinity'
>;

/** Specs are immutable: a demand is made once for each, and once more if it is also spread. */
const known = { pack: new WeakMap<Asking, Demand>(), spread: new WeakMap<Asking, Demand>() };

/** What a task of this DAG asks for. Costs next to nothing when the task was seen before. */
export function demandOf(task: Asking, { placement = 'pack' }: Pick<DagSpec, 'placement'>): Demand {
  const before = known[placement].get(task);
  if (before !== undefined) return before;
  const demand = newDemand(task, placement === 'spread');
  known[placement].set(task, demand);
  return demand;
}

/** The same on one node alone. */
export function pinnedTo(node: NodeId, demand: Demand): Demand {
  const known = pinned.get(demand) ?? new Map<NodeId, Demand>();
  pinned.set(demand, known);
  const made = known.get(node) ?? {
    ...demand,
    key: `${demand.key} on ${node}`,
    pin: node,
  };
  known.set(node, made);
  return made;
}

/** As many as there are nodes, for as long as their definition is used. */
const pinned = new WeakMap<Demand, Map<NodeId, Demand>>();

function newDemand(task: Asking, spread: boolean): Demand {
  const { labels, nodePool = null, queue = null, tolerations = [] } = task;
  const { require = {}, forbid = {}, prefer = {} } = task.affinity ?? {};
  const wishesKey = JSON.stringify([
    ...[nodePool, queue, entriesOf(labels)],
    ...[require, forbid, prefer].map(choiceKey),
    tolerations.map(({ key, value }) => JSON.stringify([key, value])).sort(),
  ]);
  const asked = entriesOf(task.resources).filter(([, amount]) => amount !== 0);
  return {
    ...{ labels, nodePool, queue, tolerations, require, forbid, prefer, spread, wishesKey },
    key: JSON.stringify([spread, asked]) + wishesKey,
    resources: Object.fromEntries(asked),
  };
}

const choiceKey = (choice: LabelChoice) =>
  entriesOf(choice).map(([name, values]) => [name, [...values].sort()]);

/** In the order of their names. */
const entriesOf = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
