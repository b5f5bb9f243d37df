/** What can be worked out of a command before its turn, so that the turn is short. */
import type { Command } from '../model/command.ts';
import type { DagSpec } from '../model/dag.ts';
import { specVersionOf } from '../model/newness.ts';
import { cycleAhead } from '../model/run-shape.ts';
import { unknownParentIn } from '../model/unknown-parent.ts';

/** Tasks of a definition that takes a turn's time to look through. */
const largeTasks = 1_000;

/** Whether the command carries a definition that takes long to send and to look through. */
export const isLarge = (command: Command): boolean =>
  command.kind === 'apply-dag' && Object.keys(command.spec.tasks).length >= largeTasks;

/** Definitions that were looked through; what was found is remembered by who has looked. */
const seen = new WeakSet<DagSpec>();

/**
 * True: a part of what a large definition is checked for was done just now. The command's own turn
 * finds the answers ready; until then others have their turns in between.
 */
export function checkAhead(command: Command): boolean {
  if (command.kind !== 'apply-dag' || !isLarge(command)) return false;
  const { spec } = command;
  if (seen.has(spec)) return cycleAhead(spec);
  seen.add(spec);
  specVersionOf(spec);
  unknownParentIn(spec);
  return true;
}
