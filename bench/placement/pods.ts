/**
 * Packing the pods of a GPU cluster's trace (`openb2023`), by Skein's score and by the rules that
 * the paper of the trace compares (`pod-rules.ts`).
 *
 *   plain    The pods in the order of the trace, each placed once and never ending: how many nodes
 *            are in use when all are placed.
 *   inflate  Pods drawn from the trace, with replacement, until they ask for more cards than there
 *            are (the paper's workload inflation): what share of all cards was allocated when the
 *            first pod found no node, and when none was left to place.
 *
 * Whether a pod fits is counted card by card for all rules alike. Skein's own `gpu` is one amount
 * for all cards of a node: for whole cards that is the same, but parts of cards may fit in sum and
 * on no single one. `by the sum` counts how often that happens when Skein's Fleet chooses by
 * itself: pods for whom the node that was chosen has no card with enough room.
 */
import { join } from 'node:path';
import { incarnation, nodeId, wallMs } from '../../src/base/brand.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { demandOf } from '../../src/scheduler/demand.ts';
import { Fleet } from '../../src/scheduler/fleet.ts';
import { print } from '../figures.ts';
import { typicalKinds } from './fgd.ts';
import { nameOf } from './load.ts';
import {
  canHold,
  fullestCard,
  type Offer,
  type Pod,
  type PodNode,
  podDimensions,
  put,
  readPodNodes,
  readPods,
} from './pod-nodes.ts';
import { type PodRule, podRules } from './pod-rules.ts';

/** What the drawn pods ask for, over what there is. */
const inflateTo = 1.15;

const seed = 7;

export function podsBench(folder: string): void {
  const idleNodes = readPodNodes(join(folder, 'openb2023-nodes.csv'));
  const pods = readPods(join(folder, 'openb2023-pods-a.csv'));
  const more = inflate(pods, idleNodes());
  print(`${pods.length} pods, and ${more.length} drawn from them with seed ${seed}`);
  print(columns(['', 'plain: nodes', 'GPU nodes', 'inflate: first', 'in the end', 'not placed']));
  for (const [name, rule] of Object.entries(podRules(typicalKinds(pods)))) {
    const [plain, inflated] = [pods, more].map((all) => place(all, idleNodes(), rule));
    if (plain === undefined || inflated === undefined) continue;
    print(
      columns([
        name,
        ...[`${plain.nodesInUse}`, `${plain.gpuNodesInUse}`],
        ...[percent(inflated.shareAtFirst), percent(inflated.share), `${inflated.failed}`],
      ]),
    );
  }
  const { nodes, misfits } = placeBySum(pods, idleNodes());
  print(`by the sum: ${nodes} nodes in use, ${misfits} of ${pods.length} pods on no single card`);
}

interface Packing {
  readonly nodesInUse: number;
  readonly gpuNodesInUse: number;
  /** Of all cards: what was allocated when the first pod found no node, and in the end. */
  readonly shareAtFirst: number;
  readonly share: number;
  readonly failed: number;
}

export function place(pods: readonly Pod[], nodes: readonly PodNode[], rule: PodRule): Packing {
  const offers = new Offers(rule);
  const total = sum(nodes.map(gpuOf));
  let allocated = 0;
  let shareAtFirst: number | undefined;
  let failed = 0;
  for (const pod of pods) {
    const best = offers.best(pod, nodes);
    if (best === undefined) {
      failed += 1;
      shareAtFirst ??= allocated / total;
      continue;
    }
    put(best.node, pod, best.card);
    offers.changed(best.node);
    allocated += pod.cards * pod.perCard;
  }
  const inUse = nodes.filter((node) => node.pods > 0);
  return {
    nodesInUse: inUse.length,
    gpuNodesInUse: inUse.filter(({ cards }) => cards.length > 0).length,
    shareAtFirst: shareAtFirst ?? allocated / total,
    share: allocated / total,
    failed,
  };
}

/** Looks at idle nodes of one kind once, and remembers what nodes offer until they change. */
class Offers {
  readonly #rule: PodRule;
  readonly #known = new Map<PodNode, Map<string, Offer | null>>();

  constructor(rule: PodRule) {
    this.#rule = rule;
  }

  best(pod: Pod, nodes: readonly PodNode[]): { node: PodNode; card: number } | undefined {
    const seen = new Set<string>();
    let [best, bestScore, card] = [-1, Number.NEGATIVE_INFINITY, -1];
    nodes.forEach((node, place) => {
      if (node.pods === 0 && seen.has(node.kind)) return;
      if (node.pods === 0) seen.add(node.kind);
      const offer = this.#offer(pod, node);
      if (offer === null || offer.score <= bestScore) return;
      [best, bestScore, card] = [place, offer.score, offer.card];
    });
    const node = nodes[best];
    return node && { node, card };
  }

  changed(node: PodNode): void {
    this.#known.delete(node);
  }

  #offer(pod: Pod, node: PodNode): Offer | null {
    const known = this.#known.get(node) ?? new Map<string, Offer | null>();
    this.#known.set(node, known);
    const before = known.get(pod.key);
    if (before !== undefined) return before;
    const offer = canHold(node, pod) ? this.#rule(pod, node) : null;
    known.set(pod.key, offer);
    return offer;
  }
}

/** The Fleet as it is: one amount for all cards of a node. */
function placeBySum(pods: readonly Pod[], nodes: readonly PodNode[]) {
  const fleet = new Fleet();
  const byName = new Map(nodes.map((node, place) => [nodeId(nameOf(place)), node]));
  for (const [name, { amounts }] of byName) {
    const life = { nodeId: name, incarnation: incarnation(`${name}-1`), address: '', labels: {} };
    const capacity = resourcesOf(amounts.free);
    fleet.put({ ...life, capacity, status: 'alive', since: wallMs(0) });
  }
  fleet.open(() => true);
  let misfits = 0;
  for (const pod of pods) {
    const demand = demandOf({ resources: resourcesOf(pod.wanted), labels: {} }, {});
    const choice = fleet.choose(demand);
    const node = choice && byName.get(choice.node.nodeId);
    if (choice === undefined || node === undefined) continue;
    fleet.shift(choice.node.nodeId, demand.resources, 1);
    if (canHold(node, pod)) put(node, pod, fullestCard(node, pod));
    else misfits += 1;
  }
  return { nodes: nodes.filter((node) => node.pods > 0).length, misfits };
}

const resourcesOf = (amounts: Float64Array) =>
  Object.fromEntries(podDimensions.map((name, each) => [name, amounts[each] ?? 0]));

const gpuOf = ({ amounts }: PodNode): number => amounts.free[1] ?? 0;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function inflate(pods: readonly Pod[], nodes: readonly PodNode[]): readonly Pod[] {
  const random = new SeededRandom(seed);
  const wanted = inflateTo * sum(nodes.map(gpuOf));
  const drawn: Pod[] = [];
  for (let asked = 0; asked < wanted; ) {
    const pod = pods[Math.floor(random.fraction() * pods.length)];
    if (pod === undefined) break;
    drawn.push(pod);
    asked += pod.cards * pod.perCard;
  }
  return drawn;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const columns = ([name = '', ...texts]: readonly string[]): string =>
  `  ${name.padEnd(16)}${texts.map((text) => text.padStart(16)).join('')}`;
