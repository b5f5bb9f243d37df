/**
 * Fleet layout: the nodes as arrays, in the order of their names, so that a choice walks over
 * memory that lies in one piece and the smaller *place* is the smaller name. Made anew when a row
 * changes, which is rare; what changes with every attempt is kept by the Fleet.
 */
import type { NodeId } from '../base/brand.ts';
import type { NodeRow } from '../model/node.ts';

export interface FleetLayout {
  /** By place. */
  readonly rows: readonly NodeRow[];
  readonly placeOf: ReadonlyMap<NodeId, number>;
  /** The dimensions that any node has; amounts of place p stand at `p * dimensions.length`. */
  readonly dimensions: readonly string[];
  readonly dimensionOf: ReadonlyMap<string, number>;
  readonly capacity: Float64Array;
  /** The share of the node that one unit is: 1 / capacity; 0 where there is no capacity. */
  readonly unitShare: Float64Array;
  /**
   * By place, its kind: nodes of one kind differ in nothing but name and load. While they are idle
   * one of them stands for all.
   */
  readonly kindOf: Int32Array;
  /** By kind, a node of it. */
  readonly kinds: readonly NodeRow[];
}

export function layOut(nodes: Iterable<NodeRow>): FleetLayout {
  const rows = [...nodes].sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1));
  const dimensions = [...new Set(rows.flatMap(({ capacity }) => Object.keys(capacity)))].sort();
  const width = dimensions.length;
  const capacity = new Float64Array(rows.length * width);
  const unitShare = new Float64Array(rows.length * width);
  const kindOf = new Int32Array(rows.length);
  const kinds: NodeRow[] = [];
  const known = new Map<string, number>();
  rows.forEach((row, place) => {
    dimensions.forEach((name, dimension) => {
      const amount = row.capacity[name] ?? 0;
      capacity[place * width + dimension] = amount;
      unitShare[place * width + dimension] = amount > 0 ? 1 / amount : 0;
    });
    const key = kindKey(row);
    const kind = known.get(key) ?? kinds.push(row) - 1;
    known.set(key, kind);
    kindOf[place] = kind;
  });
  return {
    ...{ rows, dimensions, capacity, unitShare, kindOf, kinds },
    placeOf: new Map(rows.map(({ nodeId }, place) => [nodeId, place])),
    dimensionOf: new Map(dimensions.map((name, dimension) => [name, dimension])),
  };
}

/** Two rows that say the same in another order are of two kinds, which costs little. */
const kindKey = ({ capacity, labels, pool, queues, taints }: NodeRow): string =>
  JSON.stringify([capacity, labels, pool, queues, taints]);
