/** The layout of one level: items of any size in layers from left to right, and how links run. */
import { type Link, layersOf, neighboursOf, withoutCircles } from './layers.ts';
import { ordered } from './order.ts';
import { middles } from './place.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point, Size {}

export interface FlatLayout extends Size {
  readonly boxes: readonly (Box & { readonly layer: number })[];
  /** The points between the ends of each link that has any. */
  readonly bends: ReadonlyMap<Link, readonly Point[]>;
}

export const gaps = { column: 56, row: 16, bend: 10 } as const;

/** Bends of all links together; longer links than that run straight. */
const bendsMax = 8_000;
const bendHeight = 6;

/** Items in one column: about a square, but never a tower. */
const columnMaxFor = (count: number): number => Math.max(12, Math.ceil(1.6 * Math.sqrt(count)));

export function flatLayout(sizes: readonly Size[], links: readonly Link[]): FlatLayout {
  if (sizes.length === 0) return { width: 0, height: 0, boxes: [], bends: new Map() };
  const forward = withoutCircles(sizes.length, links);
  const layerOf = layersOf(sizes.length, forward, columnMaxFor(sizes.length));
  const chains = chainsOf(sizes.length, forward, layerOf);
  const { layers, short } = chains;
  const total = sizes.length + chains.bends;
  const neighbours = neighboursOf(total, short);
  const order = ordered({ layers, links: short, neighbours });
  const isBend = (item: number): boolean => item >= sizes.length;
  const heights = Array.from({ length: total }, (_, item) => sizes[item]?.height ?? bendHeight);
  const middle = middles({
    ...{ order, neighbours, heights },
    gap: (above, below) => (isBend(above) || isBend(below) ? gaps.bend : gaps.row),
  });
  const columns = columnsOf(layers, sizes);
  const boxes = sizes.map(({ width, height }, item) => {
    const layer = layerOf[item] ?? 0;
    const x = columns[layer]?.x ?? 0;
    return { x, y: (middle[item] ?? 0) - height / 2, width, height, layer };
  });
  const bends = new Map<Link, readonly Point[]>();
  for (const [link, chain] of chains.byLink) {
    const points = chain.flatMap((item, at) => {
      const { x = 0, width = 0 } = columns[(layerOf[link[0]] ?? 0) + 1 + at] ?? {};
      const y = middle[item] ?? 0;
      return [
        { x, y },
        { x: x + width, y },
      ];
    });
    bends.set(link, points);
  }
  const last = columns.at(-1);
  return {
    width: last === undefined ? 0 : last.x + last.width,
    height: Math.max(...boxes.map(({ y, height }) => y + height)),
    ...{ boxes, bends },
  };
}

/** Links over several layers get an item for each layer between, so that they find a way. */
function chainsOf(count: number, links: readonly Link[], layerOf: readonly number[]) {
  const layers: number[][] = [];
  const put = (item: number, layer: number): void => {
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(item);
  };
  for (let item = 0; item < count; item += 1) put(item, layerOf[item] ?? 0);
  const short: Link[] = [];
  const byLink = new Map<Link, readonly number[]>();
  let bends = 0;
  for (const link of links) {
    const [from, to] = link;
    const [first = 0, last = 0] = [layerOf[from], layerOf[to]];
    const between = last - first - 1;
    if (bends + between > bendsMax) continue;
    const chain = Array.from({ length: between }, (_, at) => count + bends + at);
    bends += between;
    for (const [at, item] of chain.entries()) put(item, first + 1 + at);
    const all = [from, ...chain, to];
    for (let at = 1; at < all.length; at += 1) short.push([all[at - 1] ?? from, all[at] ?? to]);
    if (between > 0) byLink.set(link, chain);
  }
  return { layers, short, byLink, bends };
}

function columnsOf(
  layers: readonly (readonly number[])[],
  sizes: readonly Size[],
): readonly { readonly x: number; readonly width: number }[] {
  let x = 0;
  return layers.map((layer) => {
    const width = Math.max(0, ...layer.map((item) => sizes[item]?.width ?? 0));
    const column = { x, width };
    x += width + gaps.column;
    return column;
  });
}
