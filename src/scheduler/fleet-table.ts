/**
 * Fleet table: the nodes and what is free on them as arrays, by *place*. Kept up to date by a few
 * numbers when an attempt begins or ends, and laid out anew when a node row changes.
 *
 * Owns: the rows as they were given, what is taken on each node, which nodes are open, where room
 * came free lately. Does not own: any choice.
 *
 * Invariants:
 *   N1  Free is capacity less load, dimension by dimension; negative where a node came back with
 *       less than it had given away.
 *   N2  Nodes are open from `open` to the next change of a node row; then nothing fits anywhere.
 *   N3  A seat that is marked full fits on no open node but those that came free since its mark.
 */
import { present } from '../base/assert.ts';
import type { NodeId } from '../base/brand.ts';
import type { NodeRow } from '../model/node.ts';
import type { Resources } from '../model/resources.ts';
import type { Demand } from './demand.ts';
import { type FleetLayout, layOut } from './fleet-layout.ts';
import { NodeLoads } from './node-loads.ts';
import { measuresOf, type NodeAmounts } from './score.ts';
import { bitOf, fitsInto, type Seat, Seats } from './seat.ts';

/** Places that came free and are remembered. Seats marked earlier are tried everywhere again. */
const freedMax = 4_096;

export class FleetTable {
  readonly #rows = new Map<NodeId, NodeRow>();
  readonly #loads = new NodeLoads();
  #layout: FleetLayout = layOut([]);
  #seats = new Seats(this.#layout);
  #isStale = false;
  #amounts: NodeAmounts = { free: new Float64Array(), unitShare: new Float64Array() };
  #fullest = new Float64Array();
  #lengths = new Float64Array();
  #spent = new Int32Array();
  #isIdle = new Uint8Array();
  #isOpen = new Uint8Array();
  #open = new Int32Array();
  /** The open places where something runs; by kind of node, those where nothing does. Sorted. */
  #busy: number[] = [];
  #idle: number[][] = [];
  /** Places, in the order in which they came free, and how many were forgotten before them. */
  #freed: number[] = [];
  #forgotten = 0;

  clear(): void {
    this.#rows.clear();
    this.#loads.clear();
    this.#changed();
  }

  put(row: NodeRow): void {
    this.#rows.set(row.nodeId, row);
    this.#changed();
  }

  drop(node: NodeId): void {
    if (this.#rows.delete(node)) this.#changed();
  }

  rows(): Iterable<NodeRow> {
    return this.#rows.values();
  }

  shift(node: NodeId, resources: Resources, by: 1 | -1): void {
    this.#loads.shift(node, resources, by);
    const place = this.#isStale ? undefined : this.#layout.placeOf.get(node);
    if (place === undefined) return;
    const { free } = this.#amounts;
    for (const name in resources) {
      const dimension = this.#layout.dimensionOf.get(name);
      if (dimension === undefined) continue;
      const at = place * this.width + dimension;
      free[at] = (free[at] ?? 0) - by * (resources[name] ?? 0);
    }
    this.#measure(place);
    this.#noteIdle(place, this.#loads.isIdle(node));
    if (by === -1) this.#noteFreed(place);
  }

  load(node: NodeId): Resources {
    return this.#loads.of(node);
  }

  /** Opens these nodes, but for those that are drained, and closes all others. */
  openWhere(mayTake: (row: NodeRow) => boolean): void {
    if (this.#isStale) this.#layOut();
    const { rows } = this.#layout;
    const open: number[] = [];
    rows.forEach((row, place) => {
      const opens = row.drain === undefined && mayTake(row);
      if (opens) open.push(place);
      if (opens && this.#isOpen[place] === 0) this.#noteFreed(place);
      this.#isOpen[place] = opens ? 1 : 0;
    });
    this.#open = Int32Array.from(open);
    this.#busy = open.filter((place) => this.#isIdle[place] === 0);
    this.#idle = this.#layout.kinds.map(() => []);
    for (const place of open) if (this.#isIdle[place] === 1) this.#idleLike(place).push(place);
  }

  get layout(): FleetLayout {
    return this.#layout;
  }

  /** Amounts of a place stand from `place * width` on. */
  get width(): number {
    return this.#layout.dimensions.length;
  }

  get amounts(): NodeAmounts {
    return this.#amounts;
  }

  /** By place: the share of the dimension of which most is taken. */
  get fullest(): Float64Array {
    return this.#fullest;
  }

  /** By place: the length of what is free, as shares. */
  get lengths(): Float64Array {
    return this.#lengths;
  }

  /** By place: the dimensions of which nothing is free, as bits. */
  get spent(): Int32Array {
    return this.#spent;
  }

  /** By place: 1 where nothing runs. */
  get isIdle(): Uint8Array {
    return this.#isIdle;
  }

  /** The open places, smaller ones first. */
  get open(): Int32Array {
    return this.#open;
  }

  /** The open places where something runs, smaller ones first. */
  get busy(): readonly number[] {
    return this.#busy;
  }

  /** By kind, the open places where nothing runs, smaller ones first. */
  get idle(): readonly (readonly number[])[] {
    return this.#idle;
  }

  isOpenAt(place: number): boolean {
    return this.#isOpen[place] === 1;
  }

  rowAt(place: number): NodeRow {
    return present(this.#layout.rows[place], 'a place has a row');
  }

  seatOf(demand: Demand): Seat {
    return this.#seats.of(demand);
  }

  /** Whether there is room for it there, on a node of the right kind. */
  fits(seat: Seat, place: number): boolean {
    if (seat.takes[this.#layout.kindOf[place] ?? 0] !== 1) return false;
    return fitsInto(seat, this.#amounts.free, place * this.width);
  }

  /** Whether it fits on some open node. Cheap if it did not and little has changed since (N3). */
  hasRoom(seat: Seat): boolean {
    const { roomAt } = seat;
    if (roomAt >= 0 && this.#isOpen[roomAt] === 1 && this.fits(seat, roomAt)) return true;
    const isKnown = seat.fullAt >= this.#forgotten;
    const places: ArrayLike<number> = isKnown ? this.#freed : this.#open;
    for (let each = isKnown ? seat.fullAt - this.#forgotten : 0; each < places.length; each++) {
      const place = places[each] ?? 0;
      if (((this.#spent[place] ?? 0) & seat.asked) !== 0) continue;
      if (this.#isOpen[place] !== 1 || !this.fits(seat, place)) continue;
      seat.fullAt = -1;
      seat.roomAt = place;
      return true;
    }
    seat.roomAt = -1;
    this.markFull(seat);
    return false;
  }

  markFull(seat: Seat): void {
    seat.fullAt = this.#forgotten + this.#freed.length;
  }

  #noteIdle(place: number, isIdle: boolean): void {
    if ((this.#isIdle[place] === 1) === isIdle) return;
    this.#isIdle[place] = isIdle ? 1 : 0;
    if (this.#isOpen[place] !== 1) return;
    const [from, to] = [this.#busy, this.#idleLike(place)];
    takeOut(isIdle ? from : to, place);
    putIn(isIdle ? to : from, place);
  }

  #idleLike(place: number): number[] {
    return present(this.#idle[this.#layout.kindOf[place] ?? 0], 'a place is of a kind');
  }

  #measure(place: number): void {
    const { fullest, length } = measuresOf(
      this.#amounts,
      place * this.width,
      (place + 1) * this.width,
    );
    this.#fullest[place] = fullest;
    this.#lengths[place] = length;
    let spent = 0;
    for (let dimension = 0; dimension < this.width; dimension++) {
      const free = this.#amounts.free[place * this.width + dimension] ?? 0;
      if (free <= 0) spent |= bitOf(dimension);
    }
    this.#spent[place] = spent;
  }

  #noteFreed(place: number): void {
    if (this.#freed.length >= freedMax) {
      this.#forgotten += this.#freed.length;
      this.#freed = [];
    }
    this.#freed.push(place);
  }

  #changed(): void {
    this.#isStale = true;
    this.#open = new Int32Array();
    this.#busy = [];
    this.#idle = [];
    this.#isOpen.fill(0);
  }

  #layOut(): void {
    this.#isStale = false;
    this.#layout = layOut(this.#rows.values());
    this.#seats = new Seats(this.#layout);
    const { rows, dimensions, capacity, unitShare } = this.#layout;
    this.#isIdle = Uint8Array.from(rows, ({ nodeId }) => (this.#loads.isIdle(nodeId) ? 1 : 0));
    this.#isOpen = new Uint8Array(rows.length);
    const free = Float64Array.from(capacity);
    rows.forEach(({ nodeId }, place) => {
      const load = this.#loads.of(nodeId);
      dimensions.forEach((name, dimension) => {
        const at = place * dimensions.length + dimension;
        free[at] = (capacity[at] ?? 0) - (load[name] ?? 0);
      });
    });
    this.#amounts = { free, unitShare };
    this.#fullest = new Float64Array(rows.length);
    this.#lengths = new Float64Array(rows.length);
    this.#spent = new Int32Array(rows.length);
    for (let place = 0; place < rows.length; place++) this.#measure(place);
  }
}

/** Where it stands in the sorted list, or would. */
function positionOf(sorted: readonly number[], value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

function takeOut(sorted: number[], value: number): void {
  sorted.splice(positionOf(sorted, value), 1);
}

function putIn(sorted: number[], value: number): void {
  sorted.splice(positionOf(sorted, value), 0, value);
}
