/**
 * Followers that get a snapshot from this leader. The core says who needs one and waits; whoever
 * carries it out (the node's snapshot sender) tells when it has ended.
 *
 * Owns: which sessions are open, and from where on the log must be kept for them (P56): else a
 * follower that has just installed a snapshot would need the next one.
 */
import { type LogIndex, logIndex, type NodeId, type Term } from '../base/brand.ts';
import type { SendSnapshot } from './driver-options.ts';

interface Session {
  readonly term: Term;
  /** The snapshot reaches at least to here. */
  readonly reaches: LogIndex;
}

export class DriverSnapshots {
  readonly #send: SendSnapshot;
  readonly #ended: (to: NodeId, index: LogIndex | undefined) => void;
  readonly #sessions = new Map<NodeId, Session>();

  constructor(send: SendSnapshot, ended: (to: NodeId, index: LogIndex | undefined) => void) {
    this.#send = send;
    this.#ended = ended;
  }

  /** `applied`: what the ledger holds durably now. */
  begin(to: NodeId, term: Term, applied: LogIndex): void {
    const session = { term, reaches: applied };
    this.#sessions.set(to, session);
    this.#send(to, term, (index) => {
      if (this.#sessions.get(to) !== session) return;
      this.#sessions.delete(to);
      this.#ended(to, index);
    });
  }

  isOpen(to: NodeId): boolean {
    return this.#sessions.has(to);
  }

  /** Where the follower goes on when it has the snapshot. */
  neededFrom(to: NodeId): LogIndex | undefined {
    const session = this.#sessions.get(to);
    return session && logIndex(session.reaches + 1);
  }

  /** Another term: its leader begins anew. */
  forget(): void {
    this.#sessions.clear();
  }
}
