/** The end of a task instance that a person has marked by hand. */
import type { WallMs } from '../base/brand.ts';
import { taskFact } from '../model/fact.ts';
import type { MarkedEnd, TaskRow } from '../model/task-instance.ts';
import { noteText } from './notes.ts';
import { dropOutput } from './outputs.ts';
import { type AttemptEnd, type LiveTaskRow, type TaskBase, withEndedAttempt } from './task-rows.ts';
import type { Turn } from './turn.ts';

/** The terminal row of an instance that is marked. */
export function markedRow(base: TaskBase, end: MarkedEnd, endedAt: WallMs): TaskRow {
  const marked = { ...base, markedBy: end.by, endedAt };
  if (end.as === 'success') return { ...marked, status: 'success' };
  const reason = `marked as ${end.as} by ${end.by}${noteText(end.note)}`;
  return { ...marked, status: end.as, reason };
}

/** Ends an instance that waits, or has been set back, the way it was marked. */
export function endAsMarked(turn: Turn, base: TaskBase, end: MarkedEnd): void {
  if (end.as !== 'success') dropOutput(turn, base);
  turn.emit(taskFact(markedRow(base, end, turn.at)));
}

/**
 * The attempt of an instance is gone. True: a person had said how the instance ends, and so it has.
 * Not where the attempt came to that end by itself: then it ends like any other.
 */
export function endedByMark(turn: Turn, row: LiveTaskRow, attempt: AttemptEnd): boolean {
  const { becomes } = row;
  if (becomes === undefined || attempt.outcome === becomes.as) return false;
  endAsMarked(turn, withEndedAttempt(row, attempt, false), becomes);
  return true;
}
