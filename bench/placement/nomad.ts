/**
 * The choice of a node as Nomad makes it: of those that have room the one with the least sum of
 * 10^(free share) over what is asked for, after it has been placed (best fit; from Google's study
 * of bin packing). What Skein is compared with.
 */
import type { NodeId } from '../../src/base/brand.ts';
import { fits, type Resources } from '../../src/model/resources.ts';

/** A node of a list scheduler. */
export interface Candidate {
  readonly nodeId: NodeId;
  readonly capacity: Resources;
  /** What is left; the caller lowers it as it places. */
  free: Resources;
}

/** The fullest that has room, or undefined. Ties go to the smaller name. */
export function fullest(
  wanted: Resources,
  candidates: readonly Candidate[],
): Candidate | undefined {
  let best: Candidate | undefined;
  let leastEmpty = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (!fits(wanted, candidate.free)) continue;
    const empty = emptiness(wanted, candidate);
    const isFirst = empty === leastEmpty && best !== undefined && candidate.nodeId < best.nodeId;
    if (empty >= leastEmpty && !isFirst) continue;
    best = candidate;
    leastEmpty = empty;
  }
  return best;
}

function emptiness(wanted: Resources, { capacity, free }: Candidate): number {
  let sum = 0;
  for (const [name, amount] of Object.entries(wanted)) {
    const whole = capacity[name] ?? 0;
    if (whole > 0) sum += 10 ** (((free[name] ?? 0) - amount) / whole);
  }
  return sum;
}
