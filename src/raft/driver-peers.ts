/**
 * Whose messages are heard, and what is known of those who speak.
 *
 * Owns: when each member was last heard, and what it said of itself.
 * Does not own: the configuration; the core says which one is effective.
 *
 * M3  An answer counts only from a member of the effective configuration, with the incarnation that
 *     stands there: a node that lost its data, or an earlier life of it, is somebody else. A
 *     request is heard from every node of the cluster, because this one may not have learned of the
 *     newest configuration yet (thesis section 4.1). Nobody whose removal is committed is heard any
 *     more (P10), but for the leader of our term: it may have removed itself, and its last words
 *     say so and hand over.
 */
import type { Sender } from '../actors/wire.ts';
import type { Incarnation, MonotonicMs, NodeId } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import { protocolOfMembers, type Vitals } from './driver-messages.ts';
import { type Member, type Members, memberNamed, membersMax } from './members.ts';
import type { CoreView } from './raft.ts';
import type { Message } from './types.ts';

/** What a node says of a message that it heard: hear it, drop it, or tell the sender to leave. */
export type Admission = 'heard' | 'foreign' | 'removed';

interface Known {
  readonly incarnation: Incarnation;
  readonly at: MonotonicMs;
  /** Undefined until the node has answered a heartbeat of ours. */
  readonly vitals: Vitals | undefined;
  /** When it said them last. */
  readonly saidAt: MonotonicMs;
}

/** What a leader wants to know of all members. */
export interface AskedVersion {
  readonly self: NodeId;
  readonly version: number;
  /** Since when it leads. */
  readonly since: MonotonicMs;
  /**
   * Whether everybody must have said so in this leadership: a member may be of another version by
   * now. If not, who is silent is left out: it stops when it meets what it does not know, which a
   * person may want, and a leader by itself not.
   */
  readonly mustSay: boolean;
}

/** A member that speaks says within this time, by an answer to a heartbeat, what it understands. */
const sayWithinMs = 2_000;

/** Nodes remembered, members or not. */
const knownMax = 2 * membersMax;

const requests: ReadonlySet<Message['kind']> = new Set([
  'append',
  'heartbeat',
  'commit-notice',
  'vote',
  'pre-vote',
  'timeout-now',
  'read-answer',
]);

export class DriverPeers {
  readonly #clock: Clock;
  readonly #known = new Map<NodeId, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** M3. */
  admit(view: Readonly<CoreView>, from: Sender, message: Message): Admission {
    if (from.side !== 'peer') return 'foreign';
    const { removed } = view.committedMembers.members;
    if (removed.includes(from.incarnation)) {
      const leads = view.leader === from.node && view.term === message.term;
      return leads && requests.has(message.kind) ? 'heard' : 'removed';
    }
    if (requests.has(message.kind)) return 'heard';
    const member = memberNamed(view.members.members, from.node);
    return member?.incarnation === from.incarnation ? 'heard' : 'foreign';
  }

  heard(from: Sender, vitals: Vitals | undefined): void {
    const before = this.#known.get(from.node);
    if (before === undefined && this.#known.size >= knownMax) return;
    const same = before?.incarnation === from.incarnation ? before : undefined;
    const at = this.#clock.monotonicMs();
    const saidAt = vitals === undefined ? (same?.saidAt ?? at) : at;
    const { incarnation } = from;
    this.#known.set(from.node, { incarnation, at, vitals: vitals ?? same?.vitals, saidAt });
  }

  /** Undefined when this life has not heard of it. */
  heardMsAgo(node: NodeId, incarnation: Incarnation): number | undefined {
    const known = this.#known.get(node);
    if (known?.incarnation !== incarnation) return undefined;
    return this.#clock.monotonicMs() - known.at;
  }

  /**
   * Nobody who is there may meet a configuration in the log that does not know what that is (P90).
   * A member that has not been heard by this life stops when it meets one.
   */
  whyNoChange(members: Members): 'mixed-versions' | 'not-ready' | undefined {
    let unsaid = false;
    for (const { node, incarnation } of [...members.voters, ...members.learners]) {
      const vitals = this.#vitals({ node, incarnation });
      if (vitals !== undefined && vitals.speaks < protocolOfMembers) return 'mixed-versions';
      // Who has fallen silent since will not say it either: a dead member must be replaceable.
      const heardMs = this.heardMsAgo(node, incarnation) ?? Number.POSITIVE_INFINITY;
      if (vitals === undefined && heardMs < sayWithinMs) unsaid = true;
    }
    return unsaid ? 'not-ready' : undefined;
  }

  /** Whether every member but the leader itself speaks at least this version. */
  allSpeak(members: Members, { self, version, since, mustSay }: AskedVersion): boolean {
    return [...members.voters, ...members.learners].every(({ node, incarnation }) => {
      if (node === self) return true;
      const known = this.#known.get(node);
      const isSaid = known?.incarnation === incarnation && (!mustSay || known.saidAt >= since);
      if (isSaid && known.vitals !== undefined) return known.vitals.speaks >= version;
      if (mustSay) return false;
      // Who is there says so soon; who is silent stops when it meets what it does not know.
      return (this.heardMsAgo(node, incarnation) ?? sayWithinMs) >= sayWithinMs;
    });
  }

  /** Whether a member has yet to say its version that may do so in a moment. */
  versionsPending({ voters, learners }: Members, self: NodeId, leadsSince: MonotonicMs): boolean {
    const ledMs = this.#clock.monotonicMs() - leadsSince;
    return [...voters, ...learners].some(({ node, incarnation }) => {
      if (node === self || this.#vitals({ node, incarnation }) !== undefined) return false;
      // A new leader has not heard everybody who is there.
      return Math.min(ledMs, this.heardMsAgo(node, incarnation) ?? ledMs) < sayWithinMs;
    });
  }

  /** Voters, but `self`, that said that their disks are nearly full. */
  lowDisks(members: Members, self: NodeId): number {
    const low = members.voters.filter(
      (voter) => voter.node !== self && this.#vitals(voter)?.diskLow,
    );
    return low.length;
  }

  #vitals({ node, incarnation }: Member): Vitals | undefined {
    const known = this.#known.get(node);
    return known?.incarnation === incarnation ? known.vitals : undefined;
  }
}
