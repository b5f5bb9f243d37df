/**
 * The lease of one executor: how long it may keep its tasks without hearing from the leader
 * (`docs/protocol`, steps 2, 3 and 5).
 *
 * It owns when each heartbeat was sent and until when the answers allow to run. It does not know
 * what a task is, and it arms no timer: every time is given to it.
 *
 * Invariants:
 *   L1  The end of the lease is `sentAt(s) + leaseMs` of some answered heartbeat `s`: a moment that
 *       was fixed when `s` was sent. So an answer that is late, repeated or out of order never
 *       lengthens a lease.
 *   L2  The end never moves back: what was granted stays granted.
 *   L3  Forgetting a heartbeat only shortens: its answer then grants nothing.
 */
import { assert } from '../base/assert.ts';
import { type MonotonicMs, monotonicMs } from '../base/brand.ts';

/** Heartbeats whose sending time is remembered. With one a second that is a minute. */
export const heartbeatsRememberedMax = 64;

export class Lease {
  readonly #sentAt = new Map<number, MonotonicMs>();
  #newestSeq = 0;
  #answeredSeq = 0;
  #leaseMs: number | undefined;
  #until: MonotonicMs | undefined;

  /** The moment at which the lease ends; undefined before the first answer. */
  get until(): MonotonicMs | undefined {
    return this.#until;
  }

  /** How long the newest answer said that a lease is; undefined before the first answer. */
  get leaseMs(): number | undefined {
    return this.#leaseMs;
  }

  /** Whether the newest heartbeat has been answered. */
  get isAnswered(): boolean {
    return this.#answeredSeq === this.#newestSeq;
  }

  runs(now: MonotonicMs): boolean {
    return this.#until !== undefined && now < this.#until;
  }

  /** Notes that the next heartbeat leaves now; returns its sequence number. */
  beat(now: MonotonicMs): number {
    this.#newestSeq += 1;
    this.#sentAt.set(this.#newestSeq, now);
    for (const oldest of this.#sentAt.keys()) {
      if (this.#sentAt.size <= heartbeatsRememberedMax) break;
      this.#sentAt.delete(oldest);
    }
    return this.#newestSeq;
  }

  /** The leader answered heartbeat `seq`. An answer to a heartbeat never sent grants nothing. */
  answered(answer: { readonly seq: number; readonly leaseMs: number }): void {
    assert(answer.leaseMs >= 0, `a lease of ${answer.leaseMs} ms is no lease`);
    const sentAt = this.#sentAt.get(answer.seq);
    if (sentAt === undefined) return;
    this.#answeredSeq = Math.max(this.#answeredSeq, answer.seq);
    this.#leaseMs = answer.leaseMs;
    this.#extend(sentAt, answer.leaseMs);
  }

  /**
   * A dispatch says that its leader has answered `seq`; returns whether the lease of that heartbeat
   * still runs. The answer itself may still be on its way, or lost: the dispatch is as good a
   * proof, and the lease is extended by it. Before the first answer no lease length is known:
   * false.
   */
  covers(seq: number, now: MonotonicMs): boolean {
    const sentAt = this.#sentAt.get(seq);
    if (sentAt === undefined || this.#leaseMs === undefined) return false;
    this.#extend(sentAt, this.#leaseMs);
    return now < sentAt + this.#leaseMs;
  }

  #extend(sentAt: MonotonicMs, leaseMs: number): void {
    const until = monotonicMs(sentAt + leaseMs);
    if (this.#until === undefined || until > this.#until) this.#until = until;
  }
}
