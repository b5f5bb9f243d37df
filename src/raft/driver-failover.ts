/**
 * Notices a dead leader long before the election time-out does. A follower that misses two
 * heartbeats asks the network whether anybody listens on the leader's subject; "nobody" becomes a
 * hint to the core, repeated while no other leader is heard, because the other followers may notice
 * later.
 *
 * H1  A hint is never more than a hint: a leader that is heard, here or by a majority, stays.
 */
import type { MonotonicMs, NodeId } from '../base/brand.ts';
import type { Clock, Network } from '../base/ports.ts';

/** Heartbeats that a leader may miss before anybody asks. */
const missedHeartbeatsMax = 2;

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

  tick(): void {
    const leader = this.#leader;
    if (leader === undefined || this.#probing || !this.#silent()) return;
    const { network, aliveSubject, probeTimeoutMs } = this.#options;
    this.#probing = true;
    network.probe(aliveSubject(leader), probeTimeoutMs, (answer) => {
      this.#probing = false;
      const still = this.#leader === leader && this.#silent() && !this.#stopped;
      if (answer === 'nobody' && still) this.#options.hint(leader);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #silent(): boolean {
    const { clock, heartbeatMs } = this.#options;
    return clock.monotonicMs() - this.#heardAt > missedHeartbeatsMax * heartbeatMs;
  }
}
