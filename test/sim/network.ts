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

/** Every so many messages one is kept for replays, and at most so many. */
const recordEvery = 23;
const recordsMax = 256;

export class Weather implements NetworkPolicy {
  readonly #chance: Chance;
  readonly #options: SimOptions;
  /** `a>b`: what a sends does not reach b. `a>a` cuts a node's peer from its own executor. */
  readonly cuts = new Set<string>();
  /** Node -> how it stands to the server, when not well. */
  readonly #reach = new Map<string, Reach>();
  /** `n1/peer bulk` -> the server has cut this connection until then. */
  readonly #severed = new Map<string, number>();
  /** `n1/peer bulk` -> sender -> when the last of what is on its way there arrives. */
  readonly #arrivals = new Map<string, Map<string, number>>();
  /** `a>b` -> messages are held until this time. */
  readonly #clogs = new Map<string, number>();
  /** Old messages, in the order in which they were sent. */
  readonly #records: Passage[] = [];
  readonly #nowMs: () => number;
  #passages = 0;
  calm = false;

  constructor(options: SimOptions, chance: Chance, nowMs: () => number) {
    this.#options = options;
    this.#chance = chance;
    this.#nowMs = nowMs;
  }

  reach(process: string, lane: Lane): Reach {
    if (this.#isSevered(process, lane)) return 'down';
    return this.#reach.get(nodeOf(process)) ?? 'up';
  }

  setReach(node: string, reach: Reach): void {
    if (reach === 'up') this.#reach.delete(node);
    else this.#reach.set(node, reach);
  }

  /**
   * The server cuts a consumer that is too slow: all that was on its way there is lost, and it
   * comes back `backMs` later at the soonest.
   */
  sever(process: string, lane: Lane, backMs: number): void {
    const connection = `${process} ${lane}`;
    const drainedMs = Math.max(0, ...(this.#arrivals.get(connection)?.values() ?? []));
    this.#severed.set(connection, Math.max(drainedMs, this.#nowMs() + backMs));
  }

  clog(from: string, to: string, untilMs: number): void {
    const link = `${from}>${to}`;
    if (!this.calm) this.#clogs.set(link, Math.max(untilMs, this.#clogs.get(link) ?? 0));
  }

  /** Some messages of the past, of whatever term and life. */
  get records(): readonly Passage[] {
    return this.#records;
  }

  /** Only delay is left. */
  heal(): void {
    this.cuts.clear();
    this.#reach.clear();
    this.#severed.clear();
    this.#clogs.clear();
    this.calm = true;
  }

  delaysMs(passage: Passage): readonly number[] {
    const { to, lane } = passage;
    const from = nodeOf(passage.from);
    const link = `${from}>${nodeOf(to)}`;
    if (this.cuts.has(link) || this.#isSevered(to, lane)) return [];
    if (this.calm) return [this.#options.delayMs.least];
    const { loss, duplication } = this.#options;
    const own = from === nodeOf(to);
    if (this.#chance.happens(own ? loss / 4 : loss)) return [];
    const heldMs = Math.max(0, (this.#clogs.get(link) ?? 0) - this.#nowMs());
    const delayMs = this.#inOrder(passage, heldMs + this.#delayMs());
    this.#note(passage);
    if (!this.#chance.happens(duplication)) return [delayMs];
    return [delayMs, this.#inOrder(passage, delayMs + this.#delayMs())];
  }

  /** A connection delivers in order, where nothing reorders: behind what is on its way already. */
  #inOrder({ from, to, lane }: Passage, delayMs: number): number {
    const now = this.#nowMs();
    const { reorders, faults } = this.#options;
    if (reorders && !faults.includes('slow-consumer')) return delayMs;
    const arrivals = this.#arrivalsAt(to, lane);
    const lastMs = arrivals.get(from) ?? 0;
    const dueMs = reorders ? now + delayMs : Math.max(now + delayMs, lastMs);
    arrivals.set(from, Math.max(dueMs, lastMs));
    return dueMs - now;
  }

  #arrivalsAt(process: string, lane: Lane): Map<string, number> {
    const connection = `${process} ${lane}`;
    const known = this.#arrivals.get(connection);
    if (known !== undefined) return known;
    const fresh = new Map<string, number>();
    this.#arrivals.set(connection, fresh);
    return fresh;
  }

  #isSevered(process: string, lane: Lane): boolean {
    if (this.#severed.size === 0) return false;
    return this.#nowMs() <= (this.#severed.get(`${process} ${lane}`) ?? -1);
  }

  #note(passage: Passage): void {
    this.#passages += 1;
    if (!this.#options.faults.includes('replay') || this.#passages % recordEvery !== 0) return;
    this.#records.push(passage);
    if (this.#records.length > recordsMax) this.#records.splice(this.#chance.below(recordsMax), 1);
  }

  #delayMs(): number {
    const { least, spread } = this.#options.delayMs;
    return least + this.#chance.around(spread);
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
