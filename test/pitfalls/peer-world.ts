/**
 * A cluster of whole peers in virtual time, one event at a time: what the network does to their
 * messages, and what they say. The commands of a scenario decide what goes wrong.
 */
import { assert, present } from '../../src/base/assert.ts';
import { incarnation, type NodeId, nodeId } from '../../src/base/brand.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { ReadonlyState } from '../../src/model/readonly-state.ts';
import { memberDeskDefaults } from '../../src/node/member-desk.ts';
import type { Peer, PeerSettings } from '../../src/node/peer.ts';
import { defaultRaftSettings } from '../../src/raft/driver-settings.ts';
import { defaultGatewayTimes } from '../../src/scheduler/gateway.ts';
import type { Voter } from '../../src/storage/identity.ts';
import { ledgerDefaults } from '../../src/storage/ledger.ts';
import { MemoryHub, type NetworkPolicy } from '../../src/transport/memory.ts';
import { StepClock } from '../ports/disk-clock.ts';
import { type Letter, type NodeWitness, PeerNode } from './peer-node.ts';

/** In virtual time; whatever takes longer does not happen at all. */
const patienceMs = 120_000;
/** Of all messages, in bad weather. */
const struckShare = 0.25;

/** When each copy of a message that is struck arrives, in milliseconds. */
const weathers = { calm: [1], lose: [], double: [1, 30], delay: [200] } as const;

export type Weather = keyof typeof weathers;

export interface WorldOptions {
  readonly names: readonly string[];
  /** What differs from the settings of a node, by the names of the language. */
  readonly fields: ReadonlyMap<string, string>;
  readonly said: (node: NodeId, text: string) => void;
}

export class PeerWorld {
  readonly clock = new StepClock();
  readonly nodes = new Map<NodeId, PeerNode>();
  /** `a>b`: what a sends does not reach b. */
  readonly cuts = new Set<string>();
  weather: Weather = 'calm';
  /** The newest index that anybody has committed. */
  committed = 0;
  /** Everything that was said, as `node text`. */
  readonly said: string[] = [];
  readonly #options: WorldOptions;
  readonly #hub: MemoryHub;
  readonly #chance = new SeededRandom(7);
  /** By `a>c kind`: how many such messages pass, and those that came behind them. */
  readonly #holds = new Map<string, { passes: number; readonly letters: Letter[] }>();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#hub = new MemoryHub({ clock: this.clock, policy: this.#policy() });
    const names = options.names.map(nodeId);
    const voters = names.map((node) => ({ node, incarnation: incarnation(`${node}.1`) }));
    for (const id of names) {
      this.nodes.set(id, this.#make(id, voters));
      this.node(id).start();
    }
  }

  node(name: string): PeerNode {
    return present(this.nodes.get(nodeId(name)), `no node ${name}`);
  }

  /** A second machine with a copy of the directory. */
  clone(original: PeerNode, name: string): void {
    const twin = this.#make(original.id, undefined);
    twin.disk.restore(original.disk.backup());
    this.nodes.set(nodeId(name), twin);
  }

  leader(): PeerNode | undefined {
    return [...this.nodes.values()].find(({ peer }) => peer?.raft.status().role === 'leader');
  }

  /** Steps until `done`; an assert when that takes too long. */
  until(done: () => boolean, what: string): void {
    const endMs = this.clock.monotonicMs() + patienceMs;
    while (!done()) {
      const isOver = this.clock.monotonicMs() > endMs || !this.clock.step();
      assert(!isOver, `${what}: not in time; ${this.said.slice(-5).join('; ')}`);
    }
  }

  pass(ms: number): void {
    let over = false;
    this.clock.after(ms, () => {
      over = true;
    });
    while (!over) this.clock.step();
  }

  /** Live rows of a node, once they are committed there. */
  look<T>(peer: Peer, select: (state: ReadonlyState) => T): T {
    const found: T[] = [];
    peer.read(select, (value) => found.push(value));
    this.until(() => found.length > 0, 'a look');
    return found[0] as T;
  }

  hasAll({ peer }: PeerNode): boolean {
    return (peer?.ledger.appliedIndex ?? 0) >= this.committed;
  }

  hold(key: string, passes: number): void {
    this.#holds.set(key, { passes, letters: [] });
  }

  /** Delivers the first `count` that were held; the others are lost. */
  release(key: string, count: number): void {
    const { letters } = present(this.#holds.get(key), `nothing is held: ${key}`);
    this.#holds.delete(key);
    for (const { deliver } of letters.slice(0, count)) deliver();
  }

  #make(id: NodeId, voters: readonly Voter[] | undefined): PeerNode {
    const { names, fields } = this.#options;
    return new PeerNode({
      ...{ id, voters, hub: this.#hub, clock: this.clock, seed: this.nodes.size + 1 },
      votersWanted: names.length,
      settings: peerSettings(names.length, fields),
      witness: this.#witness(),
    });
  }

  #policy(): NetworkPolicy {
    return {
      reach: () => 'up',
      delaysMs: ({ from, to }) => {
        if (this.cuts.has(`${from}>${to}`)) return [];
        const isStruck = this.weather !== 'calm' && this.#chance.fraction() < struckShare;
        return weathers[isStruck ? this.weather : 'calm'];
      },
    };
  }

  #witness(): NodeWitness {
    const say = (node: NodeId, text: string): void => {
      this.said.push(`${node} ${text}`);
      this.#options.said(node, text);
    };
    return {
      arrived: (letter) => {
        const hold = this.#holds.get(`${letter.from}>${letter.to} ${kindOf(letter.message)}`);
        if (hold === undefined || hold.passes-- > 0) letter.deliver();
        else hold.letters.push(letter);
      },
      traced: (node, name, { from, reason }) => {
        const text = told[name]?.({ from, reason });
        if (text !== undefined) say(node, text);
      },
      committed: (_node, turn) => {
        this.committed = Math.max(this.committed, turn.index);
      },
      said: say,
    };
  }
}

type Told = (fields: { readonly from: unknown; readonly reason: unknown }) => string;

/** Trace events that a scenario shows. */
const told: Readonly<Record<string, Told>> = {
  'snapshot.begun': ({ from }) => `receives a snapshot from ${from}`,
  'snapshot.installed': ({ from }) => `installed the snapshot of ${from}`,
  'snapshot.refused': ({ from }) => `refuses the snapshot of ${from}`,
  'raft.hands-over': ({ reason }) => `hands over: ${reason}`,
  'state.digest-differs': () => 'has another state than the others',
};

const kindOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;

const peerSettings = (votersWanted: number, fields: ReadonlyMap<string, string>): PeerSettings => ({
  raft: {
    ...defaultRaftSettings,
    logEntriesKept: Number(fields.get('kept') ?? defaultRaftSettings.logEntriesKept),
    logEntriesMax: Number(fields.get('most') ?? defaultRaftSettings.logEntriesMax),
    commitPageBytes: Number(fields.get('commit') ?? defaultRaftSettings.commitPageBytes),
  },
  scheduler: { leaseMs: 10_000, graceMs: 2000, horizonMax: 4 },
  ledger: { ...ledgerDefaults, windowMs: 20 },
  gateway: { ...defaultGatewayTimes, patienceMs: 4000 },
  snapshotPageBytes: Number(fields.get('page') ?? 600),
  members: { ...memberDeskDefaults, votersWanted, replaceDead: false, stableMs: 3000 },
});
