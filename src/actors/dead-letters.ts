/**
 * Messages that nobody will handle. All are counted and traced at `debug`; the last few are kept
 * for people to look at, by path and kind only, because a message may hold a secret.
 */
import type { Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { limits } from './types.ts';

export type DeadLetterReason =
  /** The mailbox was full; the teller was refused. */
  | 'full'
  /** The actor was gone; the teller was refused. */
  | 'stopped'
  /** It waited in the mailbox of an actor that stopped. */
  | 'left-behind'
  /** It made the actor throw. */
  | 'failing'
  /** An answer after the outcome of its ask. */
  | 'late-answer';

export interface DeadLetter {
  readonly atMs: number;
  readonly reason: DeadLetterReason;
  readonly path: string;
  /** The message's `kind`, or its JavaScript type. */
  readonly kind: string;
}

export class DeadLetters {
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #recent: DeadLetter[] = [];
  readonly #counts: Record<DeadLetterReason, number> = {
    full: 0,
    stopped: 0,
    'left-behind': 0,
    failing: 0,
    'late-answer': 0,
  };

  constructor(clock: Clock, trace: Trace) {
    this.#clock = clock;
    this.#trace = trace;
  }

  add(reason: DeadLetterReason, path: string, message: unknown): void {
    this.#counts[reason] += 1;
    const kind = kindOf(message);
    this.#recent.push({ atMs: this.#clock.monotonicMs(), reason, path, kind });
    if (this.#recent.length > limits.deadLettersKept) this.#recent.shift();
    this.#trace('debug', 'actor.dead-letter', { reason, path, kind });
  }

  counts(): Readonly<Record<DeadLetterReason, number>> {
    return { ...this.#counts };
  }

  /** Oldest first. */
  recent(): readonly DeadLetter[] {
    return [...this.#recent];
  }
}

function kindOf(message: unknown): string {
  if (typeof message !== 'object' || message === null) return typeof message;
  return 'kind' in message && typeof message.kind === 'string' ? message.kind : 'object';
}
