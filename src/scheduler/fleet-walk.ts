/**
 * Fleet walk: a look at the open nodes, for the best of those that a demand fits on. At every one
 * where something runs, and at one for all idle nodes of a kind: so that it costs what is in use,
 * and not what there is. Its memory is used again by the next walk.
 *
 * Invariant:
 *   N4  Of nodes with the same score the one of the smaller name is found.
 */
import type { FleetTable } from './fleet-table.ts';
import { roomScore, scoreInUse, termsInThousandths, weights } from './score.ts';
import { fitsInto, type Seat } from './seat.ts';

/** What sets a place apart from others of its kind; bits. */
export const placeMarks = { near: 1, apart: 2, kept: 4 } as const;

export interface Marks {
  /** By place. */
  readonly marks: Uint8Array;
  /** The places that have any mark. */
  readonly marked: readonly number[];
  /** Whether a place that is kept for another demand may be had. */
  readonly mayUseKept: (place: number) => boolean;
}

const lowest = Number.NEGATIVE_INFINITY;

export class FleetWalk {
  /** Place and score of the best and of the best but one; -1: there is none. */
  best = -1;
  bestScore = lowest;
  next = -1;
  nextScore = lowest;
  /** Open nodes that have room and may be had. */
  fitting = 0;

  /** At one place alone, where it fits. */
  at(table: FleetTable, seat: Seat, place: number, marks: Marks): void {
    this.#begin();
    this.#lookAtMarked(table, seat, [place], marks);
  }

  over(table: FleetTable, seat: Seat, marks: Marks): void {
    this.#begin();
    this.#lookAtBusy(table, seat, table.busy, marks);
    table.idle.forEach((places, kind) => {
      if (seat.takes[kind] !== 1) return;
      this.fitting += places.length;
      this.#lookAtIdle(table, seat, places, marks);
    });
    const apartIdle = marks.marked.filter((place) => {
      return table.isOpenAt(place) && table.isIdle[place] === 1 && table.fits(seat, place);
    });
    // They were counted with their kind.
    this.fitting -= apartIdle.length;
    this.#lookAtMarked(table, seat, apartIdle, marks);
  }

  #begin(): void {
    this.best = -1;
    this.bestScore = lowest;
    this.next = -1;
    this.nextScore = lowest;
    this.fitting = 0;
  }

  /** `places` where something runs. */
  #lookAtBusy(table: FleetTable, seat: Seat, places: readonly number[], on: Marks): void {
    const { amounts, fullest, lengths, spent, layout, width } = table;
    const { kindOf } = layout;
    const { takes, kinds } = seat;
    const known = { fullest: 0, lengths: 0 };
    for (const place of places) {
      if (((spent[place] ?? 0) & seat.asked) !== 0) continue;
      const kind = kindOf[place] ?? 0;
      if (takes[kind] !== 1) continue;
      const at = place * width;
      if (!fitsInto(seat, amounts.free, at)) continue;
      const mark = on.marks[place] ?? 0;
      if (mark >= placeMarks.apart && isOut(mark, place, on.mayUseKept)) continue;
      this.fitting += 1;
      known.fullest = fullest[place] ?? 0;
      known.lengths = (seat.lengths[kind] ?? 0) * (lengths[place] ?? 0);
      const room = scoreInUse(seat, amounts, at, known) + (kinds.score[kind] ?? 0);
      const score = isNear(mark) ? room + weights.near : room;
      if (score >= this.nextScore) this.#found(place, score);
    }
  }

  /** Idle nodes that have a mark. */
  #lookAtMarked(table: FleetTable, seat: Seat, places: readonly number[], on: Marks): void {
    for (const place of places) {
      const mark = on.marks[place] ?? 0;
      if (isOut(mark, place, on.mayUseKept)) continue;
      this.fitting += 1;
      this.#found(place, scoreAt(table, seat, place) + (isNear(mark) ? weights.near : 0));
    }
  }

  /** Idle nodes of one kind: those without a mark differ in nothing but their names. */
  #lookAtIdle(table: FleetTable, seat: Seat, places: readonly number[], { marks }: Marks): void {
    let seen = 0;
    let score = 0;
    for (const place of places) {
      if (marks[place] !== 0) continue;
      if (seen === 0) score = scoreAt(table, seat, place);
      this.#found(place, score);
      seen += 1;
      // The first two may be the best and the next; no other one can.
      if (seen === 2) break;
    }
  }

  /** Of the same score the smaller place, which is the smaller name (N4). */
  #found(place: number, score: number): void {
    if (score > this.bestScore || (score === this.bestScore && place < this.best)) {
      this.next = this.best;
      this.nextScore = this.bestScore;
      this.best = place;
      this.bestScore = score;
    } else if (score > this.nextScore || (score === this.nextScore && place < this.next)) {
      this.next = place;
      this.nextScore = score;
    }
  }
}

export const isNear = (mark: number): boolean => (mark & placeMarks.near) !== 0;

export const isKept = (mark: number): boolean => (mark & placeMarks.kept) !== 0;

const isOut = (mark: number, place: number, mayUseKept: Marks['mayUseKept']): boolean =>
  (mark & placeMarks.apart) !== 0 || (isKept(mark) && !mayUseKept(place));

/** All terms but `near`. */
function scoreAt(table: FleetTable, seat: Seat, place: number): number {
  const byKind = seat.kinds.score[table.layout.kindOf[place] ?? 0] ?? 0;
  const at = place * table.width;
  return roomScore(seat, table.amounts, at, table.isIdle[place] === 1) + byKind;
}

/** Each term of the score, as attempts carry them. */
export function termsAt(
  table: FleetTable,
  seat: Seat,
  { place, mark }: { readonly place: number; readonly mark: number },
): readonly number[] {
  const kind = table.layout.kindOf[place] ?? 0;
  const node = { at: place * table.width, isIdle: table.isIdle[place] === 1 };
  return termsInThousandths(seat, table.amounts, node, {
    near: isNear(mark) ? weights.near : 0,
    preferred: weights.preferred * (seat.kinds.preferred[kind] ?? 0),
    avoided: seat.kinds.avoided[kind] === 1 ? weights.avoided : 0,
  });
}
