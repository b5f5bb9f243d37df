import { describe, expect, it } from 'vitest';
import { type Box, type LayoutEdge, type LayoutNode, layoutOf } from './layout.ts';

const size = { width: 180, height: 40 };
const node = (id: string, group?: string): LayoutNode => ({ id, group, ...size });

/** The same on every machine: a linear congruential generator (Numerical Recipes). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function bigDag(count: number, seed: number) {
  const next = chance(seed);
  const nodes = Array.from({ length: count }, (_, index) => node(`t${index}`));
  const edges: LayoutEdge[] = [];
  for (let to = 1; to < count; to += 1) {
    for (let each = 0; each < 1 + next() * 2; each += 1) {
      const from = Math.max(0, to - 1 - Math.floor(next() ** 3 * 300));
      edges.push({ from: `t${from}`, to: `t${to}` });
    }
  }
  return { nodes, edges };
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function overlapping(boxes: readonly Box[]): number {
  const sorted = boxes.toSorted((left, right) => left.x - right.x);
  let found = 0;
  for (const [at, box] of sorted.entries()) {
    for (let other = at + 1; other < sorted.length; other += 1) {
      const next = sorted[other];
      if (next === undefined || next.x >= box.x + box.width) break;
      if (overlap(box, next)) found += 1;
    }
  }
  return found;
}

describe('layout of a graph', () => {
  it('draws a diamond with its ends in the middle', () => {
    const { nodes } = layoutOf({
      nodes: ['a', 'b', 'c', 'd'].map((id) => node(id)),
      edges: [
        { from: 'a', to: 'b' },
        { from: 'a', to: 'c' },
        { from: 'b', to: 'd' },
        { from: 'c', to: 'd' },
      ],
    });
    const at = new Map(nodes.map((each) => [each.id, each]));
    expect(nodes.map(({ layer }) => layer)).toEqual([0, 1, 1, 2]);
    expect(at.get('a')?.y).toBe(at.get('d')?.y);
    expect((at.get('b')?.y ?? 0) + (at.get('c')?.y ?? 0)).toBe(2 * (at.get('a')?.y ?? 0));
  });

  it('lays 2,000 tasks out without overlap, every edge to the right, always the same', () => {
    const dag = bigDag(2_000, 7);
    layoutOf(bigDag(300, 1));
    const began = performance.now();
    const layout = layoutOf(dag);
    const tookMs = performance.now() - began;
    expect(overlapping(layout.nodes)).toBe(0);
    const layers = new Map(layout.nodes.map(({ id, layer }) => [id, layer]));
    const backward = dag.edges.filter(
      ({ from, to }) => (layers.get(from) ?? 0) >= (layers.get(to) ?? 0),
    );
    expect(backward).toEqual([]);
    expect(layoutOf(dag)).toEqual(layout);
    // Far from the 200 ms that a reader would feel, with room for a machine that is busy.
    expect(tookMs).toBeLessThan(1_000);
  });

  it('puts tasks without edges into columns and not into a tower', () => {
    const nodes = Array.from({ length: 2_000 }, (_, index) => node(`t${index}`));
    const layout = layoutOf({ nodes, edges: [] });
    expect(overlapping(layout.nodes)).toBe(0);
    expect(layout.height).toBeLessThan(6_000);
  });

  it('keeps an open group in a box of its own', () => {
    const input = {
      nodes: [node('a'), node('b', 'g'), node('c', 'g.h'), node('d', 'g.h'), node('e'), node('f')],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
        { from: 'b', to: 'd' },
        { from: 'd', to: 'e' },
        { from: 'a', to: 'f' },
      ],
      groups: [
        { id: 'g', parent: null, folded: null },
        { id: 'g.h', parent: 'g', folded: null },
      ],
    };
    const { nodes, groups, edges } = layoutOf(input);
    const outer = groups.find(({ id }) => id === 'g');
    expect(groups.map(({ id, depth }) => [id, depth])).toEqual([
      ['g', 0],
      ['g.h', 1],
    ]);
    expect(overlapping(nodes)).toBe(0);
    const inside = nodes.filter((each) => outer !== undefined && overlap(each, outer));
    expect(inside.map(({ id }) => id).sort()).toEqual(['b', 'c', 'd']);
    expect(edges).toHaveLength(5);
  });

  it('shows a folded group as one node, with the edges of its tasks', () => {
    const { nodes, groups, edges } = layoutOf({
      nodes: [node('a'), node('b', 'g'), node('c', 'g'), node('d')],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'a', to: 'c' },
        { from: 'b', to: 'c' },
        { from: 'c', to: 'd' },
      ],
      groups: [{ id: 'g', parent: null, folded: size }],
    });
    expect(groups).toEqual([]);
    expect(nodes.map(({ id, isGroup }) => [id, isGroup])).toEqual([
      ['g', true],
      ['a', false],
      ['d', false],
    ]);
    expect(edges.map(({ from, to, count }) => [from, to, count])).toEqual([
      ['a', 'g', 2],
      ['g', 'd', 1],
    ]);
  });

  it('leads an edge of a whole group to its box', () => {
    const { groups, edges } = layoutOf({
      nodes: [node('a'), node('b', 'g'), node('c', 'g')],
      edges: [{ from: 'a', to: 'g' }],
      groups: [{ id: 'g', parent: null, folded: null }],
    });
    const [box] = groups;
    expect(edges[0]?.points.at(-1)).toEqual({
      x: box?.x,
      y: (box?.y ?? 0) + (box?.height ?? 0) / 2,
    });
  });

  it('draws a graph whose groups stand before and behind the same task', () => {
    const { nodes, edges } = layoutOf({
      nodes: [node('a', 'g'), node('b'), node('c', 'g')],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
      ],
      groups: [{ id: 'g', parent: null, folded: null }],
    });
    expect(overlapping(nodes)).toBe(0);
    expect(edges).toHaveLength(2);
  });

  it('leads a long edge around what stands between', () => {
    const { nodes, edges } = layoutOf({
      nodes: ['a', 'b', 'c'].map((id) => node(id)),
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
        { from: 'a', to: 'c' },
      ],
    });
    const b = nodes.find(({ id }) => id === 'b');
    const long = edges.find(({ from, to }) => from === 'a' && to === 'c');
    const between = long?.points.slice(1, -1) ?? [];
    expect(between).toHaveLength(2);
    const isOver = between.every(({ y }) => y < (b?.y ?? 0) || y > (b?.y ?? 0) + size.height);
    expect(isOver).toBe(true);
  });
});
