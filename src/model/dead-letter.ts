/**
 * A dead letter: a run or an event that should have started something and could not. It is kept
 * with the reason until a person replays or drops it.
 */
import type { DagId, Namespace, WallMs } from '../base/brand.ts';
import type { Command } from './command.ts';

export interface DeadLetterRow {
  readonly namespace: Namespace;
  readonly letterId: string;
  readonly dagId: DagId | null;
  /** What should have started something. */
  readonly kind: 'event' | 'schedule';
  readonly reason: string;
  /** What would be tried again. */
  readonly replay: Command;
  readonly at: WallMs;
}

/** When there are more, the oldest one gives way. */
export const deadLettersMax = 10_000;
