/**
 * Reservation: a node that is kept for a demand which fits nowhere now, until enough of what runs
 * there is expected to have ended. Others may take it meanwhile if that does not hold up the one
 * it is kept for: because they are expected to be over before, or because they fit beside it.
 *
 * That is EASY backfilling, with one reservation, for the first in the queue (D. Lifka, "The
 * ANL/IBM SP scheduling system", JSSPP 1995; A. Mu'alem and D. Feitelson, "Utilization,
 * predictability, workloads, and user runtime estimates in scheduling the IBM SP2 with
 * backfilling", IEEE TPDS 12, 2001). Estimates may be wrong: then a start is late, and nothing
 * worse.
 */
import type { Resources } from '../model/resources.ts';

/** An attempt that goes on: what it takes, and when it is expected to end (null: unknown). */
export interface Ending {
  readonly resources: Resources;
  readonly endsAtMs: number | null;
}

/** What may be done with a node that is kept. Amounts by dimension. */
export interface Kept {
  /** Until the reserved demand is expected to start; null: nobody knows when that is. */
  readonly windowMs: number | null;
  /** What is left beside the reserved demand at that time; lessened by those who take of it. */
  readonly spare: Float64Array;
}

/** A demand before one node. Amounts by dimension. */
export interface Waiting {
  readonly wanted: Float64Array;
  readonly free: Float64Array;
  readonly dimensionOf: ReadonlyMap<string, number>;
  readonly endings: Iterable<Ending>;
}

/**
 * When the demand can start on the node, and what is left beside it then. Null: not as long as
 * everything goes on that does not say when it ends; what is left then is what it has no use for.
 */
export function earliestStart(
  { wanted, free, dimensionOf, endings }: Waiting,
  nowMs: number,
): { readonly startsAtMs: number | null; readonly spare: Float64Array } {
  const room = Float64Array.from(free);
  let startsAtMs: number | null = fitsInto(wanted, room) ? nowMs : null;
  const known = [...endings]
    .flatMap(({ resources, endsAtMs }) => (endsAtMs === null ? [] : [{ resources, endsAtMs }]))
    .sort((left, right) => left.endsAtMs - right.endsAtMs);
  for (const { resources, endsAtMs } of known) {
    // All that end by then give room to whoever fits beside it.
    if (startsAtMs !== null && endsAtMs > startsAtMs) break;
    for (const [name, amount] of Object.entries(resources)) {
      const dimension = dimensionOf.get(name);
      if (dimension !== undefined) room[dimension] = (room[dimension] ?? 0) + amount;
    }
    if (startsAtMs === null && fitsInto(wanted, room)) startsAtMs = Math.max(nowMs, endsAtMs);
  }
  const then = startsAtMs === null ? free : room;
  return {
    startsAtMs,
    spare: then.map((amount, each) => Math.max(0, amount - (wanted[each] ?? 0))),
  };
}

/** Whether one that is expected to take `ms` may use the node; null: nobody knows how long. */
export function mayUse(kept: Kept, wanted: Float64Array, ms: number | null): boolean {
  return isOverBefore(kept, ms) || fitsInto(wanted, kept.spare);
}

/** Notes that it does. */
export function use(kept: Kept, wanted: Float64Array, ms: number | null): void {
  if (isOverBefore(kept, ms)) return;
  for (let each = 0; each < wanted.length; each++) {
    kept.spare[each] = (kept.spare[each] ?? 0) - (wanted[each] ?? 0);
  }
}

const isOverBefore = ({ windowMs }: Kept, ms: number | null): boolean =>
  windowMs !== null && ms !== null && ms <= windowMs;

function fitsInto(wanted: Float64Array, room: Float64Array): boolean {
  for (let each = 0; each < wanted.length; each++) {
    const amount = wanted[each] ?? 0;
    if (amount > 0 && amount > (room[each] ?? 0)) return false;
  }
  return true;
}
