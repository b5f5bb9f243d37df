/**
 * Dead letters: what should have started something and could not is written down with the reason,
 * and waits there for a person (`decisions/settle-letter.ts`).
 */
import type { DagId, Namespace } from '../base/brand.ts';
import type { Command } from '../model/command.ts';
import { type DeadLetterRow, deadLettersMax } from '../model/dead-letter.ts';
import { letterFact } from '../model/fact.ts';
import { namedKey } from '../model/keys.ts';
import type { Turn } from './turn.ts';

export interface DeadLetter {
  readonly namespace: Namespace;
  readonly dagId: DagId | null;
  readonly kind: DeadLetterRow['kind'];
  /** One sentence: what stood in the way. */
  readonly reason: string;
  /** What a replay tries again. */
  readonly replay: Command;
}

/** Writes a letter; its id. When there are too many, the oldest one gives way. */
export function deadLetter(turn: Turn, letter: DeadLetter): string {
  if (turn.state.count('letter') >= deadLettersMax) dropOldest(turn);
  const letterId = turn.generateId('letter');
  turn.emit(letterFact({ ...letter, letterId, at: turn.at }));
  return letterId;
}

/** The record says which one it was: its row is gone by the decision that brought a newer one. */
function dropOldest(turn: Turn): void {
  let oldest: DeadLetterRow | undefined;
  for (const row of turn.state.allNamed('letter')) {
    if (oldest === undefined || row.at < oldest.at) oldest = row;
  }
  if (oldest !== undefined) removeLetter(turn, oldest);
}

export function removeLetter(turn: Turn, { namespace, letterId }: DeadLetterRow): void {
  turn.emit({ table: 'letter', key: namedKey(namespace, letterId), row: null });
}
