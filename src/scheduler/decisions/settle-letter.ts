/**
 * A dead letter is replayed or dropped by a person. A replay is the command that could not be
 * carried out, decided on anew: if it is refused again, the letter stays.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Command, CommandReply, OperatorCommand } from '../../model/command.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { removeLetter } from '../dead-letters.ts';
import type { Turn } from '../turn.ts';

type SettleLetter = Extract<OperatorCommand, { readonly kind: 'settle-letter' }>;

export function settleLetter(
  turn: Turn,
  { namespace, letterId, how }: SettleLetter,
  perform: (command: Command) => Result<CommandReply, Refusal>,
): Result<CommandReply, Refusal> {
  const letter = turn.state.named('letter', namespace, letterId);
  if (letter === undefined) {
    const detail = `there is no dead letter ${letterId} in namespace ${namespace}`;
    return fail(refusal('LETTER_NOT_FOUND', detail));
  }
  // A letter never asks to settle a letter, so this does not go round in circles.
  if (how === 'replay' && letter.replay.kind !== 'settle-letter') {
    const again = perform(letter.replay);
    if (!again.ok) return again;
  }
  removeLetter(turn, letter);
  return ok({ kind: 'letter-settled', how });
}
