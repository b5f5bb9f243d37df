/** How edges are drawn, and where the arrow keys lead. */
import type { Layout, PlacedEdge, PlacedNode, Point } from './layout.ts';

/** A smooth line through the points, level at each of them, as an SVG path. */
export function edgePath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${first.x} ${first.y}`;
  let at = first;
  for (const point of rest) {
    if (point.y === at.y && point.x >= at.x) path += `H${point.x}`;
    else {
      const reach = Math.max(Math.abs(point.x - at.x) / 2, point.x < at.x ? 60 : 12);
      path += `C${at.x + reach} ${at.y} ${point.x - reach} ${point.y} ${point.x} ${point.y}`;
    }
    at = point;
  }
  return path;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

export const directionOf: Readonly<Partial<Record<string, Direction>>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/**
 * The next node: left and right along an edge, up and down to the nearest that stands above or
 * below. Undefined: there is none. Without a node to begin at: the first.
 */
export function nextNode(
  { nodes, edges }: Pick<Layout, 'nodes' | 'edges'>,
  from: string | null,
  direction: Direction,
): string | undefined {
  const own = nodes.find(({ id }) => id === from);
  if (own === undefined) return nodes[0]?.id;
  if (direction === 'left' || direction === 'right') {
    const isAhead = direction === 'right';
    const near = edges.flatMap((edge: PlacedEdge) => {
      if (isAhead) return edge.from === own.id ? [edge.to] : [];
      return edge.to === own.id ? [edge.from] : [];
    });
    return nearest(
      own,
      nodes.filter(({ id }) => near.includes(id)),
    )?.id;
  }
  const sign = direction === 'down' ? 1 : -1;
  const middle = own.x + own.width / 2;
  const others = nodes.filter(
    ({ id, x, y, width }) =>
      id !== own.id && (y - own.y) * sign > 0 && x <= middle && middle <= x + width,
  );
  return nearest(own, others)?.id;
}

function nearest(own: PlacedNode, others: readonly PlacedNode[]): PlacedNode | undefined {
  const distance = (node: PlacedNode): number => Math.abs(node.y - own.y);
  return others.toSorted((left, right) => distance(left) - distance(right))[0];
}
