/**
 * Notices a dead leader long before the election time-out does. A follower that misses a heartbeat,
 * or hears that another node doubts, asks the network whether anybody listens on the leader's
 * subject; "nobody" becomes a hint to the core, repeated while no other leader is heard, because
 * the other followers may notice later (docs/protocol/fail-over-hint.md).
 *
 * H1  A hint is never more than a hint: a leader that is heard, here or by a majority, stays.
 * H2  One question at a time, and only about a leader that has not been heard since it was asked.
 */
import type { MonotonicMs, NodeId } from '../base/brand.ts';
import type { Clock, Network } from '../base/ports.ts';

/** A heartbeat is missed when it is late by half its interval. To ask costs one small message. */
const lateHeartbeats = 1.5;

export interface FailoverOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly aliveSubject: (node: NodeId) => string;
  readonly heartbeatMs: number;
  readonly probeTimeoutMs: number;
  readonly hint: (leader: NodeId) => void;
}

export class Failover {
  readonly #options: FailoverOptions;
  #leader: NodeId | undefined = undefined;
  #heardAt: MonotonicMs;
  #probing = false;
  #stopped = false;

  constructor(options: FailoverOptions) {
    this.#options = options;
    this.#heardAt = options.clock.monotonicMs();
  }

  heard(leader: NodeId): void {
    this.#leader = leader;
    this.#heardAt = this.#options.clock.monotonicMs();
  }

  /** This node leads: there is nobody to watch. */
  leading(): void {
    this.#leader = undefined;
  }

  /** Another node asks for a pre-vote, so it does not hear the leader: perhaps nobody does. */
  doubted(): void {
    this.#probe();
  }

  tick(): void {
    const { clock, heartbeatMs } = this.#options;
    if (clock.monotonicMs() - this.#heardAt > lateHeartbeats * heartbeatMs) this.#probe();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** H2. */
  #probe(): void {
    const leader = this.#leader;
    if (leader === undefined || this.#probing) return;
    const { network, aliveSubject, probeTimeoutMs } = this.#options;
    const heardAt = this.#heardAt;
    this.#probing = true;
    network.probe(aliveSubject(leader), probeTimeoutMs, (answer) => {
      this.#probing = false;
      const isSilent = this.#leader === leader && this.#heardAt === heardAt;
      if (answer === 'nobody' && isSilent && !this.#stopped) this.#options.hint(leader);
    });
  }
}
