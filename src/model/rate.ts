/**
 * Rates: how many attempts with the same key have begun lately. One row for each key and window,
 * written together with the assignments that it counts, because an ended run takes its attempts out
 * of memory and a new leader must keep the limit all the same (W11, W27).
 *
 * The row is small whatever the limit. Some starts are remembered one by one; when there are more,
 * those of the same 32nd of the window are one slice, which counts as a whole until the youngest of
 * them is too old. So a limit is never exceeded within any window, and a start is held up by at
 * most that much longer than it had to be.
 */
import type { Namespace, WallMs } from '../base/brand.ts';

export interface RateRow {
  readonly namespace: Namespace;
  /** As `rateName` makes it. */
  readonly name: string;
  /** The window: so long a start is remembered. */
  readonly perMs: number;
  /** Oldest first; at most one more than twice `slicesPerWindow`. */
  readonly slices: readonly RateSlice[];
}

export interface RateSlice {
  /** The youngest start. */
  readonly at: WallMs;
  readonly count: number;
}

/** Starts that are remembered one by one, and parts of the window for those beyond. */
const slicesPerWindow = 32;

/** Rows of all namespaces at a time; one more key is not let in until one is old. */
export const rateKeysMax = 50_000;

/** Who shares a key but not its window is counted apart: a row need not guess how far to look. */
export const rateName = (rate: { readonly key: string; readonly perMs: number }): string =>
  `${rate.perMs}/${rate.key}`;

/** Starts within the window that ends now. */
export function startsWithin(row: RateRow | undefined, now: WallMs): number {
  if (row === undefined) return 0;
  let count = 0;
  for (const slice of row.slices) if (slice.at + row.perMs > now) count += slice.count;
  return count;
}

/** When fewer than `max` starts are in the window: now, or the end of the slice that decides it. */
export function opensAt(row: RateRow | undefined, max: number, now: WallMs): number {
  let count = startsWithin(row, now);
  if (row === undefined || count < max) return now;
  for (const slice of row.slices) {
    const until = slice.at + row.perMs;
    if (until <= now) continue;
    count -= slice.count;
    if (count < max) return until;
  }
  return Number.POSITIVE_INFINITY;
}

/** The row after one more start. */
export function withStart(
  row: RateRow | undefined,
  start: { readonly namespace: Namespace; readonly key: string; readonly perMs: number },
  now: WallMs,
): RateRow {
  const { namespace, perMs } = start;
  const grain = Math.max(1, Math.floor(perMs / slicesPerWindow));
  const slices = (row?.slices ?? []).filter(({ at }) => at + perMs > now);
  const last = slices.at(-1);
  const isMany = slices.length >= slicesPerWindow;
  const isSameSlice =
    last !== undefined &&
    (last.at === now || (isMany && Math.floor(last.at / grain) === Math.floor(now / grain)));
  const count = isSameSlice ? last.count + 1 : 1;
  const before = isSameSlice ? slices.slice(0, -1) : slices;
  return { namespace, name: rateName(start), perMs, slices: [...before, { at: now, count }] };
}

/** When nothing of the row is in the window any more. */
export const isOverAt = (row: RateRow): number => (row.slices.at(-1)?.at ?? 0) + row.perMs;
