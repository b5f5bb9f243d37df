/**
 * The order within the layers: a few barycentre sweeps, of which the one with the fewest crossings
 * is kept (Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
 * structures", 1981).
 */
import type { Link, Neighbours } from './layers.ts';

const sweeps = 4;

export interface Layered {
  /** The items of each layer. */
  readonly layers: readonly (readonly number[])[];
  /** Links between neighbouring layers only. */
  readonly links: readonly Link[];
  readonly neighbours: Neighbours;
}

/** The items of each layer from top to bottom. */
export function ordered({ layers, links, neighbours }: Layered): readonly (readonly number[])[] {
  const place: number[] = [];
  const remember = (order: readonly (readonly number[])[]): void => {
    for (const layer of order) {
      for (const [index, item] of layer.entries()) place[item] = index;
    }
  };
  const count = (): number => crossings(layers.length, links, { layerOf, place });
  const layerOf: number[] = [];
  for (const [at, layer] of layers.entries()) for (const item of layer) layerOf[item] = at;
  let order = layers.map((layer) => [...layer]);
  remember(order);
  let best = { order, crossings: count() };
  for (let sweep = 0; sweep < sweeps && best.crossings > 0; sweep += 1) {
    const isForward = sweep % 2 === 0;
    const near = isForward ? neighbours.before : neighbours.after;
    order = order.map((layer) => [...layer]);
    const walk = isForward ? [...order.keys()] : [...order.keys()].reverse();
    for (const at of walk) sortLayer(order[at] ?? [], near, place);
    const now = count();
    if (now < best.crossings) best = { order, crossings: now };
  }
  return best.order;
}

/** Sorts a layer by the middle of each item's neighbours; who has none stays where it is. */
function sortLayer(layer: number[], near: readonly (readonly number[])[], place: number[]): void {
  const weight = new Map(
    layer.map((item, index) => {
      const those = near[item] ?? [];
      if (those.length === 0) return [item, index];
      return [item, those.reduce((sum, each) => sum + (place[each] ?? 0), 0) / those.length];
    }),
  );
  layer.sort((left, right) => {
    const difference = (weight.get(left) ?? 0) - (weight.get(right) ?? 0);
    return difference === 0 ? (place[left] ?? 0) - (place[right] ?? 0) : difference;
  });
  for (const [index, item] of layer.entries()) place[item] = index;
}

interface Places {
  readonly layerOf: readonly number[];
  readonly place: readonly number[];
}

/**
 * Pairs of links that cross, by counting inversions with a tree of sums (Barth, Mutzel and Jünger,
 * "Simple and efficient bilayer cross counting", 2004).
 */
export function crossings(
  layerCount: number,
  links: readonly Link[],
  { layerOf, place }: Places,
): number {
  const byLayer: [number, number][][] = Array.from({ length: layerCount }, () => []);
  for (const [from, to] of links) {
    byLayer[layerOf[from] ?? 0]?.push([place[from] ?? 0, place[to] ?? 0]);
  }
  return byLayer.reduce((sum, pairs) => sum + inversions(pairs), 0);
}

function inversions(pairs: [number, number][]): number {
  pairs.sort((left, right) => left[0] - right[0] || left[1] - right[1]);
  const size = pairs.reduce((max, [, to]) => Math.max(max, to), 0) + 1;
  const tree = new Int32Array(size + 1);
  let found = 0;
  for (const [seen, [, to]] of pairs.entries()) {
    let notAbove = 0;
    for (let at = to + 1; at > 0; at -= at & -at) notAbove += tree[at] ?? 0;
    found += seen - notAbove;
    for (let at = to + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  }
  return found;
}
