/** The outcomes of a day, in slots of half an hour. */
import type { RunView } from '../../../../src/model/views/run.ts';

export interface Slot {
  readonly from: number;
  readonly to: number;
  readonly good: number;
  readonly bad: number;
  /** Cancelled. */
  readonly other: number;
}

const slotMs = 30 * 60_000;
const slotCount = 48;

/** Oldest first; the last one is the one that `nowMs` is in. */
export function slotsOf(
  runs: readonly Pick<RunView, 'state' | 'endedAt'>[],
  nowMs: number,
): readonly Slot[] {
  const end = (Math.floor(nowMs / slotMs) + 1) * slotMs;
  const begin = end - slotCount * slotMs;
  const slots = Array.from({ length: slotCount }, (_, at) => ({
    ...{ from: begin + at * slotMs, to: begin + (at + 1) * slotMs },
    ...{ good: 0, bad: 0, other: 0 },
  }));
  for (const { state, endedAt } of runs) {
    if (endedAt === null) continue;
    const slot = slots[Math.floor((Date.parse(endedAt) - begin) / slotMs)];
    if (slot === undefined) continue;
    if (state === 'success') slot.good += 1;
    else if (state === 'failed') slot.bad += 1;
    else slot.other += 1;
  }
  return slots;
}

/** Of the runs that have ended by themselves; undefined: none has. */
export function successRate(slots: readonly Slot[]): number | undefined {
  const good = slots.reduce((sum, slot) => sum + slot.good, 0);
  const bad = slots.reduce((sum, slot) => sum + slot.bad, 0);
  return good + bad === 0 ? undefined : good / (good + bad);
}
