/**
 * One node of a scenario: a machine with a simulated disk, and on it the production's own peer over
 * the production's own postbox. It starts as a node does: by its identity, by joining when it
 * has no data, and anew when its directory cannot be trusted.
 */
import type { Sender, Wire } from '../../src/actors/wire.ts';
import { present } from '../../src/base/assert.ts';
import { clusterId, type Incarnation, incarnation, type NodeId } from '../../src/base/brand.ts';
import type { Cancellable, Clock, Network } from '../../src/base/ports.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { TraceFields } from '../../src/base/trace.ts';
import { Joining } from '../../src/node/joining.ts';
import { openPeer, type Peer, type PeerSettings } from '../../src/node/peer.ts';
import type { PeerFailure } from '../../src/node/peer-failure.ts';
import { noMembers } from '../../src/raft/members.ts';
import type { CommittedTurn } from '../../src/scheduler/world.ts';
import {
  type Identity,
  readIdentity,
  type Voter,
  writeIdentity,
} from '../../src/storage/identity.ts';
import { MemoryDisk } from '../../src/storage/memory.ts';
import { healDirectory } from '../../src/storage/set-aside.ts';
import type { MemoryHub, MemoryNetwork } from '../../src/transport/memory.ts';
import { Postbox } from '../../src/transport/postbox.ts';
import { aliveSubject } from '../../src/transport/subjects.ts';
import { Process } from './process.ts';

const clusterName = 'pitfalls';
const key = new Uint8Array(32).fill(7);

/** What arrives at a node and is not delivered yet. */
export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: unknown;
  readonly deliver: () => void;
}

export interface NodeWitness {
  arrived(letter: Letter): void;
  traced(node: NodeId, name: string, fields: TraceFields): void;
  committed(node: NodeId, turn: CommittedTurn): void;
  /** The node has ended, or tells what it does about it. */
  said(node: NodeId, text: string): void;
}

export interface NodeOptions {
  readonly id: NodeId;
  /** Undefined for a node that joins. */
  readonly voters: readonly Voter[] | undefined;
  readonly votersWanted: number;
  readonly clock: Clock;
  readonly hub: MemoryHub;
  readonly seed: number;
  readonly settings: PeerSettings;
  readonly witness: NodeWitness;
}

interface Life {
  readonly process: Process;
  readonly network: MemoryNetwork;
  peer: Peer | undefined;
}

export class PeerNode {
  readonly id: NodeId;
  readonly disk: MemoryDisk;
  readonly #given: NodeOptions;
  #life: Life | undefined;
  #lives = 0;
  /** Why the directory is not to be trusted, as the life before has found out. */
  #damage: string | undefined;
  #syncMs = 1;
  /** Until then no sync ends. */
  #hungUntilMs = 0;
  /** So many syncs from now the power fails; 0: it does not. */
  #strikeIn = 0;

  constructor(given: NodeOptions) {
    this.#given = given;
    this.id = given.id;
    const { clock, seed } = given;
    const enter = (run: () => void): void => {
      if (this.#life === undefined) run();
      else this.#life.process.enter(run);
    };
    this.disk = new MemoryDisk({
      clock: {
        ...{ monotonicMs: () => clock.monotonicMs(), wallMs: () => clock.wallMs() },
        after: (delayMs, run) => clock.after(delayMs, () => enter(run)),
        soon: (run) => clock.soon(() => enter(run)),
      },
      random: new SeededRandom(seed),
      syncLatencyMs: () => this.#beginSync(),
    });
  }

  /** Undefined while it is down, and while it opens or joins. */
  get peer(): Peer | undefined {
    return this.#life?.peer;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  start(): void {
    const { clock, hub } = this.#given;
    this.#lives += 1;
    const network = hub.join(this.id);
    const life: Life = { process: new Process(clock), network, peer: undefined };
    this.#life = life;
    const expected = { clusterName, node: this.id };
    readIdentity({ disk: this.disk, expected }, (found) => {
      if (!found.ok) this.#startOver(undefined, 'IDENTITY_CORRUPT');
      else if (this.#damage !== undefined) this.#startOver(found.value, this.#damage);
      else if (found.value !== undefined) this.#enter(life, found.value);
      else this.#writeIdentity(this.#newIdentity(), (identity) => this.#enter(life, identity));
    });
  }

  pause(ms: number): void {
    present(this.#life, `${this.id} is down`).process.pause(ms);
  }

  slow(syncMs: number): void {
    this.#syncMs = syncMs;
  }

  hang(ms: number): void {
    this.#hungUntilMs = this.#given.clock.monotonicMs() + ms;
  }

  /** The power fails in the `count`-th sync from now on. */
  strikeIn(count: number): void {
    this.#strikeIn = count;
  }

  /** As SIGKILL; with `powerLoss` also what was not synced is lost. */
  kill(powerLoss = false): void {
    this.#life?.process.end();
    this.#life?.network.kill();
    this.#life = undefined;
    this.disk.crash({ loseUnsynced: powerLoss });
  }

  /** How long the sync takes that begins now; the power may fail while it is under way. */
  #beginSync(): number {
    const { clock, witness } = this.#given;
    if (this.#strikeIn > 0 && --this.#strikeIn === 0) {
      const life = this.#life;
      clock.after(this.#syncMs / 2, () => {
        if (this.#life !== life) return;
        witness.said(this.id, 'loses power');
        this.kill(true);
      });
    }
    return this.#syncMs + Math.max(0, this.#hungUntilMs - clock.monotonicMs());
  }

  #newIdentity(): Identity {
    const first = this.#lives === 1 ? this.#given.voters : undefined;
    return {
      ...{ clusterName, clusterId: clusterId('c1'), node: this.id, hasStores: false },
      incarnation: this.#incarnation(),
      voters: first ?? [],
    };
  }

  #incarnation(): Incarnation {
    return incarnation(`${this.id}.${this.#lives}`);
  }

  #writeIdentity(identity: Identity, done: (identity: Identity) => void): void {
    writeIdentity({ disk: this.disk, identity }, (error) => {
      if (error === undefined) done(identity);
      else this.#ended({ kind: 'storage', why: error.message });
    });
  }

  /** As a node does that finds its directory damaged: it keeps it apart and joins anew. */
  #startOver(identity: Identity | undefined, why: string): void {
    const { id, disk } = this;
    this.#damage = undefined;
    const expected = { clusterName, node: id, expect: this.#given.votersWanted };
    const newIncarnation = this.#incarnation();
    healDirectory({ disk, identity, expected, why, newIncarnation }, (healed) => {
      const life = present(this.#life, 'it runs');
      if (healed.ok) this.#given.witness.said(id, 'sets its directory aside');
      if (healed.ok) this.#enter(life, healed.value);
      else this.#ended({ kind: 'damaged', why: healed.error.kind });
    });
  }

  #enter(life: Life, identity: Identity): void {
    const wire = this.#wire(life, identity);
    if (identity.hasStores || identity.voters?.length !== 0) {
      this.#open(life, identity, wire);
      return;
    }
    this.#given.witness.said(this.id, 'asks to join');
    // It ends with its process, whose clock and wire are all that it has.
    new Joining({
      wire,
      clock: life.process.clock,
      welcomed: () => this.#open(life, identity, wire),
      refused: (code) => this.#ended({ kind: 'identity', why: code }),
    });
  }

  #open(life: Life, identity: Identity, wire: Wire): void {
    const { settings, witness } = this.#given;
    const { clock } = life.process;
    let { hasStores } = identity;
    const open = (): void =>
      openPeer(
        {
          ...{ self: this.id, incarnation: identity.incarnation, clock, wire, settings },
          members: { ...noMembers, voters: identity.voters ?? [] },
          random: this.#random(),
          network: entering(life),
          disk: this.disk,
          aliveSubject: (node) => aliveSubject(clusterName, node),
          create: !hasStores,
          trace: (_level, name, fields = {}) => witness.traced(this.id, name, fields),
          committed: (turn) => witness.committed(this.id, turn),
          leaderIs: () => {},
          replaced: () => {
            life.peer = undefined;
            open();
          },
          onFailure: (failure) => this.#ended(failure),
        },
        (result) => {
          if (!result.ok) {
            this.#ended(result.error);
            return;
          }
          const peer = result.value;
          life.peer = peer;
          if (hasStores) {
            peer.start();
            return;
          }
          hasStores = true;
          this.#writeIdentity({ ...identity, hasStores }, () => peer.start());
        },
      );
    open();
  }

  #ended(failure: PeerFailure): void {
    this.#given.witness.said(this.id, `ends: ${failure.kind}, ${failure.why.split(/[: ]/)[0]}`);
    if (failure.kind === 'damaged') this.#damage = failure.why;
    this.kill();
  }

  #wire(life: Life, identity: Identity): Wire {
    const self: Sender = { node: this.id, side: 'peer', incarnation: identity.incarnation };
    const { clock } = life.process;
    const network = entering(life);
    const postbox = new Postbox({
      ...{ network, clock, random: this.#random(), self, clusterName, key, clusterId: 'c1' },
    });
    return {
      self,
      send: (to, inbox, lane, message) => postbox.send(to, inbox, lane, message),
      listen: (inbox, receive): Cancellable => {
        let open = true;
        const listener = postbox.listen(inbox, (message, from) => {
          const deliver = (): void =>
            life.process.enter(() => {
              if (open) receive(message, from);
            });
          this.#given.witness.arrived({ from: from.node, to: this.id, message, deliver });
        });
        return {
          cancel: () => {
            open = false;
            listener.cancel();
          },
        };
      },
    };
  }

  #random(): SeededRandom {
    return new SeededRandom(this.#given.seed * 1000 + this.#lives);
  }
}

/** The network of a process: what arrives waits while the process is paused. */
function entering({ network, process }: Life): Network {
  return {
    publish: (lane, subject, payload) => network.publish(lane, subject, payload),
    subscribe: (lane, subject, receive) =>
      network.subscribe(lane, subject, (payload, reply) =>
        process.enter(() => receive(payload, reply)),
      ),
    probe: (subject, timeoutMs, done) =>
      network.probe(subject, timeoutMs, (answer) => process.enter(() => done(answer))),
    maxPayloadBytes: () => network.maxPayloadBytes(),
    connected: (lane) => network.connected(lane),
    counters: () => network.counters(),
  };
}
