/**
 * Raft drivers in virtual time: a clock that jumps from event to event, a wire and a network with a
 * fixed delay, and disks that keep what they synced. Small on purpose; it knows loss of nodes, cut
 * links, pauses and failing disks.
 */
import type { Sender, Wire } from '../../src/actors/wire.ts';
import { assert, present } from '../../src/base/assert.ts';
import {
  incarnation,
  type LogIndex,
  logIndex,
  monotonicMs,
  type NodeId,
  nodeId,
  type Term,
  wallMs,
} from '../../src/base/brand.ts';
import { decode, encode } from '../../src/base/codec.ts';
import { Heap } from '../../src/base/heap.ts';
import type { Cancellable, Clock, Network, ProbeAnswer } from '../../src/base/ports.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { RaftDriver } from '../../src/raft/driver.ts';
import type { RaftListener } from '../../src/raft/driver-options.ts';
import { defaultRaftSettings, type RaftSettings } from '../../src/raft/driver-settings.ts';
import type { Entry } from '../../src/raft/log-store.ts';
import { noMembers } from '../../src/raft/members.ts';
import { VirtualStore } from './virtual-store.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export interface WorldOptions {
  readonly names: readonly string[];
  readonly seed?: number;
  readonly settings?: Partial<RaftSettings>;
}

export interface RoleSeen {
  readonly role: string;
  readonly term: Term;
  readonly leader: NodeId | undefined;
}

/** One life of a node: whatever it scheduled dies with it. */
export class Life {
  readonly driver: RaftDriver;
  readonly delivered: Entry[] = [];
  readonly pages: number[] = [];
  readonly roles: RoleSeen[] = [];
  /** Who spoke to this node though it was removed. */
  readonly removedSpoke: NodeId[] = [];
  failure: Error | undefined;
  alive = true;
  pausedUntil = 0;
  onCommitted: (entries: readonly Entry[]) => void = () => {};

  constructor(make: (life: Life, listener: RaftListener) => RaftDriver) {
    this.driver = make(this, {
      committed: (entries, next) => {
        this.delivered.push(...entries);
        this.pages.push(entries.length);
        this.onCommitted(entries);
        next();
      },
      roleChanged: (change) => this.roles.push(change),
      failed: (error) => {
        this.failure = error;
      },
      memberForgot: (node) => assert(false, `G4: ${node} forgot nothing`),
      removedSpoke: (from) => this.removedSpoke.push(from.node),
    });
  }
}

export class VirtualWorld {
  now = 0;
  delayMs = 1;
  readonly stores = new Map<NodeId, VirtualStore>();
  readonly lives = new Map<NodeId, Life>();
  readonly voters: readonly NodeId[];
  readonly cuts = new Set<string>();
  readonly random: SeededRandom;
  readonly #settings: RaftSettings;
  readonly #inboxes = new Map<NodeId, (message: unknown, from: Sender) => void>();
  readonly #events = new Heap<Event>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  #order = 0;

  constructor(options: WorldOptions) {
    this.random = new SeededRandom(options.seed ?? 1);
    this.#settings = { ...defaultRaftSettings, ...options.settings };
    this.voters = options.names.map(nodeId);
    const voters = this.voters.map((node) => ({ node, incarnation: incarnation(`${node}.1`) }));
    for (const id of this.voters) {
      const formed = { ...noMembers, voters };
      this.stores.set(id, new VirtualStore(formed, (delayMs, run) => this.at(delayMs, run)));
      this.start(id, logIndex(0));
    }
  }

  life(id: NodeId): Life {
    return present(this.lives.get(id), `no node ${id}`);
  }

  driver(id: NodeId): RaftDriver {
    return this.life(id).driver;
  }

  store(id: NodeId): VirtualStore {
    return present(this.stores.get(id), `no store ${id}`);
  }

  start(id: NodeId, appliedIndex: LogIndex): void {
    const life = new Life((owner, listener) => {
      const clock = this.#clock(owner);
      return new RaftDriver({
        self: id,
        incarnation: incarnation(`${id}.1`),
        appliedIndex,
        clock,
        random: new SeededRandom(this.random.uint32()),
        network: this.#network(id, owner),
        aliveSubject: (node) => `alive.${node}`,
        wire: this.#wire(id, owner),
        store: this.store(id).open(),
        listener,
        sendSnapshot: (_to, _term, ended) => this.#forLife(owner, 0, () => ended(undefined)),
        ledgerIndex: () => owner.delivered.at(-1)?.index ?? appliedIndex,
        trace: silentTrace,
        settings: this.#settings,
      });
    });
    this.lives.set(id, life);
    life.driver.start();
  }

  /** As SIGKILL and a power cut in one: nothing more runs, and what is not synced is lost. */
  kill(id: NodeId): void {
    this.life(id).alive = false;
    this.#inboxes.delete(id);
    this.store(id).crash();
  }

  /** As SIGSTOP: whatever should run meanwhile runs when the pause ends, in order. */
  pause(id: NodeId, ms: number): void {
    this.life(id).pausedUntil = this.now + ms;
  }

  cut(a: NodeId, b: NodeId): void {
    this.cuts.add(`${a}>${b}`).add(`${b}>${a}`);
  }

  at(delayMs: number, run: () => void): void {
    this.#events.push({ at: this.now + delayMs, order: this.#order++, run });
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let event = this.#events.peek(); event && event.at <= end; event = this.#events.peek()) {
      this.#events.pop();
      this.now = event.at;
      event.run();
    }
    this.now = end;
  }

  /** Runs until `done`; an assert when that takes more than `ms` of virtual time. */
  runUntil(done: () => boolean, ms = 30_000): void {
    const end = this.now + ms;
    while (!done()) {
      const event = this.#events.pop();
      assert(event !== undefined && event.at <= end, `not within ${ms} ms`);
      this.now = event.at;
      event.run();
    }
  }

  /** The node that leads and has delivered its own no-op. */
  leader(): NodeId | undefined {
    return this.voters.find((id) => {
      const { alive, driver, delivered } = this.life(id);
      const { role, term } = driver.status();
      return alive && role === 'leader' && delivered.at(-1)?.term === term;
    });
  }

  awaitLeader(): NodeId {
    this.runUntil(() => this.leader() !== undefined);
    return present(this.leader(), 'there is a leader');
  }

  /** Runs `run` for this life: not when it has ended, and not before its pause ends. */
  #forLife(life: Life, delayMs: number, run: () => void): void {
    this.at(delayMs, () => {
      if (!life.alive) return;
      if (life.pausedUntil > this.now) this.#forLife(life, life.pausedUntil - this.now, run);
      else run();
    });
  }

  #clock(life: Life): Clock {
    return {
      monotonicMs: () => monotonicMs(this.now),
      wallMs: () => wallMs(this.now),
      after: (delayMs, run) => {
        let cancelled = false;
        this.#forLife(life, delayMs, () => {
          if (!cancelled) run();
        });
        return { cancel: () => (cancelled = true) };
      },
      soon: (run) => this.#forLife(life, 0, run),
    };
  }

  #network(id: NodeId, life: Life): Network {
    const answer = (subject: string): ProbeAnswer => {
      const target = this.voters.find((voter) => subject === `alive.${voter}`);
      if (target === undefined || this.cuts.has(`${id}>${target}`)) return 'silence';
      const { alive, pausedUntil } = this.life(target);
      if (!alive) return 'nobody';
      return pausedUntil > this.now ? 'silence' : 'answered';
    };
    return {
      publish: () => assert(false, 'the driver publishes nothing itself'),
      subscribe: () => ({ cancel: () => {} }),
      probe: (subject, timeoutMs, done) => {
        const learned = answer(subject);
        const delayMs = learned === 'silence' ? timeoutMs : 2 * this.delayMs;
        this.#forLife(life, delayMs, () => done(learned));
      },
      maxPayloadBytes: () => 2 ** 20,
      connected: () => true,
      counters: () => ({ reconnects: 0, slowConsumerCuts: 0 }),
    };
  }

  #wire(id: NodeId, life: Life): Wire {
    const self: Sender = { node: id, side: 'peer', incarnation: incarnation(`${id}.1`) };
    return {
      self,
      send: (to, _inbox, _lane, message) => {
        assert(life.failure === undefined, 'I15: a node with a failed disk sends nothing');
        assert(to !== 'all', 'Raft names its receivers');
        const bytes = encode(message);
        const targets: readonly NodeId[] = typeof to === 'string' ? [to] : to;
        for (const target of targets) this.#carry({ from: self, to: target, bytes });
      },
      listen: (_inbox, receive): Cancellable => {
        this.#inboxes.set(id, receive);
        return { cancel: () => this.#inboxes.delete(id) };
      },
    };
  }

  /** Also for tests that forge a message. */
  inject(to: NodeId, from: Sender, message: unknown): void {
    this.#carry({ from, to, bytes: encode(message) });
  }

  #carry(letter: { from: Sender; to: NodeId; bytes: Uint8Array }): void {
    const { from, to, bytes } = letter;
    const life = this.life(to);
    this.#forLife(life, this.delayMs, () => {
      if (this.cuts.has(`${from.node}>${to}`)) return;
      this.#inboxes.get(to)?.(decode(bytes), from);
    });
  }
}
