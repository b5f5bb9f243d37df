/**
 * Leases as the leader sees them: which executors it has heard of in this leadership, and when each
 * lease has certainly ended. Soft state on the leader's monotonic clock, never logged.
 *
 * A heartbeat is answered only when a majority has confirmed this leader after it came (L2). So
 * whatever a leader grants, however long it was stopped meanwhile, ends within `leaseMs` of a
 * moment at which it led, and a new leader takes over later than that. `graceMs` is left for clocks
 * that run at different speeds.
 *
 * Invariants:
 *   L1  An executor is expired only `leaseMs + graceMs` after the last heartbeat that was answered,
 *       or after the take-over if none was (`docs/protocol`, step 6).
 *   L2  `heard` is told of a heartbeat only when this leadership was confirmed after it had come:
 *       the scheduler sees to that (C4).
 */
import type { Incarnation, MonotonicMs, NodeId, Token } from '../base/brand.ts';
import type { NodeRow } from '../model/node.ts';
import type { ExecutorAddress } from './effect.ts';

interface Lease {
  readonly node: NodeId;
  readonly incarnation: Incarnation;
  /** The newest heartbeat that was answered; undefined before the first in this leadership. */
  readonly seq: number | undefined;
  readonly since: MonotonicMs;
  /** Attempts that the newest heartbeat should have listed and did not. */
  readonly missing: ReadonlySet<Token>;
}

export class Leases {
  readonly #leases = new Map<string, Lease>();
  readonly #lifeMs: number;

  constructor(settings: { readonly leaseMs: number; readonly graceMs: number }) {
    this.#lifeMs = settings.leaseMs + settings.graceMs;
  }

  /**
   * Starts a lease for every executor that has none. At take-over that is every one of them: an
   * earlier leader may have answered a moment ago. Later it is one whose end could not be recorded.
   */
  cover(nodes: Iterable<NodeRow>, now: MonotonicMs): void {
    for (const { nodeId: node, incarnation, status } of nodes) {
      if (status === 'lost' || this.#leases.has(node)) continue;
      this.#leases.set(node, { node, incarnation, seq: undefined, since: now, missing: none });
    }
  }

  /** Notes a heartbeat that is being answered now. Returns what the one before it lacked. */
  heard(
    executor: ExecutorAddress,
    seq: number,
    now: MonotonicMs,
  ): { readonly missingBefore: ReadonlySet<Token> } {
    const { node, incarnation } = executor;
    const before = this.#leases.get(node);
    const isSameLife = before?.incarnation === incarnation;
    const missing = isSameLife ? before.missing : none;
    this.#leases.set(node, { node, incarnation, seq, since: now, missing });
    return { missingBefore: missing };
  }

  /** Remembers what a heartbeat lacked, for the next one to be compared with. */
  lacked(node: NodeId, missing: ReadonlySet<Token>): void {
    const lease = this.#leases.get(node);
    if (lease !== undefined) this.#leases.set(node, { ...lease, missing });
  }

  /** The newest answered heartbeat of this life, or undefined: then nothing may be dispatched. */
  seqOf({ node, incarnation }: ExecutorAddress): number | undefined {
    const lease = this.#leases.get(node);
    return lease?.incarnation === incarnation ? lease.seq : undefined;
  }

  /** Takes out the executors whose lease has certainly ended (L1). */
  takeExpired(now: MonotonicMs): readonly ExecutorAddress[] {
    const expired: ExecutorAddress[] = [];
    for (const { node, incarnation, since } of this.#leases.values()) {
      if (now - since < this.#lifeMs) continue;
      expired.push({ node, incarnation });
      this.#leases.delete(node);
    }
    return expired;
  }

  /** Milliseconds until the next lease may expire; undefined when there is none. */
  nextExpiryMs(now: MonotonicMs): number | undefined {
    let next: number | undefined;
    for (const { since } of this.#leases.values()) {
      const left = since + this.#lifeMs - now;
      if (next === undefined || left < next) next = left;
    }
    return next;
  }
}

const none: ReadonlySet<Token> = new Set();
