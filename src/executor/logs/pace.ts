/**
 * How many messages may be without an answer, and how long one is waited for: much while the other
 * node keeps up, little while it is slow. Without that a slow disk there would be sent everything
 * twice, and one line of a quiet task would stand behind megabytes of a flood.
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

  answered(tookMs: number): void {
    const change = tookMs > copyLimits.slowMs ? -1 : 1;
    this.#messages = Math.max(1, Math.min(copyLimits.batchesInFlight, this.#messages + change));
    if (tookMs <= copyLimits.ackMs) this.#patienceMs = copyLimits.ackMs;
  }

  /** A message got no answer in time. */
  silent(): void {
    this.#messages = 1;
    this.#patienceMs = Math.min(2 * this.#patienceMs, copyLimits.ackMsMax);
  }
}
