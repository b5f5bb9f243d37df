/**
 * Fragmentation gradient descent (Weng et al., USENIX ATC 2023), from the paper's definitions.
 *
 * For a kind of pods m, the *fragment* of a node is what is free on its cards and m cannot use: all
 * of it if m does not fit on the node or asks for no card; otherwise what is free on the cards that
 * have less room than m asks of a card. The fragmentation of a node is the mean of that over the
 * kinds of pods, each as often as it is in the workload. A pod goes to the node, and to the card,
 * where it makes the fragmentation grow least.
 *
 * As in the paper's simulator the workload is represented by its most frequent kinds, as many as
 * make up 95 % of the pods. The other rules know nothing of what is still to come.
 */
import { cardsFor, type Offer, type Pod, type PodNode } from './pod-nodes.ts';

/** The part of the pods that the kinds stand for. */
const typicalShare = 0.95;

export interface PodKind {
  readonly cpu: number;
  readonly memory: number;
  readonly cards: number;
  readonly perCard: number;
  /** Of all pods. */
  readonly share: number;
}

export function typicalKinds(pods: readonly Pod[]): readonly PodKind[] {
  const counts = new Map<string, { readonly pod: Pod; count: number }>();
  for (const pod of pods) {
    const known = counts.get(pod.key) ?? { pod, count: 0 };
    known.count += 1;
    counts.set(pod.key, known);
  }
  const kinds: PodKind[] = [];
  let covered = 0;
  for (const { pod, count } of [...counts.values()].sort((a, b) => b.count - a.count)) {
    if (covered >= typicalShare * pods.length) break;
    covered += count;
    const [cpu = 0, , memory = 0] = pod.wanted;
    const { cards, perCard } = pod;
    kinds.push({ cpu, memory, cards, perCard, share: count / pods.length });
  }
  return kinds;
}

/** Less growth is better. Of equal cards the first one is taken. */
export function fgdScore(kinds: readonly PodKind[], pod: Pod, node: PodNode): Offer {
  const [cpu = 0, , memory = 0] = node.amounts.free;
  const before = fragmentation(kinds, { cpu, memory, cards: node.cards });
  const rest = { cpu: cpu - (pod.wanted[0] ?? 0), memory: memory - (pod.wanted[2] ?? 0) };
  const tried = new Set<number>();
  let best: Offer = { score: Number.NEGATIVE_INFINITY, card: -1 };
  node.cards.forEach((left, card) => {
    if (pod.cards !== 1 || left < pod.perCard || tried.has(left)) return;
    tried.add(left);
    const after = fragmentation(kinds, { ...rest, cards: without(node, pod, card) });
    if (before - after > best.score) best = { score: before - after, card };
  });
  if (pod.cards === 1) return best;
  const after = fragmentation(kinds, { ...rest, cards: without(node, pod, -1) });
  return { score: before - after, card: -1 };
}

function without(node: PodNode, pod: Pod, card: number): readonly number[] {
  const taken = cardsFor(node, pod, card);
  return node.cards.map((left, each) => (taken.includes(each) ? left - pod.perCard : left));
}

interface Rest {
  readonly cpu: number;
  readonly memory: number;
  readonly cards: readonly number[];
}

/** The mean fragment over the kinds of pods, in thousandths of a card. */
function fragmentation(kinds: readonly PodKind[], { cpu, memory, cards }: Rest): number {
  let free = 0;
  for (const left of cards) free += left;
  if (free === 0) return 0;
  let sum = 0;
  for (const kind of kinds) {
    let [usable, cardsUsable] = [0, 0];
    for (const left of cards) {
      if (left < kind.perCard) continue;
      usable += left;
      cardsUsable += 1;
    }
    const fits = kind.cpu <= cpu && kind.memory <= memory && cardsUsable >= kind.cards;
    sum += kind.share * (fits && kind.cards > 0 ? free - usable : free);
  }
  return sum;
}
