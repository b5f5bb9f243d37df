/**
 * The mailbox of one actor: two first-in-first-out lanes.
 *
 * It owns the order of what waits. It does not know turns, lives or failures.
 *
 * M1. Signals leave before messages; within a lane, the order of arrival is kept.
 * M2. The user lane never holds more than `max` messages: `offer` refuses the next one.
 * M3. The signal lane is not bounded here but by who fills it: an armed timer and an open ask have
 *     at most one signal waiting, and both have a limit. No flood of messages loses a timer.
 */

/** A word of the runtime: a timer is due, an ask has its outcome. */
export interface Signal<M> {
  /** Hands over its message; nothing at all if the timer or ask was cancelled while it waited. */
  open(receive: (message: M) => void): void;
}

export type Letter<M> =
  | { readonly kind: 'signal'; readonly signal: Signal<M> }
  | { readonly kind: 'message'; readonly message: M };

export class Mailbox<M> {
  readonly #signals = new Lane<Letter<M>>();
  readonly #messages = new Lane<Letter<M>>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Letters waiting in both lanes. */
  get size(): number {
    return this.#signals.size + this.#messages.size;
  }

  signal(signal: Signal<M>): void {
    this.#signals.push({ kind: 'signal', signal });
  }

  /** False if the user lane is full (M2). */
  offer(message: M): boolean {
    if (this.#messages.size >= this.#max) return false;
    this.#messages.push({ kind: 'message', message });
    return true;
  }

  /** The next letter in the order of M1. */
  take(): Letter<M> | undefined {
    return this.#signals.shift() ?? this.#messages.shift();
  }
}

/** An array with a moving head: `shift` of a long JavaScript array costs its length. */
class Lane<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    // The slot is cleared, so that a long queue does not keep what was taken from it alive.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
