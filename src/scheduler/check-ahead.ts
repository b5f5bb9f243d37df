/** What can be worked out of a command before its turn, so that the turn is short. */
import type { Command } from '../model/command.ts';
import { cycleOf, hasCycleAnswer } from '../model/run-shape.ts';

/** Tasks of a definition that takes a turn's time to look through. */
const largeTasks = 1_000;

/**
 * True: a large definition was searched for cycles just now. The command's own turn finds the
 * answer ready, and others should have theirs first.
 */
export function checkAhead(command: Command): boolean {
  if (command.kind !== 'apply-dag' || hasCycleAnswer(command.spec)) return false;
  if (Object.keys(command.spec.tasks).length < largeTasks) return false;
  cycleOf(command.spec);
  return true;
}
