/**
 * How fast is copied: up to the rate that is allowed, while answers are quick and our processors
 * have nothing else to do. When answers are slow, the processors or the disk of the other node have
 * other work; then, and when ours have, a small part of it is enough. And how many messages may be
 * without an answer, and how long one is waited for: one and longer when answers fail, or a slow
 * node would be sent everything twice.
 */
import { copyLimits } from './limits.ts';

export class Pace {
  readonly #rateMax: number;
  readonly #rateMin: number;
  #rate: number;
  #messages: number = copyLimits.batchesInFlight;
  #patienceMs: number = copyLimits.ackMs;

  /** `bytesPerSecond` is the rate that is allowed. */
  constructor(bytesPerSecond: number) {
    this.#rateMax = bytesPerSecond;
    this.#rateMin = Math.min(bytesPerSecond, copyLimits.busyBytesPerSecond);
    this.#rate = this.#rateMin;
  }

  get bytesPerSecond(): number {
    return this.#rate;
  }

  /** That may be without an answer; one at least. */
  get messages(): number {
    return this.#messages;
  }

  /** After so long a message is given up. */
  get patienceMs(): number {
    return this.#patienceMs;
  }

  /** In time. Up by steps, and down by a share: so it settles where it begins to be a burden. */
  answered(tookMs: number, isHostBusy: boolean): void {
    const isBurden = isHostBusy || tookMs > copyLimits.slowMs;
    const next = isBurden ? this.#rate * slower : this.#rate + copyLimits.batchBytes;
    this.#rate = Math.max(this.#rateMin, Math.min(this.#rateMax, next));
    this.#messages = Math.min(copyLimits.batchesInFlight, this.#messages + 1);
    this.#patienceMs = copyLimits.ackMs;
  }

  /** A message got no answer in time. */
  silent(): void {
    this.#rate = this.#rateMin;
    this.#messages = 1;
    this.#patienceMs = Math.min(2 * this.#patienceMs, copyLimits.ackMsMax);
  }
}

const slower = 0.8;
