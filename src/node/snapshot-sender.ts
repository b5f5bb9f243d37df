/**
 * Sends snapshots of this node's ledger to nodes that are behind the leader's log.
 *
 * Owns: the sessions, and who waits for one. Does not own: the decision that a node needs a
 * snapshot (Raft's), or that the log is cut (`oldestIndex` says what sessions still need of it).
 *
 * Invariants:
 *   K1  A node has at most one session or place in the queue; the newer offer takes its place.
 *   K2  All sessions are of one term; nothing of an earlier term is answered (P53).
 */
import type { Sender, Wire } from '../actors/wire.ts';
import type { LogIndex, NodeId, Term } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { LogStore } from '../raft/log-store.ts';
import type { Ledger } from '../storage/ledger.ts';
import { compareIds, isToSource, snapshotInboxes, type ToSource } from './snapshot-messages.ts';
import { SnapshotSession } from './snapshot-session.ts';

/** Each reads the disk and fills the bulk lane; the entries of the day go on beside them. */
const sessionsMax = 2;

export interface SnapshotSenderOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly ledger: Pick<Ledger, 'store' | 'soon'>;
  readonly positionAt: LogStore['positionAt'];
  /** See `LedgerPages`. */
  readonly pageBytes?: number | undefined;
}

interface Wish {
  readonly to: NodeId;
  readonly term: Term;
  readonly ended: (index: LogIndex | undefined) => void;
}

export class SnapshotSender {
  readonly #options: SnapshotSenderOptions;
  readonly #listener: Cancellable;
  readonly #sessions = new Map<NodeId, SnapshotSession>();
  /** By node, oldest first: no longer than the list of members. */
  readonly #waiting = new Map<NodeId, Wish>();
  #term: Term | undefined;
  #numbered = 0;

  constructor(options: SnapshotSenderOptions) {
    this.#options = options;
    this.#listener = options.wire.listen(snapshotInboxes.source, (message, from) => {
      if (from.side === 'peer' && isToSource(message)) this.#hear(message, from);
    });
  }

  /**
   * Offers a snapshot to a node until it has taken it or given no sign of life for a while; waits
   * while too many others are being served. `ended` gets the index up to which the node has
   * everything now, or undefined; it is not called for an offer that a newer one replaces, and not
   * after `withdraw` or `stop`.
   */
  offer(to: NodeId, term: Term, ended: (index: LogIndex | undefined) => void): void {
    if (this.#term !== term) this.withdraw();
    this.#term = term;
    this.#sessions.get(to)?.cancel();
    this.#sessions.delete(to);
    this.#waiting.delete(to);
    this.#waiting.set(to, { to, term, ended });
    this.#serve();
  }

  /** The lowest index behind which the log must not be cut, for sessions under way. */
  get oldestIndex(): LogIndex | undefined {
    let oldest: LogIndex | undefined;
    for (const { index } of this.#sessions.values()) {
      if (index !== undefined && (oldest === undefined || index < oldest)) oldest = index;
    }
    return oldest;
  }

  /** Leadership is lost: every session ends, in silence. */
  withdraw(): void {
    for (const session of this.#sessions.values()) session.cancel();
    this.#sessions.clear();
    this.#waiting.clear();
  }

  /** Before the ledger is closed, because sessions have views of it. */
  stop(): void {
    this.withdraw();
    this.#listener.cancel();
  }

  #serve(): void {
    for (const wish of this.#waiting.values()) {
      if (this.#sessions.size >= sessionsMax) return;
      this.#waiting.delete(wish.to);
      this.#begin(wish);
    }
  }

  #begin({ to, term, ended }: Wish): void {
    const { wire } = this.#options;
    this.#numbered++;
    const session: SnapshotSession = new SnapshotSession({
      ...this.#options,
      to,
      id: { term, session: this.#numbered },
      say: (message) => {
        const lane = message.kind === 'snapshot-page' ? 'bulk' : 'control';
        wire.send(to, snapshotInboxes.target, lane, message);
      },
      ended: (index) => {
        this.#sessions.delete(to);
        ended(index);
        this.#serve();
      },
    });
    this.#sessions.set(to, session);
  }

  #hear(message: ToSource, from: Sender): void {
    const session = this.#sessions.get(from.node);
    const isCurrent = session !== undefined && compareIds(session.id, message.id) === 0;
    if (isCurrent && !session.isOver) {
      session.hear(message);
    } else if (message.kind === 'snapshot-request' || message.kind === 'snapshot-working') {
      const over = { kind: 'snapshot-over', id: message.id } as const;
      this.#options.wire.send(from.node, snapshotInboxes.target, 'control', over);
    }
  }
}
