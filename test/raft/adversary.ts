/**
 * An adversary drives the pure core: messages are lost, doubled, reordered and delivered late,
 * nodes crash and forget what is not synced, disks answer late and in parts, logs are compacted,
 * members come and go, and nodes lose all their data. Never more than the cluster can bear: in
 * every configuration that anybody may still adopt, a majority has its data.
 */
import { present } from '../../src/base/assert.ts';
import { logIndex, type NodeId } from '../../src/base/brand.ts';
import { below, SeededRandom } from '../../src/base/random.ts';
import {
  changeMembers,
  decodeMembers,
  type MemberChange,
  type Members,
} from '../../src/raft/members.ts';
import { quorumSize } from '../../src/raft/quorum.ts';
import { CoreCluster, type Flight } from './core-cluster.ts';

/** Swarm style: each seed has its own mixture of faults. */
interface Mixture {
  readonly loss: number;
  readonly double: number;
  readonly reorder: number;
  readonly crash: number;
  readonly sync: number;
  readonly cut: number;
  readonly hint: number;
  readonly change: number;
  readonly compact: number;
  readonly snapshot: number;
  readonly wipe: number;
  /**
   * The share of ticks that one node misses: a leader that stalls learns late that it is deposed.
   */
  readonly missedTicks: number;
}

const names = ['a', 'b', 'c', 'd', 'e'];
const changes = ['add-learner', 'promote', 'demote', 'remove'] as const;

export class Adversary {
  readonly random: SeededRandom;
  readonly cluster: CoreCluster;
  readonly #mixture: Mixture;
  readonly #down = new Set<NodeId>();
  #cuts = new Set<string>();
  #proposals = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.random = random;
    const first = 1 + below(random, names.length);
    const chance = (max: number): number => (random.fraction() < 0.4 ? 0 : random.fraction() * max);
    this.#mixture = {
      loss: chance(0.3),
      double: chance(0.3),
      reorder: chance(1),
      crash: chance(0.01),
      sync: 0.05 + random.fraction() * 0.4,
      cut: chance(0.01),
      hint: chance(0.02),
      change: chance(0.08),
      compact: chance(0.1),
      snapshot: 0.01 + random.fraction() * 0.1,
      wipe: chance(0.01),
      missedTicks: random.fraction() < 0.5 ? 0.95 : 0,
    };
    this.cluster = new CoreCluster({
      names: names.slice(0, first),
      spares: names.slice(first),
      random: (node) => new SeededRandom(random.uint32() ^ node.charCodeAt(0)),
      settings: {
        electionTicksMin: 10,
        electionTicksMax: 20,
        diskHangTicks: 5 + below(random, 20),
        maxAppendBytes: 33 * (1 + below(random, 6)),
        maxInflightAppends: 1 + below(random, 4),
        maxUncommittedEntries: 10 + below(random, 30),
        promoteLagMax: below(random, 20),
      },
    });
  }

  run(count: number): void {
    for (let event = 0; event < count; event++) this.#event();
  }

  /** Faults stop: within a bounded time one leader commits something new on every member. */
  heal(): boolean {
    const { cluster } = this;
    for (const id of this.#down) cluster.start(id);
    for (let tick = 0; tick < 200; tick++) {
      for (const id of cluster.ids) cluster.step(id, { kind: 'tick' });
      if (!cluster.settle()) return false;
      const leader = cluster.ids.find((id) => cluster.node(id).raft?.view.role === 'leader');
      if (tick > 150 && leader !== undefined) cluster.propose(leader, `healed ${tick}`);
    }
    cluster.settle();
    const { committed, members } = cluster.checker;
    const alive = [...members.voters, ...members.learners].filter(
      ({ node, incarnation }) => cluster.node(node).incarnation === incarnation,
    );
    const applied = alive.map(({ node }) => cluster.node(node).applied);
    return applied.every((index) => index === committed.length && index > 10);
  }

  #event(): void {
    const { random, cluster } = this;
    const mixture = this.#mixture;
    const id = this.#anyNode();
    const dice = random.fraction();
    if (dice < mixture.crash) this.#crashOrStart(id);
    else if (random.fraction() < mixture.cut) this.#recut();
    else if (random.fraction() < mixture.hint) this.#hint(id);
    else if (random.fraction() < mixture.change) this.#change();
    else if (random.fraction() < mixture.compact) this.#compact(id);
    else if (random.fraction() < mixture.snapshot) this.#snapshot(id);
    else if (random.fraction() < mixture.wipe) this.#wipe(id);
    else if (random.fraction() < mixture.sync) cluster.sync(id, 1 + below(random, 3));
    else if (dice > 0.93) this.#tick(id);
    else if (dice > 0.89) cluster.propose(this.#likelyLeader(), `p${this.#proposals++}`);
    else if (dice > 0.87) cluster.read(this.#likelyLeader());
    else if (dice > 0.868) cluster.step(id, { kind: 'transfer', to: this.#anyNode() });
    else this.#deliverOne();
  }

  #deliverOne(): void {
    const { random, cluster } = this;
    const { network } = cluster;
    if (network.length === 0) {
      this.#tickAll();
      return;
    }
    // Bounded by loss of the oldest, as a bus with no memory loses.
    if (network.length > 400) network.splice(0, 100);
    const place = random.fraction() < this.#mixture.reorder ? below(random, network.length) : 0;
    const flight = network[place];
    if (flight === undefined) return;
    if (random.fraction() >= this.#mixture.double) network.splice(place, 1);
    if (random.fraction() < this.#mixture.loss || this.#isCut(flight)) return;
    cluster.deliver(flight);
  }

  #tickAll(): void {
    for (const id of this.cluster.ids) this.#tick(id);
  }

  #tick(id: NodeId): void {
    const misses = id === this.cluster.ids[0] ? this.#mixture.missedTicks : 0;
    if (this.random.fraction() >= misses) this.cluster.step(id, { kind: 'tick' });
  }

  #crashOrStart(id: NodeId): void {
    if (this.#down.delete(id)) {
      this.cluster.start(id);
    } else {
      this.cluster.crash(id);
      this.#down.add(id);
    }
  }

  #recut(): void {
    this.#cuts = new Set();
    if (this.random.fraction() < 0.4) return;
    if (this.random.fraction() < 0.5) {
      this.#cutOff(this.#likelyLeader());
      return;
    }
    for (let count = below(this.random, 6); count > 0; count--) {
      this.#cuts.add(`${this.#anyNode()}>${this.#anyNode()}`);
    }
  }

  #hint(id: NodeId): void {
    const leader = this.cluster.node(id).raft?.view.leader;
    if (leader !== undefined) this.cluster.step(id, { kind: 'leader-may-be-dead', leader });
  }

  #change(): void {
    const { random, cluster } = this;
    const leader = this.#likelyLeader();
    const view = cluster.node(leader).raft?.view;
    const kind = present(changes[below(random, changes.length)], 'one of the kinds');
    const node = this.#anyNode();
    if (view === undefined) return;
    const member = { node, incarnation: cluster.node(node).incarnation };
    const change: MemberChange = kind === 'add-learner' ? { kind, member } : { kind, node };
    const changed = changeMembers(view.members.members, change);
    if (changed.ok && !this.#bears(changed.value)) return;
    cluster.step(leader, { kind: 'change-members', change });
    if (random.fraction() < 0.2) this.#cutOff(leader);
  }

  /** All but one node at most lose sight of it: its last entry stays rare. */
  #cutOff(alone: NodeId): void {
    const friend = this.#anyNode();
    const others = this.cluster.ids.filter((id) => id !== friend);
    this.#cuts = new Set(others.flatMap((id) => [`${id}>${alone}`, `${alone}>${id}`]));
  }

  #compact(id: NodeId): void {
    const { applied } = this.cluster.node(id);
    const to = logIndex(Math.max(0, applied - below(this.random, 10)));
    this.cluster.step(id, { kind: 'compact', to });
  }

  #snapshot(leader: NodeId): void {
    const { snapshots } = this.cluster.node(leader);
    for (const to of snapshots) {
      if (this.random.fraction() < 0.7 && this.cluster.carrySnapshot(leader, to)) return;
      snapshots.delete(to);
      this.cluster.step(leader, { kind: 'snapshot-ended', to, index: undefined });
    }
  }

  #wipe(id: NodeId): void {
    if (!this.#everyMembers().every((members) => this.#bears(members, id))) return;
    this.cluster.wipe(id);
    this.#down.delete(id);
  }

  /** Whether a majority of voters has its data, without `lost`. */
  #bears({ voters }: Members, lost?: NodeId): boolean {
    const { cluster } = this;
    const alive = voters.filter(
      ({ node, incarnation }) => node !== lost && cluster.node(node).incarnation === incarnation,
    );
    return voters.length === 0 || alive.length >= quorumSize(voters.length);
  }

  /** All configurations that lie somewhere: in a log, in memory or on its way. */
  #everyMembers(): Members[] {
    const { cluster } = this;
    const everywhere = [...cluster.nodes.values()].flatMap(({ memory, disk }) =>
      [memory, disk].flatMap((log) => [log.base.members, ...log.members().map((at) => at.members)]),
    );
    const travelling = cluster.network.flatMap(({ message }) =>
      message.kind === 'append'
        ? message.entries.flatMap(({ payload }) => decodeMembers(payload) ?? [])
        : [],
    );
    return [...everywhere, ...travelling];
  }

  #isCut(flight: Flight): boolean {
    return this.#cuts.has(`${flight.from}>${flight.to}`);
  }

  /** Any node, but more often one that believes that it leads. */
  #likelyLeader(): NodeId {
    const { cluster } = this;
    const leaders = cluster.ids.filter((id) => cluster.node(id).raft?.view.role === 'leader');
    return leaders[below(this.random, leaders.length + 1)] ?? this.#anyNode();
  }

  #anyNode(): NodeId {
    const { ids } = this.cluster;
    return present(ids[below(this.random, ids.length)], 'there are nodes');
  }
}
