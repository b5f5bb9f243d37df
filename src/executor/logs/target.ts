/**
 * Where this node's logs are copied to: the first of the nodes that the leader has named, or the
 * next one when that is silent.
 *
 * Invariants:
 *   T1  What a leader of a lower term says is not heard.
 *   T2  The target stays while the list stays and it answers: another one begins anew.
 */
import { type MonotonicMs, monotonicMs, type NodeId, type Term } from '../../base/brand.ts';
import { copyLimits } from './limits.ts';

export class LogTarget {
  #term: Term | undefined;
  #peers: readonly NodeId[] = [];
  #at = 0;
  /** When the oldest message without an answer left. */
  #silentSince: MonotonicMs | undefined;

  get node(): NodeId | undefined {
    return this.#peers[this.#at];
  }

  /** Whether the target is another one now. */
  hear(term: Term, peers: readonly NodeId[]): boolean {
    if (this.#term !== undefined && term < this.#term) return false;
    this.#term = term;
    const before = this.node;
    const isSame =
      peers.length === this.#peers.length && peers.every((p, i) => p === this.#peers[i]);
    if (isSame) return false;
    this.#peers = peers;
    this.#at = 0;
    if (this.node === before) return false;
    this.#silentSince = undefined;
    return true;
  }

  answered(): void {
    this.#silentSince = undefined;
  }

  /** A message got no answer in time. Whether the target is another one now. */
  silent(now: MonotonicMs): boolean {
    this.#silentSince ??= monotonicMs(now - copyLimits.ackMs);
    if (now - this.#silentSince < copyLimits.silentMs || this.#peers.length < 2) return false;
    this.#at = (this.#at + 1) % this.#peers.length;
    this.#silentSince = undefined;
    return true;
  }
}
