/**
 * How many messages may be without an answer, and how long one is waited for: many while the other
 * node answers in time, one and longer when it does not. Without that a node with a slow disk would
 * be sent everything twice, and be all the slower for it.
 */
import { copyLimits } from './limits.ts';

export class Pace {
  #messages: number = copyLimits.batchesInFlight;
  #patienceMs: number = copyLimits.ackMs;

  /** That may be without an answer; one at least. */
  get messages(): number {
    return this.#messages;
  }

  /** After so long a message is given up. */
  get patienceMs(): number {
    return this.#patienceMs;
  }

  /** In time. */
  answered(): void {
    this.#messages = Math.min(copyLimits.batchesInFlight, this.#messages + 1);
    this.#patienceMs = copyLimits.ackMs;
  }

  /** A message got no answer in time. */
  silent(): void {
    this.#messages = 1;
    this.#patienceMs = Math.min(2 * this.#patienceMs, copyLimits.ackMsMax);
  }
}
