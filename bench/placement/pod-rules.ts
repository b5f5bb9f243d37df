/**
 * The rules by which pods are placed on the nodes of a GPU cluster: Skein's score, and those that
 * the paper of the trace compares. Each gives a score, the higher the better; of nodes with the
 * same score the first one is taken. All but the last take the fullest card that has room.
 *
 *   Skein           `roomScore` of the scheduler, which knows nothing of cards
 *   first fit       the first node
 *   best fit        Nomad's: the least sum of 10^(free share) over what the pod asks for
 *   least left      the paper's best fit: the least sum of what is left, in parts of the largest
 *   node dot product     the least product of what is asked for and what is free (Tetris turned
 *   round,
 *                   as in the paper: the node that is used up the most)
 *   GPU packing     shared cards before idle cards of nodes in use, these before idle nodes
 *   GPU clustering  nodes that have the most pods that ask for the same part of a card
 *   FGD             fragmentation gradient descent (`fgd.ts`)
 */
import { roomScore } from '../../src/scheduler/score.ts';
import { fgdScore, type PodKind } from './fgd.ts';
import { fullestCard, type Offer, type Pod, type PodNode, sortOf, wholeCard } from './pod-nodes.ts';

export type PodRule = (pod: Pod, node: PodNode) => Offer;

/** The largest amounts of any node, by dimension. */
const largest = Float64Array.of(128_000, 8 * wholeCard, 1_048_576);

const onFullestCard =
  (scoreOf: (pod: Pod, node: PodNode) => number): PodRule =>
  (pod, node) => ({ score: scoreOf(pod, node), card: fullestCard(node, pod) });

export const podRules = (kinds: readonly PodKind[]): Readonly<Record<string, PodRule>> => ({
  Skein: onFullestCard(({ wanted }, { amounts, pods }) =>
    roomScore({ wanted, spread: false }, amounts, 0, pods === 0),
  ),
  'first fit': onFullestCard(() => 0),
  'best fit': onFullestCard(emptiness),
  'least left': onFullestCard(({ wanted }, { amounts: { free } }) =>
    sumOver((each) => ((wanted[each] ?? 0) - (free[each] ?? 0)) / (largest[each] ?? 1)),
  ),
  'dot product': onFullestCard(({ wanted }, { amounts: { free } }) =>
    sumOver((each) => (-(wanted[each] ?? 0) * (free[each] ?? 0)) / (largest[each] ?? 1) ** 2),
  ),
  'GPU packing': onFullestCard((pod, node) => {
    const card = node.cards[fullestCard(node, pod)] ?? wholeCard;
    if (pod.cards === 1 && card < wholeCard) return 2;
    return node.pods > 0 ? 1 : 0;
  }),
  'GPU clustering': onFullestCard((pod, { sorts }) => sorts.get(sortOf(pod)) ?? 0),
  FGD: (pod, node) => fgdScore(kinds, pod, node),
});

const emptiness = ({ wanted }: Pod, { amounts: { free, unitShare } }: PodNode): number =>
  sumOver((each) => {
    if (wanted[each] === 0) return 0;
    return -(10 ** (((free[each] ?? 0) - (wanted[each] ?? 0)) * (unitShare[each] ?? 0)));
  });

function sumOver(of: (dimension: number) => number): number {
  return of(0) + of(1) + of(2);
}
