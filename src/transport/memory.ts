/**
 * The Network in memory: the simulated body of the port.
 *
 * Job: carry copies of messages between the processes of one program, as kindly or as badly as a
 * policy says. Owns: who listens where, and what is under way. Does not: draw random numbers or
 * read a wall clock; both are the policy's and the Clock's.
 *
 * M1  Nothing is delivered in the publisher's stack.
 * M2  Deliveries happen in the order of (due time, sequence of publishing), whatever the Clock does
 *     with equal times.
 * M3  Every receiver has bytes of its own.
 * M4  A killed process hears nothing, sends nothing, and its subscriptions are gone at once.
 */
import { assert } from '../base/assert.ts';
import { Heap } from '../base/heap.ts';
import type { Cancellable, Clock, Lane, Network, ProbeAnswer, Receive } from '../base/ports.ts';

/** One copy of one message on its way to one subscription. */
export interface Passage {
  readonly from: string;
  readonly to: string;
  readonly lane: Lane;
  readonly subject: string;
  readonly payload: Uint8Array;
}

/**
 * - `up`: connected.
 * - `silent`: nothing passes in either direction and nobody has noticed yet.
 * - `down`: nothing passes, the process knows it, and the server has forgotten its subscriptions.
 */
export type Reach = 'up' | 'silent' | 'down';

/** What can go wrong, decided by the simulator. Called in a deterministic order. */
export interface NetworkPolicy {
  /** How the process stands to the server, now, on that lane. */
  reach(process: string, lane: Lane): Reach;
  /** A delay in milliseconds for each copy to deliver: `[]` loses it, two entries duplicate it. */
  delaysMs(passage: Passage): readonly number[];
}

/** Short, constant and above zero, so that a ping-pong lets virtual time pass. */
const kindDelayMs = 0.2;
export const kindPolicy: NetworkPolicy = {
  reach: () => 'up',
  delaysMs: () => [kindDelayMs],
};

export interface MemoryHubOptions {
  readonly clock: Clock;
  readonly policy?: NetworkPolicy;
  /** Default 1 MiB, as NATS has it. */
  readonly maxPayloadBytes?: number;
}

interface Listener {
  readonly process: MemoryNetwork;
  readonly lane: Lane;
  readonly receive: Receive;
  active: boolean;
}

interface Delivery {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

export class MemoryHub {
  readonly #clock: Clock;
  readonly #policy: NetworkPolicy;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #underWay = new Heap<Delivery>((a, b) =>
    a.atMs === b.atMs ? a.sequence < b.sequence : a.atMs < b.atMs,
  );
  #sequence = 0;
  #maxPayloadBytes: number;

  constructor(options: MemoryHubOptions) {
    this.#clock = options.clock;
    this.#policy = options.policy ?? kindPolicy;
    this.#maxPayloadBytes = options.maxPayloadBytes ?? 2 ** 20;
  }

  /** A new process. Its name is what the policy is asked about; a restarted one may reuse it. */
  join(name: string): MemoryNetwork {
    return new MemoryNetwork(this, name);
  }

  get maxPayloadBytes(): number {
    return this.#maxPayloadBytes;
  }

  /** As an operator who restarts the server with another limit. */
  limitPayload(bytes: number): void {
    this.#maxPayloadBytes = bytes;
  }

  /** For MemoryNetwork alone, as is all that follows. */
  reach(process: string, lane: Lane): Reach {
    return this.#policy.reach(process, lane);
  }

  add(subject: string, listener: Listener): void {
    const present = this.#listeners.get(subject);
    if (present === undefined) this.#listeners.set(subject, [listener]);
    else present.push(listener);
  }

  remove(subject: string, listener: Listener): void {
    const rest = this.#listeners.get(subject)?.filter((other) => other !== listener) ?? [];
    if (rest.length === 0) this.#listeners.delete(subject);
    else this.#listeners.set(subject, rest);
  }

  publish(from: MemoryNetwork, lane: Lane, subject: string, payload: Uint8Array): void {
    if (this.reach(from.name, lane) !== 'up') return;
    for (const listener of this.#listeners.get(subject) ?? []) {
      const echo = listener.process === from && listener.lane === lane;
      if (!echo) this.#send({ from, lane, subject, payload, listener, reply: () => {} });
    }
  }

  probe(
    from: MemoryNetwork,
    subject: string,
    timeoutMs: number,
    done: (answer: ProbeAnswer) => void,
  ): void {
    let open = true;
    const answer = (heard: ProbeAnswer): void => {
      if (!open || !from.alive) return;
      open = false;
      timer.cancel();
      done(heard);
    };
    const timer = this.#clock.after(timeoutMs, () => answer('silence'));
    if (this.reach(from.name, 'control') !== 'up') return;
    const known = (this.#listeners.get(subject) ?? []).filter(
      ({ process, lane }) => process !== from && this.reach(process.name, lane) !== 'down',
    );
    if (known.length === 0) {
      this.#schedule(kindDelayMs, () => {
        if (this.reach(from.name, 'control') === 'up') answer('nobody');
      });
    }
    for (const listener of known) {
      const reply = (payload: Uint8Array): void => {
        const passage = { from: listener.process.name, to: from.name, subject, payload };
        for (const delayMs of this.#policy.delaysMs({ ...passage, lane: listener.lane })) {
          this.#schedule(delayMs, () => answer('answered'));
        }
      };
      this.#send({ from, lane: 'control', subject, payload: new Uint8Array(0), listener, reply });
    }
  }

  #send(copy: {
    readonly from: MemoryNetwork;
    readonly lane: Lane;
    readonly subject: string;
    readonly payload: Uint8Array;
    readonly listener: Listener;
    readonly reply: (payload: Uint8Array) => void;
  }): void {
    const { lane, subject, payload, listener } = copy;
    const to = listener.process.name;
    const passage = { from: copy.from.name, to, lane, subject, payload };
    for (const delayMs of this.#policy.delaysMs(passage)) {
      const own = new Uint8Array(payload); // `slice` of a Buffer would share its bytes (M3).
      this.#schedule(delayMs, () => {
        if (!listener.active || this.reach(to, listener.lane) !== 'up') return;
        listener.receive(own, copy.reply);
      });
    }
  }

  /** Each timer releases the first delivery that is due, which may be another than its own. */
  #schedule(delayMs: number, run: () => void): void {
    assert(delayMs >= 0, 'a delay is not negative');
    const atMs = this.#clock.monotonicMs() + delayMs;
    this.#underWay.push({ atMs, sequence: this.#sequence++, run });
    this.#clock.after(delayMs, () => this.#underWay.pop()?.run());
  }
}

/** One process's handle. */
export class MemoryNetwork implements Network {
  readonly name: string;
  readonly #hub: MemoryHub;
  readonly #subscriptions = new Set<Cancellable>();
  #alive = true;
  #reconnects = 0;
  #slowConsumerCuts = 0;

  /** Made by `MemoryHub.join`. */
  constructor(hub: MemoryHub, name: string) {
    this.#hub = hub;
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  publish(lane: Lane, subject: string, payload: Uint8Array): void {
    assert(payload.length <= this.maxPayloadBytes(), 'a payload fits the server: chunks are above');
    if (this.#alive) this.#hub.publish(this, lane, subject, payload);
  }

  subscribe(lane: Lane, subject: string, receive: Receive): Cancellable {
    const listener: Listener = { process: this, lane, receive, active: this.#alive };
    const subscription: Cancellable = {
      cancel: () => {
        if (!listener.active) return;
        listener.active = false;
        this.#hub.remove(subject, listener);
        this.#subscriptions.delete(subscription);
      },
    };
    if (this.#alive) {
      this.#hub.add(subject, listener);
      this.#subscriptions.add(subscription);
    }
    return subscription;
  }

  probe(subject: string, timeoutMs: number, done: (answer: ProbeAnswer) => void): void {
    if (this.#alive) this.#hub.probe(this, subject, timeoutMs, done);
  }

  maxPayloadBytes(): number {
    return this.#hub.maxPayloadBytes;
  }

  connected(lane: Lane): boolean {
    return this.#alive && this.#hub.reach(this.name, lane) !== 'down';
  }

  counters(): { readonly reconnects: number; readonly slowConsumerCuts: number } {
    return { reconnects: this.#reconnects, slowConsumerCuts: this.#slowConsumerCuts };
  }

  /** The policy brought this process back: counted as the real body counts it. */
  noteReconnect(options: { readonly slowConsumer: boolean }): void {
    this.#reconnects++;
    if (options.slowConsumer) this.#slowConsumerCuts++;
  }

  /** The process is dead (M4); a restarted one joins anew. */
  kill(): void {
    this.#alive = false;
    for (const subscription of [...this.#subscriptions]) subscription.cancel();
  }
}
