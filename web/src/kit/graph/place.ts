/**
 * Heights: every item as near to its neighbours as the order of its layer lets it. One layer at a
 * time that is a least squares problem with gaps, solved exactly by pooling neighbours that would
 * overlap (the pool-adjacent-violators algorithm of isotonic regression).
 */
import type { Neighbours } from './layers.ts';

const sweeps = 6;
/** How much an item wants to stay where it is, against one for each neighbour. */
const inertia = 0.05;

export interface Stacked {
  /** The items of each layer, from top to bottom. */
  readonly order: readonly (readonly number[])[];
  readonly neighbours: Neighbours;
  readonly heights: readonly number[];
  /** Between two items of a layer. */
  readonly gap: (above: number, below: number) => number;
}

/** The middle of each item. */
export function middles(stacked: Stacked): number[] {
  const { order, neighbours, heights } = stacked;
  const middle: number[] = [];
  for (const layer of order) {
    const wanted = layer.map(() => ({ at: 0, weight: 1 }));
    settle(layer, wanted, stacked, middle);
  }
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const isForward = sweep % 2 === 0;
    const near = isForward ? neighbours.before : neighbours.after;
    const far = isForward ? neighbours.after : neighbours.before;
    const isLast = sweep >= sweeps - 2;
    for (const layer of isForward ? order : [...order].reverse()) {
      const wanted = layer.map((item) => {
        const those = [...(near[item] ?? []), ...(isLast ? (far[item] ?? []) : [])];
        const sum = those.reduce((total, each) => total + (middle[each] ?? 0), 0);
        const weight = those.length + inertia;
        return { at: (sum + inertia * (middle[item] ?? 0)) / weight, weight };
      });
      settle(layer, wanted, stacked, middle);
    }
  }
  const top = Math.min(...middle.map((at, item) => at - (heights[item] ?? 0) / 2));
  return middle.map((at) => Math.round((at - top) * 2) / 2);
}

interface Wanted {
  readonly at: number;
  readonly weight: number;
}

interface Block {
  sum: number;
  weight: number;
  from: number;
}

/** Puts the items of a layer where they want to be, in their order and without overlap. */
function settle(
  layer: readonly number[],
  wanted: readonly Wanted[],
  { heights, gap }: Stacked,
  middle: number[],
): void {
  // How far below the first item each must be at least.
  const below: number[] = [0];
  for (let index = 1; index < layer.length; index += 1) {
    const [above = 0, item = 0] = [layer[index - 1], layer[index]];
    const apart = ((heights[above] ?? 0) + (heights[item] ?? 0)) / 2 + gap(above, item);
    below.push((below[index - 1] ?? 0) + apart);
  }
  const blocks: Block[] = [];
  for (const [index, { at, weight }] of wanted.entries()) {
    let block: Block = { sum: (at - (below[index] ?? 0)) * weight, weight, from: index };
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.weight <= block.sum / block.weight) break;
      blocks.pop();
      const weights = last.weight + block.weight;
      block = { sum: last.sum + block.sum, weight: weights, from: last.from };
    }
    blocks.push(block);
  }
  for (const [place, block] of blocks.entries()) {
    const end = blocks[place + 1]?.from ?? layer.length;
    for (let index = block.from; index < end; index += 1) {
      middle[layer[index] ?? 0] = block.sum / block.weight + (below[index] ?? 0);
    }
  }
}
