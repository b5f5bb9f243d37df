/**
 * The configurations that the log holds, and what follows from the one that rules: the last in the
 * log, committed or not (thesis section 4.1).
 *
 * Owns: the base's configuration and those behind it, and the lists and counts that every message
 * needs, made once per change. Does not own the log, nor what a change may be (members.ts).
 *
 * N1  Configurations are in order of index; the first is that of the base and is never dropped.
 * N2  `selfVotes` means this very incarnation: a former life of this node is a voter like another,
 *     one that never answers.
 */
import { assert, present } from '../base/assert.ts';
import type { LogIndex, NodeId } from '../base/brand.ts';
import { isVoter, type Member, type Members, type MembersAt, sameMember } from './members.ts';
import { quorumSize } from './quorum.ts';

export class Configurations {
  readonly #self: Member;
  #known: readonly MembersAt[];
  #effective: MembersAt;
  #peers: readonly NodeId[] = [];
  #peerSet: ReadonlySet<NodeId> = new Set();
  #votingPeers: readonly NodeId[] = [];
  #quorum = 1;
  #selfVotes = false;

  /** `known` begins with the base's configuration. */
  constructor(self: Member, known: readonly MembersAt[]) {
    this.#self = self;
    this.#known = known;
    this.#effective = present(known.at(-1), 'N1: the base has a configuration');
    known.forEach(({ index }, place) => {
      const before = known[place - 1];
      assert(before === undefined || before.index < index, 'N1: in order of index');
    });
    this.#derive();
  }

  /** The one that rules: the last in the log. The same object for as long as it does. */
  get effective(): MembersAt {
    return this.#effective;
  }

  /** Voters and learners but this node. */
  get peers(): readonly NodeId[] {
    return this.#peers;
  }

  /** Voters but this node. */
  get votingPeers(): readonly NodeId[] {
    return this.#votingPeers;
  }

  /** How many voters make a majority. */
  get quorum(): number {
    return this.#quorum;
  }

  /** N2. */
  get selfVotes(): boolean {
    return this.#selfVotes;
  }

  get voters(): number {
    return this.#effective.members.voters.length;
  }

  isPeer(node: NodeId): boolean {
    return this.#peerSet.has(node);
  }

  isVotingPeer(node: NodeId): boolean {
    return node !== this.#self.node && isVoter(this.#effective.members, node);
  }

  /** The last configuration at or below `commit`. */
  committed(commit: LogIndex): MembersAt {
    const last = this.#known.findLast(({ index }) => index <= commit);
    return last ?? present(this.#known[0], 'N1: the base has a configuration');
  }

  /**
   * A voter that may be removed by an entry of which it cannot know whether it is committed is
   * still needed: its log may be the only one that the others may elect (section 4.2.2).
   */
  mayCampaign(commit: LogIndex): boolean {
    if (this.#selfVotes) return true;
    return this.#effective.index > commit && this.#votesIn(this.committed(commit).members);
  }

  append(next: MembersAt): void {
    assert(next.index > this.#effective.index, 'N1: in order of index');
    this.#change([...this.#known, next]);
  }

  /** Rolls back what stood at `index` and behind it. */
  truncateFrom(index: LogIndex): void {
    if (this.#effective.index < index) return;
    this.#change(this.#known.filter((each) => each.index < index));
  }

  /** The base moves to `index`. */
  compact(index: LogIndex): void {
    const base = this.committed(index);
    this.#known = this.#known.filter((each) => each === base || each.index > index);
  }

  #change(known: readonly MembersAt[]): void {
    this.#known = known;
    this.#effective = present(known.at(-1), 'N1: the configuration of the base is never dropped');
    this.#derive();
  }

  #derive(): void {
    const { voters, learners } = this.#effective.members;
    const others = (list: readonly Member[]): NodeId[] =>
      list.map(({ node }) => node).filter((node) => node !== this.#self.node);
    this.#votingPeers = others(voters);
    this.#peers = [...this.#votingPeers, ...others(learners)];
    this.#peerSet = new Set(this.#peers);
    this.#quorum = quorumSize(voters.length);
    this.#selfVotes = this.#votesIn(this.#effective.members);
    const named = new Set([...voters, ...learners].map(({ node }) => node));
    assert(named.size === voters.length + learners.length, 'a node is a member once');
  }

  #votesIn(members: Members): boolean {
    return members.voters.some((voter) => sameMember(voter, this.#self));
  }
}
