/**
 * The members as this node sees them: how far each has come, which disks are full, from where on
 * the log is still needed. Everything here is read from the core and from what was heard.
 */
import {
  type LogIndex,
  logIndex,
  type MonotonicMs,
  type NodeId,
  type Term,
} from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import type { FollowerStatus } from './driver-options.ts';
import type { DriverPeers } from './driver-peers.ts';
import type { DriverSnapshots } from './driver-snapshots.ts';
import { changeMembers, type MemberChange } from './members.ts';
import { quorumSize } from './quorum.ts';
import type { Raft } from './raft.ts';

export interface DriverMembersOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly core: Raft;
  readonly peers: DriverPeers;
  readonly snapshots: DriverSnapshots;
  /** A member that was heard so long ago, or longer, may be gone. */
  readonly aliveMs: number;
}

export class DriverMembers {
  readonly #options: DriverMembersOptions;
  /** The leadership in which was asked last who speaks what, and since when. */
  #led: { readonly term: Term; readonly since: MonotonicMs } | undefined;

  constructor(options: DriverMembersOptions) {
    this.#options = options;
  }

  /** The members that get the log from this leader; empty on every other node. */
  followers(): readonly FollowerStatus[] {
    const { core, peers, snapshots } = this.#options;
    const { role, members, log } = core.view;
    if (role !== 'leader') return [];
    const { voters, learners } = members.members;
    return [...voters, ...learners].flatMap(({ node, incarnation }) => {
      const progress = core.progressOf(node);
      if (progress === undefined) return [];
      const { match } = progress;
      const heardMsAgo = peers.heardMsAgo(node, incarnation);
      const by = snapshots.isOpen(node) ? ('snapshot' as const) : ('log' as const);
      return [{ node, incarnation, match, lag: log.lastIndex - match, heardMsAgo, by }];
    });
  }

  /** Reasons that the core cannot know: who is there, and what they understand. */
  whyNoChange(change: MemberChange): 'mixed-versions' | 'not-ready' | 'quorum-at-risk' | undefined {
    const { core, peers, self, aliveMs } = this.#options;
    const { members } = core.view.members;
    const refusal = peers.whyNoChange(members);
    if (refusal !== undefined) return refusal;
    const changed = changeMembers(members, change);
    if (!changed.ok) return undefined;
    const { voters } = changed.value;
    const alive = voters.filter(({ node, incarnation }) => {
      const heardMsAgo = peers.heardMsAgo(node, incarnation);
      return node === self || (heardMsAgo !== undefined && heardMsAgo < aliveMs);
    });
    return alive.length < quorumSize(voters.length) ? 'quorum-at-risk' : undefined;
  }

  /**
   * Whether every member speaks at least `version` of the protocol, as far as it said so in this
   * leadership. Without `mustSay`, who is silent does not count.
   */
  allSpeak(version: number, mustSay: boolean): boolean {
    const { core, peers, self } = this.#options;
    const since = this.#leadsSince();
    return peers.allSpeak(core.view.members.members, { self, version, since, mustSay });
  }

  /** Whether a member has yet to say its version that may do so in a moment. */
  versionsPending(): boolean {
    const { core, peers, self } = this.#options;
    return peers.versionsPending(core.view.members.members, self, this.#leadsSince());
  }

  #leadsSince(): MonotonicMs {
    const { core, clock } = this.#options;
    const { term } = core.view;
    if (this.#led?.term !== term) this.#led = { term, since: clock.monotonicMs() };
    return this.#led.since;
  }

  /** Voters whose disks are nearly full, and how many voters there are. */
  lowDisks(isOwnLow: boolean): { readonly low: number; readonly voters: number } {
    const { core, peers, self } = this.#options;
    const { members } = core.view.members;
    const low = (isOwnLow ? 1 : 0) + peers.lowDisks(members, self);
    return { low, voters: members.voters.length };
  }

  /** The first entry that a follower which is alive still needs. */
  neededFrom(): LogIndex | undefined {
    const { snapshots, aliveMs } = this.#options;
    let first: number | undefined;
    for (const { node, match, heardMsAgo } of this.followers()) {
      if (heardMsAgo === undefined || heardMsAgo >= aliveMs) continue;
      const from = snapshots.neededFrom(node) ?? match + 1;
      first = Math.min(first ?? from, from);
    }
    return first === undefined ? undefined : logIndex(first);
  }
}
