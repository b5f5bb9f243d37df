/**
 * The machines and the pods of a GPU cluster's trace (Weng et al., "Beware of Fragmentation:
 * Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent", USENIX ATC 2023), and what
 * is free on every card. A pod asks for a part of one card, or for one or more whole ones.
 */
import { readFileSync } from 'node:fs';
import { assert } from '../../src/base/assert.ts';
import type { NodeAmounts } from '../../src/scheduler/score.ts';

/** Amounts stand in this order: the names in the order of the alphabet, as in the Fleet. */
export const podDimensions = ['cpu', 'gpu', 'memory'] as const;

/** A whole card, in the unit of the trace. */
export const wholeCard = 1_000;

export interface Pod {
  /** The same for pods that ask for the same. */
  readonly key: string;
  /** By dimension: thousandths of a core, thousandths of a card in all, MiB. */
  readonly wanted: Float64Array;
  readonly cards: number;
  /** Of each of them. */
  readonly perCard: number;
}

export interface PodNode {
  /** Nodes of one kind differ in nothing but their place. */
  readonly kind: string;
  readonly amounts: NodeAmounts;
  /** What is free on each card. */
  readonly cards: number[];
  pods: number;
  /** By cards and part: how many pods of that sort it has. */
  readonly sorts: Map<string, number>;
}

/** Where a pod is put on a node, and how good that is. */
export interface Offer {
  readonly score: number;
  /** For a part of one card; -1 for all others. */
  readonly card: number;
}

export const sortOf = ({ cards, perCard }: Pod): string => `${cards}x${perCard}`;

export const readPods = (path: string): readonly Pod[] =>
  readRows(path, ['cpuMilli', 'memoryMib', 'gpus', 'gpuMilli']).map(
    ([cpu = 0, memory = 0, cards = 0, part = 0]) => {
      const perCard = cards === 1 ? part : cards === 0 ? 0 : wholeCard;
      const wanted = Float64Array.of(cpu, cards * perCard, memory);
      return { key: `${wanted.join()},${cards}`, wanted, cards, perCard };
    },
  );

/** Makes idle nodes as often as it is called. */
export function readPodNodes(path: string): () => readonly PodNode[] {
  const rows = readRows(path, ['cpuMilli', 'memoryMib', 'gpus']);
  return () =>
    rows.map(([cpu = 0, memory = 0, cards = 0]) => {
      const free = Float64Array.of(cpu, cards * wholeCard, memory);
      return {
        kind: free.join(),
        amounts: { free, unitShare: free.map((amount) => (amount > 0 ? 1 / amount : 0)) },
        cards: Array.from({ length: cards }, () => wholeCard),
        pods: 0,
        sorts: new Map(),
      };
    });
}

function readRows(path: string, columns: readonly string[]): readonly (readonly number[])[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = header.split(',');
  const places = columns.map((column) => names.indexOf(column));
  assert(!places.includes(-1), `${path} has the columns ${columns.join(', ')}`);
  return lines.map((line) => {
    const fields = line.split(',');
    return places.map((place) => Number(fields[place]));
  });
}

/** Whether there is room, card by card: the sum of what is free on the cards is not enough. */
export function canHold({ amounts: { free }, cards }: PodNode, pod: Pod): boolean {
  for (let each = 0; each < pod.wanted.length; each++) {
    if ((pod.wanted[each] ?? 0) > (free[each] ?? 0)) return false;
  }
  if (pod.cards === 0) return true;
  let enough = 0;
  for (const left of cards) if (left >= pod.perCard) enough += 1;
  return enough >= pod.cards;
}

/** The card for a part of one: the fullest that has room, smaller places first. */
export function fullestCard({ cards }: PodNode, { perCard }: Pod): number {
  let best = -1;
  cards.forEach((left, card) => {
    if (left >= perCard && (best === -1 || left < (cards[best] ?? 0))) best = card;
  });
  return best;
}

/** The cards that it takes; `card` is the one for a part of one. */
export function cardsFor(node: PodNode, pod: Pod, card: number): readonly number[] {
  if (pod.cards === 0) return [];
  if (pod.cards === 1) return [card];
  const free = node.cards.flatMap((left, each) => (left >= wholeCard ? [each] : []));
  return free.slice(0, pod.cards);
}

export function put(node: PodNode, pod: Pod, card: number): void {
  const { free } = node.amounts;
  pod.wanted.forEach((amount, each) => {
    free[each] = (free[each] ?? 0) - amount;
  });
  for (const each of cardsFor(node, pod, card)) {
    node.cards[each] = (node.cards[each] ?? 0) - pod.perCard;
  }
  node.pods += 1;
  node.sorts.set(sortOf(pod), (node.sorts.get(sortOf(pod)) ?? 0) + 1);
}
