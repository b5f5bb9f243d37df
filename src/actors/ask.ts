/**
 * The open asks of one life of an actor. An ask is a request with a deadline, whose answer or
 * timeout arrives as a message to the asker: never as a promise, never within somebody else's turn.
 *
 * It owns which asks are open. It does not know what a request means, and it works between local
 * actors only: a reply ref cannot travel, so remote requests carry an id of their own.
 *
 * A1. An accepted ask ends with exactly one outcome, unless its asker's life ends first.
 * A2. What comes after the outcome (a second answer, one after the deadline) is a dead letter.
 */
import { assert } from '../base/assert.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Signal } from './mailbox.ts';
import { afterAny } from './timers.ts';
import { type AskOptions, type AskOutcome, limits, type Ref } from './types.ts';

interface OpenAsk {
  /** Undefined once the outcome is known and waits in the mailbox. */
  deadline: Cancellable | undefined;
}

export interface AsksOptions<M> {
  readonly path: string;
  readonly clock: Clock;
  readonly deadLetters: DeadLetters;
  readonly signal: (signal: Signal<M>) => void;
}

export class LifeAsks<M> {
  readonly #open = new Set<OpenAsk>();
  readonly #options: AsksOptions<M>;
  #asked = 0;
  #ended = false;

  constructor(options: AsksOptions<M>) {
    this.#options = options;
  }

  /** False if the target refused or too many asks are open; then there is no outcome. */
  ask<Q, A>(target: Ref<Q>, options: AskOptions<Q, A, M>): boolean {
    const { path, clock, deadLetters } = this.#options;
    assert(!this.#ended, `ask of ${path}: the life that it belongs to has ended`);
    if (this.#open.size >= limits.asksMax) return false;
    this.#asked += 1;
    const settle = (outcome: AskOutcome<A>): void =>
      this.#settle(ask, () => options.outcome(outcome));
    const timeout = (): void => settle({ kind: 'timeout' });
    const ask: OpenAsk = { deadline: afterAny(clock, options.timeoutMs, timeout) };
    this.#open.add(ask);
    const replyPath = `${path}?ask=${this.#asked}`;
    const tell = (answer: A): boolean => {
      const open = ask.deadline !== undefined;
      if (open) settle({ kind: 'answered', answer });
      else deadLetters.add('late-answer', replyPath, answer);
      return open;
    };
    const accepted = target.tell(options.request({ path: replyPath, tell }));
    if (!accepted) this.#drop(ask);
    return accepted;
  }

  /** Ends with its life: answers that still come are dead letters. */
  end(): void {
    this.#ended = true;
    for (const ask of [...this.#open]) this.#drop(ask);
  }

  #drop(ask: OpenAsk): void {
    ask.deadline?.cancel();
    ask.deadline = undefined;
    this.#open.delete(ask);
  }

  #settle(ask: OpenAsk, message: () => M): void {
    ask.deadline?.cancel();
    ask.deadline = undefined;
    this.#options.signal({
      // The ask stays open until its outcome is taken up: that bounds the signal lane (M3).
      open: (receive) => {
        if (this.#open.delete(ask)) receive(message());
      },
    });
  }
}
