/**
 * Placement: best-fit bin-packing over resource vectors. Pure: nodes in, a choice out.
 *
 * The score is that of Nomad and Google's study of bin-packing heuristics: the sum of 10^(free
 * share) over the dimensions that the task uses, after it has been placed. Lower is fuller, and
 * fuller is better, because the room that is left elsewhere stays in one piece for bigger tasks.
 */
import type { Incarnation, NodeId } from '../base/brand.ts';
import { fits, type Resources } from '../model/resources.ts';

/** A node that may take tasks now. */
export interface Candidate {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly capacity: Resources;
  readonly labels: Readonly<Record<string, string>>;
  /** What is left; the caller lowers it as it places. */
  free: Resources;
}

export interface Demand {
  readonly resources: Resources;
  readonly labels: Readonly<Record<string, string>>;
}

/** The fullest candidate that the demand fits on, or undefined. Ties go to the smaller name. */
export function choose(demand: Demand, candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (!fits(demand.resources, candidate.free) || !carries(candidate, demand.labels)) continue;
    const score = emptiness(demand.resources, candidate);
    if (score < bestScore || (score === bestScore && best && candidate.nodeId < best.nodeId)) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/**
 * The candidate to keep free for a demand that fits nowhere now: among those that could hold it
 * when empty, the one where the least is missing. Without a reservation small tasks take every bit
 * of room as it comes free, and a big one at the head of the queue starves.
 */
export function reserve(demand: Demand, candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  let bestLack = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (!fits(demand.resources, candidate.capacity) || !carries(candidate, demand.labels)) continue;
    const lack = shareLacking(demand.resources, candidate);
    if (lack < bestLack || (lack === bestLack && best && candidate.nodeId < best.nodeId)) {
      best = candidate;
      bestLack = lack;
    }
  }
  return best;
}

function carries(candidate: Candidate, labels: Readonly<Record<string, string>>): boolean {
  for (const [name, value] of Object.entries(labels)) {
    if (candidate.labels[name] !== value) return false;
  }
  return true;
}

function emptiness(wanted: Resources, candidate: Candidate): number {
  let score = 0;
  for (const [name, amount] of Object.entries(wanted)) {
    const capacity = candidate.capacity[name] ?? 0;
    if (capacity === 0) continue;
    score += 10 ** (((candidate.free[name] ?? 0) - amount) / capacity);
  }
  return score;
}

function shareLacking(wanted: Resources, candidate: Candidate): number {
  let lack = 0;
  for (const [name, amount] of Object.entries(wanted)) {
    const capacity = candidate.capacity[name] ?? 0;
    if (capacity > 0) lack += Math.max(0, amount - (candidate.free[name] ?? 0)) / capacity;
  }
  return lack;
}
