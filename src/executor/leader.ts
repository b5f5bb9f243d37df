/**
 * Whom the executor believes: the highest term it has heard of, and who leads in it.
 *
 * Invariants:
 *   M1  The term only grows. What a leader of a lower term says is not heard.
 *   M2  A leader that leaves a heartbeat unanswered is forgotten: the next word goes to all nodes,
 *       so a leader that we never heard of finds us.
 */
import type { Destination } from '../actors/wire.ts';
import { type NodeId, type Term, term } from '../base/brand.ts';

export class Leader {
  #term: Term = term(0);
  #node: NodeId | undefined;

  get term(): Term {
    return this.#term;
  }

  /** Where reports and heartbeats go. */
  get destination(): Destination {
    return this.#node ?? 'all';
  }

  /** How a message of this term is to be taken; a higher term is believed at once. */
  hear(message: { readonly term: Term; readonly from: NodeId }): 'stale' | 'known' | 'new' {
    if (message.term < this.#term) return 'stale';
    const isNew = message.term > this.#term;
    this.#term = message.term;
    this.#node = message.from;
    return isNew ? 'new' : 'known';
  }

  /** A heartbeat went unanswered. */
  doubt(): void {
    this.#node = undefined;
  }
}
