/**
 * Seat: a demand measured against the nodes of one layout. What can be said of a demand before
 * anybody asks how much is free.
 */
import { fits } from '../model/resources.ts';
import { isAvoided, objections, preference } from './admission.ts';
import type { Demand, Wishes } from './demand.ts';
import type { FleetLayout } from './fleet-layout.ts';
import { wantedLength, weights } from './score.ts';

export interface Seat {
  /** By dimension. */
  readonly wanted: Float64Array;
  /** The dimensions of which something is wanted. */
  readonly asks: Int32Array;
  /** By kind of node: 1 where it is admitted and an idle node could hold it. */
  readonly takes: Uint8Array;
  /** By kind: the length of what is wanted, as shares of such a node. */
  readonly lengths: Float64Array;
  readonly kinds: KindTerms;
  /** The emptiest node rather than the fullest. */
  readonly spread: boolean;
  /** The dimensions of which something is wanted, as bits; those beyond 31 are left out. */
  readonly asked: number;
  /** Mark in the list of the freed (N3); -1: it is not known to be full. */
  fullAt: number;
  /** Where it fitted when it was asked last; -1: nowhere. */
  roomAt: number;
}

/** What kinds of nodes are to a kind of task, whatever room they have. */
export interface KindTerms {
  readonly admits: Uint8Array;
  /** The share of the preferred labels that it has. */
  readonly preferred: Float64Array;
  /** 1: the task comes only when nothing else has room. */
  readonly avoided: Uint8Array;
  /** The two as a part of the score. */
  readonly score: Float64Array;
}

/** Kinds of tasks that are kept for one layout. */
const wishesMax = 1_000;

/** The seats of one layout, made when they are first asked for. */
export class Seats {
  readonly #layout: FleetLayout;
  readonly #seats = new WeakMap<Demand, Seat>();
  readonly #terms = new Map<string, KindTerms>();

  constructor(layout: FleetLayout) {
    this.#layout = layout;
  }

  of(demand: Demand): Seat {
    const known = this.#seats.get(demand);
    if (known !== undefined) return known;
    const seat = newSeat(this.#layout, demand, this.#termsOf(demand));
    this.#seats.set(demand, seat);
    return seat;
  }

  #termsOf(demand: Demand): KindTerms {
    const known = this.#terms.get(demand.wishesKey);
    if (known !== undefined) return known;
    if (this.#terms.size >= wishesMax) this.#terms.clear();
    const terms = kindTerms(this.#layout, demand);
    this.#terms.set(demand.wishesKey, terms);
    return terms;
  }
}

/** The bit of a dimension; none for those beyond 31, of which nobody makes use. */
export const bitOf = (dimension: number): number => (dimension < 31 ? 1 << dimension : 0);

/** Whether what is free from `at` on is enough. */
export function fitsInto({ asks, wanted }: Seat, free: Float64Array, at: number): boolean {
  for (let each = 0; each < asks.length; each++) {
    const dimension = asks[each] ?? 0;
    if ((wanted[dimension] ?? 0) > (free[at + dimension] ?? 0)) return false;
  }
  return true;
}

function kindTerms({ kinds }: FleetLayout, wishes: Wishes): KindTerms {
  const preferred = Float64Array.from(kinds, (node) => preference(wishes, node));
  const avoided = Uint8Array.from(kinds, (node) => (isAvoided(wishes, node) ? 1 : 0));
  return {
    admits: Uint8Array.from(kinds, (node) => (objections(wishes, node).length === 0 ? 1 : 0)),
    ...{ preferred, avoided },
    score: preferred.map((share, kind) => {
      return weights.preferred * share + weights.avoided * (avoided[kind] ?? 0);
    }),
  };
}

function newSeat(layout: FleetLayout, demand: Demand, kinds: KindTerms): Seat {
  const { resources, spread } = demand;
  const wanted = new Float64Array(layout.dimensions.length);
  const asks: number[] = [];
  for (const name in resources) {
    const dimension = layout.dimensionOf.get(name);
    if (dimension === undefined) continue;
    wanted[dimension] = resources[name] ?? 0;
    asks.push(dimension);
  }
  const takes = new Uint8Array(kinds.admits);
  const lengths = new Float64Array(layout.kinds.length);
  layout.kinds.forEach(({ nodeId, capacity }, kind) => {
    if (!fits(resources, capacity)) takes[kind] = 0;
    const at = (layout.placeOf.get(nodeId) ?? 0) * layout.dimensions.length;
    lengths[kind] = wantedLength(wanted, layout.unitShare, at);
  });
  // In the order of the dimensions, so that sums are the same whoever adds them up.
  asks.sort((left, right) => left - right);
  const asked = asks.reduce((bits, dimension) => bits | bitOf(dimension), 0);
  return {
    ...{ wanted, asks: Int32Array.from(asks), asked, takes, lengths, kinds, spread },
    ...{ fullAt: -1, roomAt: -1 },
  };
}
