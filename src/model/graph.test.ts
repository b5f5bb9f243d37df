import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { taskId } from '../base/brand.ts';
import { buildGraph } from './graph.ts';

type Edges = Readonly<Record<string, readonly string[]>>;

const tasksOf = (edges: Edges) =>
  Object.fromEntries(
    Object.entries(edges).map(([id, parents]) => [id, { dependsOn: parents.map(taskId) }]),
  );

/** Any graph over few tasks, cycles and edges to oneself included. */
const anyEdges: fc.Arbitrary<Edges> = fc.integer({ min: 1, max: 8 }).chain((size) => {
  const ids = Array.from({ length: size }, (_, i) => `t${i}`);
  const parents = fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 3 });
  return fc.record(Object.fromEntries(ids.map((id) => [id, parents])));
});

/** All tasks upstream of one, by walking every path. */
function ancestors(edges: Edges, id: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const parent of edges[id] ?? []) {
    if (seen.has(parent)) continue;
    seen.add(parent);
    ancestors(edges, parent, seen);
  }
  return seen;
}

function longest(edges: Edges, id: string): number {
  return 1 + Math.max(0, ...(edges[id] ?? []).map((parent) => longest(edges, parent)));
}

describe('graph', () => {
  it('orders every acyclic graph, and finds a cycle in every other', () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const ids = Object.keys(edges);
        const hasCycle = ids.some((id) => ancestors(edges, id).has(id));
        const built = buildGraph(tasksOf(edges));
        expect(built.ok).toBe(!hasCycle);
        if (!built.ok) {
          const { cycle } = built;
          expect(cycle.length).toBeGreaterThan(1);
          expect(cycle[0]).toBe(cycle.at(-1));
          for (let i = 1; i < cycle.length; i++) {
            expect(edges[cycle[i]!]).toContain(cycle[i - 1]);
          }
          return;
        }
        const place = new Map<string, number>(built.graph.order.map((id, at) => [id, at]));
        expect([...place.keys()].sort()).toEqual(ids.sort());
        for (const [id, parents] of Object.entries(edges)) {
          for (const parent of parents) expect(place.get(parent)).toBeLessThan(place.get(id)!);
        }
        expect(built.graph.depth).toBe(Math.max(...ids.map((id) => longest(edges, id))));
      }),
      { numRuns: 300 },
    );
  });

  it('T19: both directions are there for every task, and mirror each other', () => {
    fc.assert(
      fc.property(anyEdges, (edges) => {
        const built = buildGraph(tasksOf(edges));
        if (!built.ok) return;
        const { parents, children } = built.graph;
        for (const id of Object.keys(edges).map(taskId)) {
          expect(parents.get(id)).toEqual(edges[id]);
          const expected = Object.keys(edges).filter((other) => edges[other]?.includes(id));
          expect([...(children.get(id) ?? ['none'])].sort()).toEqual(expected.sort());
        }
      }),
    );
  });

  it('a task that depends twice on the same one still starts', () => {
    const built = buildGraph(tasksOf({ a: [], b: ['a', 'a'] }));
    expect(built.ok && built.graph.order).toEqual(['a', 'b']);
  });

  it('100,000 tasks in a row are ordered without deep recursion', () => {
    const edges: Record<string, readonly string[]> = { t0: [] };
    for (let i = 1; i < 100_000; i++) edges[`t${i}`] = [`t${i - 1}`];
    const built = buildGraph(tasksOf(edges));
    expect(built.ok && built.graph.depth).toBe(100_000);
  });
});
