/** Pods and cards on hand-made nodes, and what the rules make of them. */
import { describe, expect, it } from 'vitest';
import { typicalKinds } from './fgd.ts';
import { canHold, type Pod, type PodNode, put } from './pod-nodes.ts';
import { podRules } from './pod-rules.ts';
import { place } from './pods.ts';

const node = (cards: number, cpu = 8_000): PodNode => {
  const free = Float64Array.of(cpu, cards * 1_000, 64_000);
  return {
    kind: free.join(),
    amounts: { free, unitShare: free.map((amount) => (amount > 0 ? 1 / amount : 0)) },
    cards: Array.from({ length: cards }, () => 1_000),
    pods: 0,
    sorts: new Map(),
  };
};

const pod = (cards: number, perCard = 1_000, cpu = 1_000): Pod => {
  const wanted = Float64Array.of(cpu, cards * perCard, 1_000);
  return { key: `${wanted.join()},${cards}`, wanted, cards, perCard };
};

const [plain, part] = [pod(0, 0), pod(1, 600)];

/** The places of the nodes that are in use when all pods are placed by the rule. */
function inUse(rule: string, pods: readonly Pod[], nodes: readonly PodNode[]): readonly number[] {
  const rules = podRules(typicalKinds(pods));
  place(pods, nodes, rules[rule]!);
  return nodes.flatMap(({ pods: count }, at) => (count > 0 ? [at] : []));
}

describe('the cards of a node', () => {
  it('hold a part of a card only where one of them has the room', () => {
    const two = node(2);
    put(two, part, 0);
    put(two, part, 1);
    // 800 of 2,000 are free, on no single card.
    expect(canHold(two, part)).toBe(false);
    expect(canHold(two, pod(1, 400))).toBe(true);
  });

  it('hold whole cards only where so many are idle', () => {
    const two = node(2);
    put(two, pod(1, 100), 1);
    expect([canHold(two, pod(1)), canHold(two, pod(2))]).toEqual([true, false]);
    put(two, pod(1), 0);
    expect(two.cards).toEqual([0, 900]);
  });
});

describe('the rules for pods', () => {
  it('Skein: leaves nodes with cards to those who ask for one', () => {
    expect(inUse('Skein', [plain], [node(2), node(0)])).toEqual([1]);
    expect(inUse('Skein', [part], [node(0), node(2)])).toEqual([1]);
  });

  it('Skein: begins no second node while there is room on the first', () => {
    const nodes = [node(2), node(4), node(2)];
    expect(inUse('Skein', [part, part, plain], nodes)).toEqual([0]);
  });

  it('GPU packing: takes a shared card before an idle one', () => {
    const nodes = [node(1), node(1)];
    put(nodes[1]!, pod(1, 300), 0);
    expect(inUse('GPU packing', [part], nodes)).toEqual([1]);
  });

  it('FGD: uses the card whose rest nobody could use', () => {
    const kinds = typicalKinds([part]);
    const two = node(2);
    put(two, pod(1, 400), 1);
    // On the idle card 400 would be left; on the other one nothing is.
    expect(podRules(kinds).FGD?.(part, two).card).toBe(1);
  });

  it('all of them place what can be placed, and count what cannot', () => {
    const pods = [pod(2), part, part, plain, pod(3)];
    for (const rule of Object.values(podRules(typicalKinds(pods)))) {
      const { failed, share, shareAtFirst } = place(pods, [node(2), node(2)], rule);
      expect(failed).toBeGreaterThanOrEqual(1);
      expect(share).toBeGreaterThanOrEqual(shareAtFirst);
      expect(share).toBeLessThanOrEqual(1);
    }
  });
});
