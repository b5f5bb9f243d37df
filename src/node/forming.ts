/**
 * Forming: N nodes that were started alike become one cluster, once. Two-phase commit with the
 * smallest name as coordinator: it proposes a cluster to the nodes that it hears; when every one of
 * them has accepted, its decision is announced with every hello, and the others follow it.
 *
 * Owns: what this node has heard and promised while it has no cluster.
 * Does not own: the identity file; `node` writes it before it acts on what was formed.
 *
 * Invariants:
 *   F1  A node has accepted at most one proposal at a time, and every voter of a formed cluster has
 *       accepted it. Two clusters formed at one time have therefore no voter in common.
 *   F2  A node founds an announced cluster only if it is listed there with its own incarnation: a
 *       node that lost its data is not the voter that it was (P47). All others have to join.
 */
import type { Sender, Wire } from '../actors/wire.ts';
import { type ClusterId, clusterId, type NodeId } from '../base/brand.ts';
import type { Cancellable, Clock, Random } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { Voter } from '../storage/identity.ts';

export interface FormedCluster {
  readonly clusterId: ClusterId;
  readonly voters: readonly Voter[];
}

type Hello =
  | { readonly kind: 'hello'; readonly expect: number; readonly formed: FormedCluster | null }
  | { readonly kind: 'propose'; readonly cluster: FormedCluster }
  | { readonly kind: 'accept'; readonly clusterId: ClusterId }
  | { readonly kind: 'withdraw'; readonly clusterId: ClusterId };

export interface FormingOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  readonly inbox: string;
  /** How many nodes make the cluster: 1, 3, 5 or 7; or `expectNothing`. */
  readonly expect: number;
  readonly formed: (cluster: FormedCluster) => void;
  /** The cluster of this name exists and this node is none of those that it was formed with. */
  readonly excluded: (cluster: FormedCluster) => void;
}

/** What a node says that lost its data: it looks for its cluster and is not counted for a new. */
export const expectNothing = 0;

const helloMs = 200;
/** A node that was silent for this long is not counted. */
const heardMs = 2000;
/** A proposal that not everybody accepted by then is withdrawn. */
const proposalMs = 3000;
/** An acceptance outlives every proposal that it may count for, and is free again after that. */
const acceptanceMs = 2 * proposalMs;
/** Nodes remembered while forming. */
const heardMax = 64;

interface Proposal {
  readonly cluster: FormedCluster;
  readonly accepted: Set<NodeId>;
  readonly since: number;
}

export class Forming {
  readonly #options: FormingOptions;
  readonly #self: Voter;
  readonly #heard = new Map<NodeId, Voter & { readonly at: number }>();
  readonly #listener: Cancellable;
  #timer: Cancellable | undefined;
  #own: Proposal | undefined;
  #accepted: { readonly clusterId: ClusterId; readonly at: number } | undefined;
  #formed: FormedCluster | undefined;

  /** `known` is the cluster of a node that has one: it only tells others. */
  constructor(options: FormingOptions, known: FormedCluster | undefined) {
    this.#options = options;
    const { node, incarnation } = options.wire.self;
    this.#self = { node, incarnation };
    this.#formed = known;
    this.#listener = options.wire.listen(options.inbox, (message, from) => {
      if (from.side === 'peer' && isHello(message)) this.#hear(message, from);
    });
    if (known === undefined) this.#tick();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#listener.cancel();
  }

  /** Names of the nodes that were heard lately, this one included, sorted. */
  heard(): readonly NodeId[] {
    return this.#present().map(({ node }) => node);
  }

  #tick(): void {
    if (this.#formed !== undefined) return;
    this.#say('all', { kind: 'hello', expect: this.#options.expect, formed: null });
    this.#coordinate();
    this.#timer = this.#options.clock.after(helloMs, () => this.#tick());
  }

  #hear(message: Hello, from: Sender): void {
    switch (message.kind) {
      case 'hello':
        this.#heardHello(message, from);
        return;
      case 'propose':
        this.#heardProposal(message.cluster, from.node);
        return;
      case 'accept':
        this.#heardAccept(message.clusterId, from.node);
        return;
      case 'withdraw':
        if (this.#accepted?.clusterId === message.clusterId) this.#accepted = undefined;
        return;
    }
  }

  #heardHello(hello: Extract<Hello, { readonly kind: 'hello' }>, from: Sender): void {
    if (this.#formed !== undefined) {
      // Somebody has no cluster yet: tell it of ours.
      if (hello.formed === null) this.#announce(from.node);
      return;
    }
    if (hello.formed !== null) {
      this.#heardFormed(hello.formed);
    } else if (hello.expect === expectNothing || this.#options.expect === expectNothing) {
      // One of us is not there to form anything.
    } else if (hello.expect !== this.#options.expect) {
      const { node } = from;
      this.#options.trace('warn', 'forming.expectation-differs', { node, expect: hello.expect });
    } else if (this.#heard.size < heardMax || this.#heard.has(from.node)) {
      const before = this.#heard.get(from.node);
      // A node that started again has forgotten what it accepted.
      if (before && before.incarnation !== from.incarnation) this.#own?.accepted.delete(from.node);
      const at = this.#now();
      this.#heard.set(from.node, { node: from.node, incarnation: from.incarnation, at });
    }
  }

  #heardFormed(cluster: FormedCluster): void {
    if (cluster.voters.some((voter) => isSame(voter, this.#self))) {
      this.#form(cluster);
    } else {
      this.#settle(cluster);
      this.#options.excluded(cluster);
    }
  }

  /** Accepts one proposal at a time (F1). */
  #heardProposal(cluster: FormedCluster, proposer: NodeId): void {
    if (this.#formed !== undefined || this.#own !== undefined) return;
    if (!cluster.voters.some((voter) => isSame(voter, this.#self))) return;
    if (this.#isPromised() && this.#accepted?.clusterId !== cluster.clusterId) return;
    this.#accepted = { clusterId: cluster.clusterId, at: this.#now() };
    this.#say(proposer, { kind: 'accept', clusterId: cluster.clusterId });
  }

  #heardAccept(id: ClusterId, from: NodeId): void {
    const own = this.#own;
    if (own === undefined || own.cluster.clusterId !== id) return;
    // A process that was paused must not count what has lapsed meanwhile.
    if (this.#now() - own.since >= proposalMs) return;
    own.accepted.add(from);
    if (own.accepted.size === this.#options.expect) this.#form(own.cluster);
  }

  /** The smallest name among those present proposes; a proposal that fails is withdrawn. */
  #coordinate(): void {
    const own = this.#own;
    if (own !== undefined) {
      if (this.#now() - own.since < proposalMs) {
        this.#propose(own.cluster);
      } else {
        this.#own = undefined;
        this.#say('all', { kind: 'withdraw', clusterId: own.cluster.clusterId });
      }
      return;
    }
    const voters = this.#present().slice(0, this.#options.expect);
    const isMine = voters[0]?.node === this.#self.node && !this.#isPromised();
    if (this.#options.expect === expectNothing || !isMine || voters.length < this.#options.expect)
      return;
    const cluster = { clusterId: this.#newId(), voters };
    this.#own = { cluster, accepted: new Set([this.#self.node]), since: this.#now() };
    if (this.#options.expect === 1) this.#form(cluster);
    else this.#propose(cluster);
  }

  #propose(cluster: FormedCluster): void {
    for (const { node } of cluster.voters) {
      if (node !== this.#self.node) this.#say(node, { kind: 'propose', cluster });
    }
  }

  #form(cluster: FormedCluster): void {
    if (this.#formed !== undefined) return;
    this.#settle(cluster);
    for (const { node } of cluster.voters) if (node !== this.#self.node) this.#announce(node);
    this.#options.formed(cluster);
  }

  /** From now on this node tells others what it knows. */
  #settle(cluster: FormedCluster): void {
    this.#formed = cluster;
    this.#timer?.cancel();
  }

  #announce(node: NodeId): void {
    const formed = this.#formed ?? null;
    this.#say(node, { kind: 'hello', expect: this.#options.expect, formed });
  }

  #present(): readonly Voter[] {
    const since = this.#now() - heardMs;
    const others = [...this.#heard.values()].filter(({ at }) => at >= since);
    return [this.#self, ...others.map(({ node, incarnation }) => ({ node, incarnation }))].sort(
      (left, right) => (left.node < right.node ? -1 : 1),
    );
  }

  #isPromised(): boolean {
    return this.#accepted !== undefined && this.#now() - this.#accepted.at < acceptanceMs;
  }

  #newId(): ClusterId {
    const part = (): string => this.#options.random.uint32().toString(16).padStart(8, '0');
    return clusterId(part() + part() + part());
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }

  #say(to: NodeId | 'all', message: Hello): void {
    this.#options.wire.send(to, this.#options.inbox, 'control', message);
  }
}

const isSame = (left: Voter, right: Voter): boolean =>
  left.node === right.node && left.incarnation === right.incarnation;

const kinds = new Set<unknown>([
  'hello',
  'propose',
  'accept',
  'withdraw',
] satisfies Hello['kind'][]);

const isHello = (message: unknown): message is Hello =>
  typeof message === 'object' && message !== null && 'kind' in message && kinds.has(message.kind);
