/** Durations as they were lately: what is usual, and whether the newest one is far from it. */

export interface Band {
  readonly p50: number;
  readonly p95: number;
  readonly samples: number;
}

/** Fewer say nothing about what is usual. */
const samplesMin = 5;
/** So far above the middle, and above nearly all others, is no chance any more. */
const farAbove = { p50: 1.5, p95: 1.2 } as const;
/** A tenth of a second more is nobody's trouble. */
const worthMs = 500;

/** Of `values` in any order; undefined: too few are known. */
export function bandOf(values: readonly number[]): Band | undefined {
  if (values.length < samplesMin) return undefined;
  const sorted = values.toSorted((left, right) => left - right);
  return { p50: at(sorted, 0.5), p95: at(sorted, 0.95), samples: sorted.length };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Whether the newest is far above all that were before it. Oldest first. */
export function hasRegressed(values: readonly number[]): boolean {
  const newest = values.at(-1);
  const band = bandOf(values.slice(0, -1));
  if (newest === undefined || band === undefined) return false;
  if (newest - band.p50 < worthMs) return false;
  return newest > band.p50 * farAbove.p50 && newest > band.p95 * farAbove.p95;
}

/** Round steps of an axis that ends at `most` or above it: 3 to 6 of them. */
export function ticksOf(most: number): readonly number[] {
  if (most <= 0) return [0];
  const steps = [
    ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000],
    ...[60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000],
    ...[10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000],
  ];
  const step =
    steps.find((each) => most / each <= 5) ?? Math.ceil(most / 5 / 86_400_000) * 86_400_000;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}
