/**
 * Fleet: the nodes as the Board knows them, and the choice of one for a demand. It is kept across
 * turns. What keeps a choice cheap: it walks over arrays; of nodes that are idle and alike one is
 * looked at; whether a kind of node takes a kind of task is worked out once; and a demand that was
 * found to fit nowhere is tried again only where room came free since.
 *
 * Owns: the table of the nodes, and the nodes that are kept for somebody in this pass. Does not
 * own: whether a node is alive and leased; `open` is told. It takes no room by itself: `shift` is
 * told of every attempt that begins and ends (W11).
 */
import type { NodeId } from '../base/brand.ts';
import type { Chosen } from '../model/attempt.ts';
import type { NodeRow } from '../model/node.ts';
import type { Resources } from '../model/resources.ts';
import type { Demand } from './demand.ts';
import { explainNode, type NodeView } from './fleet-explain.ts';
import { FleetTable } from './fleet-table.ts';
import { FleetWalk, isKept, placeMarks, termsAt } from './fleet-walk.ts';
import { nearestMax, nearestToHolding } from './nearest-nodes.ts';
import { type Ending, earliestStart, type Kept, mayUse, use } from './reservation.ts';
import { inThousandths } from './score.ts';
import type { Seat } from './seat.ts';

export interface Choice {
  readonly node: NodeRow;
  readonly chosen: Chosen;
}

export interface ChooseOptions {
  /** Nodes that count as near. */
  readonly near?: ReadonlySet<NodeId>;
  /** Nodes that are left out. */
  readonly apart?: ReadonlySet<NodeId>;
  /** How long it is expected to take, for nodes that are kept; null or absent: nobody knows. */
  readonly ms?: number | null;
}

export interface ReserveOptions {
  /** What goes on on a node. */
  readonly endingsOn: (node: NodeId) => Iterable<Ending>;
  readonly nowMs: number;
  /** Nodes that are left out. */
  readonly apart?: ReadonlySet<NodeId>;
}

export interface Reservation {
  readonly nodeId: NodeId;
  /** When the demand is expected to start there; null: nobody knows. */
  readonly startsAtMs: number | null;
}

export interface ExplainOptions {
  /** As `open` is told. */
  readonly mayTake: (row: NodeRow) => boolean;
  readonly apart?: ReadonlySet<NodeId>;
}

export class Fleet {
  readonly #table = new FleetTable();
  readonly #walk = new FleetWalk();
  readonly #kept = new Map<number, Kept>();
  /** By place, as bits. */
  #marks = new Uint8Array();

  /** Forgets every node and every load. */
  clear(): void {
    this.#table.clear();
  }

  /** A node that is new, or is not what it was. No node is open any more until `open`. */
  put(row: NodeRow): void {
    this.#table.put(row);
  }

  /** The node is no member any more. What runs there is still counted. */
  drop(node: NodeId): void {
    this.#table.drop(node);
  }

  /** An attempt takes room (1) or gives it back (-1); also on nodes without a row. */
  shift(node: NodeId, resources: Resources, by: 1 | -1): void {
    this.#table.shift(node, resources, by);
  }

  /** What the live attempts on the node take together. */
  load(node: NodeId): Resources {
    return this.#table.load(node);
  }

  /** Begins a pass: these nodes may take tasks, but for those that are drained; none is kept. */
  open(mayTake: (row: NodeRow) => boolean): void {
    this.#table.openWhere(mayTake);
    this.#kept.clear();
    this.#marks = new Uint8Array(this.#table.layout.rows.length);
  }

  /** What all open nodes have together. */
  total(): Resources {
    const { open, layout, width } = this.#table;
    const sums = layout.dimensions.map((name, dimension) => {
      let sum = 0;
      for (const place of open) sum += layout.capacity[place * width + dimension] ?? 0;
      return [name, sum];
    });
    return Object.fromEntries(sums);
  }

  /** Whether it fits on some open node; for whom that may be kept does not matter here. */
  hasRoom(demand: Demand): boolean {
    const seat = this.#table.seatOf(demand);
    if (demand.pin === undefined) return this.#table.hasRoom(seat);
    const place = this.#placeOf(demand.pin);
    return this.#table.isOpenAt(place) && this.#table.fits(seat, place);
  }

  /** Whether some open node would hold it if nothing ran there. */
  couldHold(demand: Demand): boolean {
    for (const _ of this.holdersOf(demand)) return true;
    return false;
  }

  /** The open nodes that would hold it if nothing ran there, by name. */
  *holdersOf(demand: Demand): Iterable<NodeRow> {
    const { open, layout } = this.#table;
    const { takes } = this.#table.seatOf(demand);
    for (const place of open) {
      const isOut = demand.pin !== undefined && layout.placeOf.get(demand.pin) !== place;
      if (takes[layout.kindOf[place] ?? 0] === 1 && !isOut) yield this.#table.rowAt(place);
    }
  }

  /**
   * The open node with the highest score of those that it fits on and may have; undefined: there is
   * none. What is chosen beside a reservation counts as taken there for the rest of the pass.
   */
  choose(demand: Demand, options: ChooseOptions = {}): Choice | undefined {
    const { near, apart, ms = null } = options;
    const seat = this.#table.seatOf(demand);
    if (!this.hasRoom(demand)) return undefined;
    const mayUseKept = (place: number): boolean => {
      const kept = this.#kept.get(place);
      return kept === undefined || mayUse(kept, seat.wanted, ms);
    };
    this.#mark(near, placeMarks.near);
    this.#mark(apart, placeMarks.apart);
    const marked = this.#placesOf(near, apart);
    const marks = { marks: this.#marks, marked, mayUseKept };
    if (demand.pin === undefined) this.#walk.over(this.#table, seat, marks);
    else this.#walk.at(this.#table, seat, this.#placeOf(demand.pin), marks);
    const choice = this.#choiceOf(seat);
    this.#unmark(near, placeMarks.near);
    this.#unmark(apart, placeMarks.apart);
    const kept = this.#kept.get(this.#walk.best);
    if (kept !== undefined) use(kept, seat.wanted, ms);
    return choice;
  }

  /**
   * Keeps a node for the rest of the pass for a demand that fits nowhere now: the one where it can
   * start earliest; if nobody knows when that is, the one where the least is missing. Undefined: no
   * open node could hold it if it were idle, or all that could are kept already.
   */
  reserve(demand: Demand, options: ReserveOptions): Reservation | undefined {
    const { endingsOn, nowMs, apart } = options;
    const seat = this.#table.seatOf(demand);
    const { width, amounts, layout } = this.#table;
    this.#mark(apart, placeMarks.apart);
    const most = demand.pin === undefined ? nearestMax : Number.MAX_SAFE_INTEGER;
    const places = nearestToHolding(this.#table, seat, this.#marks, most);
    this.#unmark(apart, placeMarks.apart);
    let found: { place: number; startsAtMs: number | null; spare: Float64Array } | undefined;
    for (const place of places) {
      if (demand.pin !== undefined && layout.placeOf.get(demand.pin) !== place) continue;
      const start = earliestStart(
        {
          wanted: seat.wanted,
          free: amounts.free.subarray(place * width, (place + 1) * width),
          dimensionOf: layout.dimensionOf,
          endings: endingsOn(this.#table.rowAt(place).nodeId),
        },
        nowMs,
      );
      if (found === undefined || isSooner(start.startsAtMs, found.startsAtMs)) {
        found = { place, ...start };
      }
    }
    if (found === undefined) return undefined;
    const { place, startsAtMs, spare } = found;
    this.#kept.set(place, { windowMs: startsAtMs === null ? null : startsAtMs - nowMs, spare });
    this.#marks[place] = (this.#marks[place] ?? 0) | placeMarks.kept;
    return { nodeId: this.#table.rowAt(place).nodeId, startsAtMs };
  }

  /** For every node, by name, whether it could take the demand now, and what is in the way. */
  explain(demand: Demand, { mayTake, apart }: ExplainOptions): readonly NodeView[] {
    return [...this.#table.rows()]
      .sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1))
      .map((row) =>
        explainNode(demand, row, {
          load: this.load(row.nodeId),
          isHeard: mayTake(row),
          isApart: apart?.has(row.nodeId) === true,
        }),
      );
  }

  #choiceOf(seat: Seat): Choice | undefined {
    const { best, next, nextScore, fitting } = this.#walk;
    if (best === -1) return undefined;
    const mark = this.#marks[best] ?? 0;
    const terms = termsAt(this.#table, seat, { place: best, mark });
    const chosen = {
      nodes: this.#table.open.length,
      fitting,
      terms,
      ...(next !== -1 && {
        next: { node: this.#table.rowAt(next).nodeId, score: inThousandths(nextScore) },
      }),
      ...(isKept(mark) && { backfilled: true as const }),
    };
    return { node: this.#table.rowAt(best), chosen };
  }

  /** -1: there is no such node. */
  #placeOf(node: NodeId): number {
    return this.#table.layout.placeOf.get(node) ?? -1;
  }

  /** Every place that has a mark now. */
  #placesOf(...sets: readonly (ReadonlySet<NodeId> | undefined)[]): readonly number[] {
    const places = new Set(this.#kept.keys());
    for (const nodes of sets) {
      for (const node of nodes ?? []) {
        const place = this.#table.layout.placeOf.get(node);
        if (place !== undefined) places.add(place);
      }
    }
    return [...places];
  }

  #mark(nodes: ReadonlySet<NodeId> | undefined, bit: number): void {
    for (const node of nodes ?? []) {
      const place = this.#table.layout.placeOf.get(node);
      if (place !== undefined) this.#marks[place] = (this.#marks[place] ?? 0) | bit;
    }
  }

  #unmark(nodes: ReadonlySet<NodeId> | undefined, bit: number): void {
    for (const node of nodes ?? []) {
      const place = this.#table.layout.placeOf.get(node);
      if (place !== undefined) this.#marks[place] = (this.#marks[place] ?? 0) & ~bit;
    }
  }
}

const isSooner = (left: number | null, right: number | null): boolean =>
  left !== null && (right === null || left < right);
