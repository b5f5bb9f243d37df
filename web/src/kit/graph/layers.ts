/**
 * Layers of a graph: longest paths from its beginnings, with columns of a bounded height (Coffman
 * and Graham, "Optimal scheduling for two-processor systems", 1972: what does not fit goes on to
 * the next column).
 */

/** From one item to another, by their places in the list. */
export type Link = readonly [from: number, to: number];

/** The neighbours of each item. */
export interface Neighbours {
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
}

export function neighboursOf(count: number, links: readonly Link[]): Neighbours {
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of links) {
    after[from]?.push(to);
    before[to]?.push(from);
  }
  return { before, after };
}

/**
 * The links without those that close a circle. A graph of tasks has none; one whose groups are
 * taken as one may: `a.1 -> b -> a.2`.
 */
export function withoutCircles(count: number, links: readonly Link[]): readonly Link[] {
  const { after } = neighboursOf(count, links);
  const state = new Uint8Array(count);
  const closing = new Set<number>();
  const [onPath, done] = [1, 2];
  for (let root = 0; root < count; root += 1) {
    if (state[root] !== 0) continue;
    const path: { item: number; next: number }[] = [{ item: root, next: 0 }];
    state[root] = onPath;
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = after[top.item]?.[top.next];
      top.next += 1;
      if (to === undefined) {
        state[top.item] = done;
        path.pop();
      } else if (state[to] === onPath) closing.add(top.item * count + to);
      else if (state[to] === 0) {
        state[to] = onPath;
        path.push({ item: to, next: 0 });
      }
    }
  }
  if (closing.size === 0) return links;
  return links.filter(([from, to]) => !closing.has(from * count + to));
}

/** The layer of each item; `links` have no circles. No layer has more than `columnMax` items. */
export function layersOf(count: number, links: readonly Link[], columnMax: number): number[] {
  const { before, after } = neighboursOf(count, links);
  const layers: number[] = Array(count).fill(0);
  const fill: number[] = [];
  const put = (item: number, from: number): void => {
    let layer = from;
    while ((fill[layer] ?? 0) >= columnMax) layer += 1;
    layers[item] = layer;
    fill[layer] = (fill[layer] ?? 0) + 1;
  };
  for (const item of inOrder(count, { before, after })) {
    const behind = (before[item] ?? []).map((each) => (layers[each] ?? 0) + 1);
    put(item, Math.max(0, ...behind));
  }
  // A beginning that only something far behind needs stands right before that.
  for (let item = count - 1; item >= 0; item -= 1) {
    const [own = 0, needs = [], neededBy = []] = [layers[item], before[item], after[item]];
    if (needs.length > 0 || neededBy.length === 0) continue;
    const wanted = Math.min(...neededBy.map((each) => layers[each] ?? 0)) - 1;
    if (wanted <= own || (fill[wanted] ?? 0) >= columnMax) continue;
    fill[own] = (fill[own] ?? 1) - 1;
    fill[wanted] = (fill[wanted] ?? 0) + 1;
    layers[item] = wanted;
  }
  return withoutGaps(layers);
}

/** Every item after those before it; what has no links at all comes last. */
function inOrder(count: number, { before, after }: Neighbours): readonly number[] {
  const open = before.map((each) => each.length);
  const all = [...Array(count).keys()];
  const isAlone = (item: number): boolean => open[item] === 0 && (after[item]?.length ?? 0) === 0;
  const alone = all.filter(isAlone);
  const order = all.filter((item) => open[item] === 0 && !isAlone(item));
  for (let at = 0; at < order.length; at += 1) {
    for (const next of after[order[at] ?? 0] ?? []) {
      const left = (open[next] ?? 1) - 1;
      open[next] = left;
      if (left === 0) order.push(next);
    }
  }
  return [...order, ...alone];
}

/** Beginnings that have moved on may leave an empty layer. */
function withoutGaps(layers: readonly number[]): number[] {
  const used = [...new Set(layers)].sort((left, right) => left - right);
  const place = new Map(used.map((layer, index) => [layer, index]));
  return layers.map((layer) => place.get(layer) ?? 0);
}
