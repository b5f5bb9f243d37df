/**
 * An adversary drives the pure core: messages are lost, doubled, reordered and delivered late,
 * nodes crash and forget what is not synced, disks answer late and in parts. After each event the
 * safety checker looks; at the end faults stop and the cluster has to agree.
 */
import { expect, test } from 'vitest';
import type { NodeId } from '../../src/base/brand.ts';
import { below, SeededRandom } from '../../src/base/random.ts';
import { CoreCluster, type Flight } from './core-cluster.ts';

const firstSeed = Number(process.env.SKEIN_RAFT_SEED ?? 1);
const seeds = Number(process.env.SKEIN_RAFT_SEEDS ?? 150);
const events = Number(process.env.SKEIN_RAFT_EVENTS ?? 2500);

/** Swarm style: each seed has its own mixture of faults. */
interface Mixture {
  readonly loss: number;
  readonly double: number;
  readonly reorder: number;
  readonly crash: number;
  readonly sync: number;
  readonly cut: number;
  readonly hint: number;
  /**
   * The share of ticks that one node misses: a leader that stalls learns late that it is deposed.
   */
  readonly missedTicks: number;
}

class Adversary {
  readonly random: SeededRandom;
  readonly cluster: CoreCluster;
  readonly #mixture: Mixture;
  readonly #down = new Set<NodeId>();
  #cuts = new Set<string>();
  #proposals = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.random = random;
    const names = ['a', 'b', 'c', 'd', 'e'].slice(0, 1 + below(random, 5));
    const chance = (max: number): number => (random.fraction() < 0.4 ? 0 : random.fraction() * max);
    this.#mixture = {
      loss: chance(0.3),
      double: chance(0.3),
      reorder: chance(1),
      crash: chance(0.01),
      sync: 0.05 + random.fraction() * 0.4,
      cut: chance(0.01),
      hint: chance(0.02),
      missedTicks: random.fraction() < 0.5 ? 0.95 : 0,
    };
    this.cluster = new CoreCluster({
      names,
      random: (node) => new SeededRandom(random.uint32() ^ node.charCodeAt(0)),
      settings: {
        electionTicksMin: 10,
        electionTicksMax: 20,
        maxAppendBytes: 33 * (1 + below(random, 6)),
        maxInflightAppends: 1 + below(random, 4),
        maxUncommittedEntries: 10 + below(random, 30),
      },
    });
  }

  run(count: number): void {
    for (let event = 0; event < count; event++) this.#event();
  }

  /** Faults stop: within a bounded time one leader commits something new on every node. */
  heal(): boolean {
    const { cluster } = this;
    for (const id of this.#down) cluster.start(id);
    for (let tick = 0; tick < 200; tick++) {
      for (const id of cluster.voters) cluster.step(id, { kind: 'tick' });
      if (!cluster.settle()) return false;
      const leader = cluster.voters.find((id) => cluster.node(id).raft?.view.role === 'leader');
      if (tick > 150 && leader !== undefined) cluster.propose(leader, `healed ${tick}`);
    }
    cluster.settle();
    const applied = cluster.voters.map((id) => cluster.node(id).applied);
    return applied.every((index) => index === cluster.checker.committed.length && index > 10);
  }

  #event(): void {
    const { random, cluster } = this;
    const mixture = this.#mixture;
    const id = this.#anyNode();
    const dice = random.fraction();
    if (dice < mixture.crash) this.#crashOrStart(id);
    else if (random.fraction() < mixture.cut) this.#recut();
    else if (random.fraction() < mixture.hint) this.#hint(id);
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
    for (const id of this.cluster.voters) this.#tick(id);
  }

  #tick(id: NodeId): void {
    const misses = id === this.cluster.voters[0] ? this.#mixture.missedTicks : 0;
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
      const alone = this.#likelyLeader();
      for (const id of this.cluster.voters) this.#cuts.add(`${id}>${alone}`).add(`${alone}>${id}`);
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

  #isCut(flight: Flight): boolean {
    return this.#cuts.has(`${flight.from}>${flight.to}`);
  }

  /** Any node, but more often one that believes that it leads. */
  #likelyLeader(): NodeId {
    const { cluster } = this;
    const leaders = cluster.voters.filter((id) => cluster.node(id).raft?.view.role === 'leader');
    return leaders[below(this.random, leaders.length + 1)] ?? this.#anyNode();
  }

  #anyNode(): NodeId {
    const { voters } = this.cluster;
    return voters[below(this.random, voters.length)]!;
  }
}

test('raft: the core keeps its invariants under an adversary and agrees when faults stop', () => {
  let reads = 0;
  let committed = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const adversary = new Adversary(seed);
    try {
      adversary.run(events);
      expect(adversary.heal(), 'the cluster heals').toBe(true);
    } catch (error) {
      throw new Error(`SKEIN_RAFT_SEED=${seed} SKEIN_RAFT_SEEDS=1 repeats it`, { cause: error });
    }
    reads += adversary.cluster.checker.readsAnswered;
    committed += adversary.cluster.checker.committed.length;
  }
  expect(reads).toBeGreaterThan(seeds);
  expect(committed).toBeGreaterThan(10 * seeds);
});
