/**
 * Where the tasks of a DAG stand: layers from left to right, groups as boxes. An open group is laid
 * out by itself first, and then stands as one item among its neighbours, so boxes never overlap. A
 * folded group is a node; links of its tasks are its own.
 */
import { type Box, type FlatLayout, flatLayout, type Point, type Size } from './flat.ts';
import type { Link } from './layers.ts';

export type { Box, Point, Size } from './flat.ts';

export interface LayoutNode extends Size {
  readonly id: string;
  /** The innermost group that it stands in. */
  readonly group?: string | null | undefined;
}

export interface LayoutGroup {
  readonly id: string;
  readonly parent: string | null;
  /** Shown as one node of the size `folded`. */
  readonly folded: Size | null;
}

/** Between nodes, or groups as a whole: not between a group and what is in it. */
export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

export interface LayoutInput {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
  readonly groups?: readonly LayoutGroup[];
}

export interface PlacedNode extends Box {
  readonly id: string;
  /** Within what surrounds it. */
  readonly layer: number;
  /** Whether it is a folded group. */
  readonly isGroup: boolean;
  readonly group: string | null;
}

export interface PlacedGroup extends Box {
  readonly id: string;
  readonly parent: string | null;
  /** 0: it stands in no other group. */
  readonly depth: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** Edges of folded tasks that it stands for. */
  readonly count: number;
  /** From the right side of `from` to the left side of `to`. */
  readonly points: readonly Point[];
}

export interface Layout extends Size {
  readonly nodes: readonly PlacedNode[];
  /** Outer ones first. */
  readonly groups: readonly PlacedGroup[];
  readonly edges: readonly PlacedEdge[];
}

/** Between the border of a group and what is in it; its name stands on top. */
export const groupPadding = { side: 14, top: 34, bottom: 14 } as const;

export function layoutOf(input: LayoutInput): Layout {
  const tree = new Tree(input);
  tree.place('', { x: 0, y: 0 }, 0);
  const boxes = new Map<string, Box>([...tree.groups, ...tree.nodes].map((box) => [box.id, box]));
  const edges = tree.edges.map(({ from, to, count, bends }) => ({
    ...{ from, to, count },
    points: [sideOf(boxes.get(from), 1), ...bends(), sideOf(boxes.get(to), 0)],
  }));
  const { width, height } = tree.sizeOf('');
  return { width, height, nodes: tree.nodes, groups: tree.groups, edges };
}

const sideOf = (box: Box | undefined, side: 0 | 1): Point =>
  box === undefined ? { x: 0, y: 0 } : { x: box.x + side * box.width, y: box.y + box.height / 2 };

interface SeenEdge extends LayoutEdge {
  count: number;
  bends: () => readonly Point[];
}

/** One level: the outermost (''), or an open group. */
interface Level {
  readonly items: string[];
  readonly links: Link[];
  /** Known once its size is. */
  flat: FlatLayout | undefined;
  origin: Point;
}

class Tree {
  readonly nodes: PlacedNode[] = [];
  readonly groups: PlacedGroup[] = [];
  readonly edges: SeenEdge[] = [];
  readonly #levels = new Map<string, Level>([['', emptyLevel()]]);
  readonly #sizes = new Map<string, Size>();
  readonly #groups: ReadonlyMap<string, LayoutGroup>;
  /** The group around each item that is seen. */
  readonly #around = new Map<string, string>();

  constructor({ nodes, edges, groups = [] }: LayoutInput) {
    this.#groups = new Map(groups.map((group) => [group.id, group]));
    const seenAs = new Map<string, string>();
    for (const group of groups) {
      if (this.#outermostFolded(group.parent) !== null) continue;
      this.#add(group.id, group.parent ?? '', group.folded ?? undefined);
      if (group.folded === null) this.#levels.set(group.id, emptyLevel());
    }
    for (const { id, parent } of groups) seenAs.set(id, this.#outermostFolded(parent) ?? id);
    for (const { id, group = null, width, height } of nodes) {
      const folded = this.#outermostFolded(group);
      seenAs.set(id, folded ?? id);
      if (folded === null) this.#add(id, group ?? '', { width, height });
    }
    this.#connect(edges, seenAs);
  }

  #add(id: string, around: string, size: Size | undefined): void {
    const level = this.#groups.has(around) ? around : '';
    this.#around.set(id, level);
    if (size !== undefined) this.#sizes.set(id, size);
    const known = this.#levels.get(level) ?? emptyLevel();
    this.#levels.set(level, known);
    known.items.push(id);
  }

  #outermostFolded(group: string | null): string | null {
    let found: string | null = null;
    for (let at = this.#groups.get(group ?? ''); at !== undefined; ) {
      if (at.folded !== null) found = at.id;
      at = this.#groups.get(at.parent ?? '');
    }
    return found;
  }

  #connect(edges: readonly LayoutEdge[], seenAs: ReadonlyMap<string, string>): void {
    const known = new Map<string, SeenEdge>();
    const links = new Map<string, Link>();
    const places = new Map<string, ReadonlyMap<string, number>>();
    for (const [id, { items }] of this.#levels) {
      places.set(id, new Map(items.map((item, index) => [item, index])));
    }
    for (const edge of edges) {
      const [from, to] = [seenAs.get(edge.from), seenAs.get(edge.to)];
      if (from === undefined || to === undefined || from === to) continue;
      const key = `${from}\n${to}`;
      const same = known.get(key);
      if (same !== undefined) {
        same.count += 1;
        continue;
      }
      const { level, left, right } = this.#meeting(from, to);
      const where = places.get(level);
      const [first, second] = [where?.get(left), where?.get(right)];
      const own = this.#levels.get(level);
      if (first === undefined || second === undefined || own === undefined) continue;
      const linkKey = `${level}\n${first}\n${second}`;
      const link = links.get(linkKey) ?? [first, second];
      if (!links.has(linkKey)) own.links.push(link);
      links.set(linkKey, link);
      const seen = { from, to, count: 1, bends: () => this.#bends(own, link) };
      known.set(key, seen);
      this.edges.push(seen);
    }
  }

  /** The level where the ways out of two items meet, and what stands there for each of them. */
  #meeting(from: string, to: string) {
    const way = (id: string): readonly string[] => {
      const all = [id];
      for (let at = this.#around.get(id); at !== undefined && at !== ''; ) {
        all.push(at);
        at = this.#around.get(at);
      }
      return all.reverse();
    };
    const [left, right] = [way(from), way(to)];
    let depth = 0;
    while (left[depth] === right[depth] && depth < Math.min(left.length, right.length)) depth += 1;
    return { level: left[depth - 1] ?? '', left: left[depth] ?? from, right: right[depth] ?? to };
  }

  #bends({ flat, origin }: Level, link: Link): readonly Point[] {
    const bends = flat?.bends.get(link) ?? [];
    return bends.map(({ x, y }) => ({ x: x + origin.x, y: y + origin.y }));
  }

  sizeOf(id: string): Size {
    const known = this.#sizes.get(id);
    if (known !== undefined) return known;
    const level = this.#levels.get(id) ?? emptyLevel();
    const flat = flatLayout(
      level.items.map((item) => this.sizeOf(item)),
      level.links,
    );
    level.flat = flat;
    const { side, top, bottom } = id === '' ? { side: 0, top: 0, bottom: 0 } : groupPadding;
    const width = Math.max(id === '' ? 0 : 120, flat.width + 2 * side);
    const size = { width, height: flat.height + top + bottom };
    this.#sizes.set(id, size);
    return size;
  }

  /** Puts what is in a level where it belongs, from outside to inside. */
  place(id: string, origin: Point, depth: number): void {
    this.sizeOf(id);
    const level = this.#levels.get(id);
    if (level === undefined) return;
    level.origin = origin;
    for (const [index, item] of level.items.entries()) {
      const box = level.flat?.boxes[index];
      if (box === undefined) continue;
      const at = { ...box, x: box.x + origin.x, y: box.y + origin.y };
      const group = id === '' ? null : id;
      if (this.#levels.has(item)) {
        const { layer: _, ...own } = at;
        this.groups.push({ id: item, parent: group, depth, ...own });
        const inner = { x: at.x + groupPadding.side, y: at.y + groupPadding.top };
        this.place(item, inner, depth + 1);
      } else this.nodes.push({ id: item, ...at, isGroup: this.#groups.has(item), group });
    }
  }
}

const emptyLevel = (): Level => ({
  ...{ items: [], links: [], flat: undefined, origin: { x: 0, y: 0 } },
});
