/**
 * Whether heartbeats were missed, as the executor sees it: each has a number, and one that was
 * answered after another is one that got no answer, or none in time. Decides nothing: that is the
 * lease's work.
 */
import type { MonotonicMs } from '../base/brand.ts';

export interface HeartbeatFigures {
  readonly answered: number;
  /** Between the first that was answered and the newest. */
  readonly missed: number;
  /** The longest time between two answers. */
  readonly gapMsMax: number;
}

export class HeartbeatWatch {
  #newest: { readonly seq: number; readonly at: MonotonicMs } | undefined;
  #answered = 0;
  #missed = 0;
  #gapMsMax = 0;

  get figures(): HeartbeatFigures {
    return { answered: this.#answered, missed: this.#missed, gapMsMax: this.#gapMsMax };
  }

  /** The leader has answered heartbeat `seq`. */
  heard(seq: number, now: MonotonicMs): void {
    const before = this.#newest;
    if (before !== undefined && seq <= before.seq) return;
    this.#newest = { seq, at: now };
    this.#answered += 1;
    if (before === undefined) return;
    this.#missed += seq - before.seq - 1;
    this.#gapMsMax = Math.max(this.#gapMsMax, Math.round(now - before.at));
  }
}
