/**
 * The nodes that are nearest to holding a demand which fits nowhere: where the least is missing, as
 * shares of the node.
 */

import type { FleetTable } from './fleet-table.ts';
import { placeMarks } from './fleet-walk.ts';
import type { Seat } from './seat.ts';

/** Nodes whose attempts a reservation looks at. Bounds its time on large clusters. */
export const nearestMax = 64;

/**
 * Open places that could hold it if they were idle, and are neither kept nor marked apart. The
 * nearest first; ties go to the smaller name. Nodes that it avoids only if there are no others.
 */
export function nearestToHolding(
  table: FleetTable,
  seat: Seat,
  marks: Uint8Array,
  most: number,
): readonly number[] {
  const { open, layout } = table;
  const found: { readonly place: number; readonly lack: number; readonly avoids: boolean }[] = [];
  for (const place of open) {
    const kind = layout.kindOf[place] ?? 0;
    const isOut = ((marks[place] ?? 0) & (placeMarks.apart | placeMarks.kept)) !== 0;
    if (seat.takes[kind] !== 1 || isOut) continue;
    const avoids = seat.kinds.avoided[kind] === 1;
    found.push({ place, lack: lackOf(table, seat, place), avoids });
  }
  const wanted = found.some(({ avoids }) => !avoids) ? found.filter((each) => !each.avoids) : found;
  return wanted
    .sort((left, right) => left.lack - right.lack || left.place - right.place)
    .slice(0, most)
    .map(({ place }) => place);
}

/** The sum over the dimensions of the share of the node that is missing. */
function lackOf({ amounts, width }: FleetTable, { asks, wanted }: Seat, place: number): number {
  let lack = 0;
  for (const dimension of asks) {
    const at = place * width + dimension;
    const missing = (wanted[dimension] ?? 0) - (amounts.free[at] ?? 0);
    if (missing > 0) lack += missing * (amounts.unitShare[at] ?? 0);
  }
  return lack;
}
