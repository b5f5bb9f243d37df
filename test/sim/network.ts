/**
 * The weather between the nodes, and a process's own view of the network.
 *
 * The weather decides what becomes of each message: cuts by direction between nodes, loss,
 * duplication, delay and clogs. It knows nodes, not subjects.
 */
import type { Cancellable, Lane, Network, ProbeAnswer, Receive } from '../../src/base/ports.ts';
import type { MemoryNetwork, NetworkPolicy, Passage, Reach } from '../../src/transport/memory.ts';
import type { Chance } from './chance.ts';
import type { SimOptions } from './options.ts';
import type { SimProcess } from './process.ts';

/** `n1/peer` -> `n1`. */
const nodeOf = (process: string): string => process.slice(0, process.indexOf('/'));

export class Weather implements NetworkPolicy {
  readonly #chance: Chance;
  readonly #options: SimOptions;
  /** `a>b`: what a sends does not reach b. `a>a` cuts a node's peer from its own executor. */
  readonly cuts = new Set<string>();
  /** Node -> how it stands to the server, when not well. */
  readonly #reach = new Map<string, Reach>();
  /** `a>b` -> messages are held until this time. */
  readonly #clogs = new Map<string, number>();
  readonly #nowMs: () => number;
  calm = false;

  constructor(options: SimOptions, chance: Chance, nowMs: () => number) {
    this.#options = options;
    this.#chance = chance;
    this.#nowMs = nowMs;
  }

  reach(process: string, _lane: Lane): Reach {
    return this.#reach.get(nodeOf(process)) ?? 'up';
  }

  setReach(node: string, reach: Reach): void {
    if (reach === 'up') this.#reach.delete(node);
    else this.#reach.set(node, reach);
  }

  clog(from: string, to: string, untilMs: number): void {
    this.#clogs.set(`${from}>${to}`, untilMs);
  }

  /** Only delay is left. */
  heal(): void {
    this.cuts.clear();
    this.#reach.clear();
    this.#clogs.clear();
    this.calm = true;
  }

  delaysMs({ from, to }: Passage): readonly number[] {
    const link = `${nodeOf(from)}>${nodeOf(to)}`;
    if (this.cuts.has(link)) return [];
    const { loss, duplication } = this.#options;
    const own = nodeOf(from) === nodeOf(to);
    if (!this.calm && this.#chance.happens(own ? loss / 4 : loss)) return [];
    const heldMs = Math.max(0, (this.#clogs.get(link) ?? 0) - this.#nowMs());
    const delays = [heldMs + this.#delayMs()];
    if (!this.calm && this.#chance.happens(duplication)) delays.push(heldMs + this.#delayMs());
    return delays;
  }

  #delayMs(): number {
    const { least, spread } = this.#options.delayMs;
    return this.calm ? least : least + this.#chance.around(spread);
  }
}

/** What a process sends and hears; a paused one hears later, one with a failed disk is watched. */
export class ProcessNetwork implements Network {
  readonly #inner: MemoryNetwork;
  readonly #process: SimProcess;
  readonly #sent: (subject: string, payload: Uint8Array) => void;

  constructor(
    inner: MemoryNetwork,
    process: SimProcess,
    sent: (subject: string, payload: Uint8Array) => void,
  ) {
    this.#inner = inner;
    this.#process = process;
    this.#sent = sent;
  }

  publish(lane: Lane, subject: string, payload: Uint8Array): void {
    this.#sent(subject, payload);
    this.#inner.publish(lane, subject, payload);
  }

  subscribe(lane: Lane, subject: string, receive: Receive): Cancellable {
    let open = true;
    const subscription = this.#inner.subscribe(lane, subject, (payload, reply) =>
      this.#process.enter(() => {
        if (open) receive(payload, reply);
      }),
    );
    return {
      cancel: () => {
        open = false;
        subscription.cancel();
      },
    };
  }

  probe(subject: string, timeoutMs: number, done: (answer: ProbeAnswer) => void): void {
    this.#inner.probe(subject, timeoutMs, (answer) => this.#process.enter(() => done(answer)));
  }

  maxPayloadBytes(): number {
    return this.#inner.maxPayloadBytes();
  }

  connected(lane: Lane): boolean {
    return this.#inner.connected(lane);
  }

  counters(): { readonly reconnects: number; readonly slowConsumerCuts: number } {
    return this.#inner.counters();
  }

  kill(): void {
    this.#inner.kill();
  }
}
