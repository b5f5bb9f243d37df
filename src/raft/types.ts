/**
 * What the Raft core hears and says: inputs, messages and outputs, each a closed union.
 *
 * The core is a pure machine, `step(input) -> outputs`. Time is a tick, the disk is one more peer
 * that answers `persisted`, and the network is a list of things to send. Section numbers are those
 * of D. Ongaro, "Consensus: Bridging Theory and Practice" (the thesis).
 */
import type { LogIndex, NodeId, Term } from '../base/brand.ts';
import type { Entry, HardState } from './log-store.ts';
import type { MemberChange, MemberRefusal, Members } from './members.ts';

/** A pre-candidate asks whether a campaign would succeed (section 9.6). No term changes yet. */
export interface PreVote {
  readonly kind: 'pre-vote';
  /** The term that the sender would campaign in: its own plus one. */
  readonly term: Term;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

export interface PreVoteAnswer {
  readonly kind: 'pre-vote-answer';
  /** The request's term, so that an answer from a node in an older term still counts. */
  readonly term: Term;
  readonly granted: boolean;
  /** The term of the node that answers; a pre-candidate that is behind learns it here. */
  readonly voterTerm: Term;
}

export interface Vote {
  readonly kind: 'vote';
  readonly term: Term;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** The leader itself asked for this campaign, so "I hear a leader" is no reason to refuse. */
  readonly transfer: boolean;
}

export interface VoteAnswer {
  readonly kind: 'vote-answer';
  readonly term: Term;
  readonly granted: boolean;
}

/**
 * Log entries from the leader (section 3.5); without entries it asks whether `prevIndex` agrees.
 */
export interface Append {
  readonly kind: 'append';
  readonly term: Term;
  readonly prevIndex: LogIndex;
  readonly prevTerm: Term;
  readonly commit: LogIndex;
  /** Contiguous from `prevIndex` + 1. */
  readonly entries: readonly Entry[];
}

/** Everything up to `match` is synced on the sender and equal to the leader's log. */
export interface AppendAccepted {
  readonly kind: 'append-accepted';
  readonly term: Term;
  readonly match: LogIndex;
}

/** The sender's log has no entry (`prevIndex`, `prevTerm`). */
export interface AppendRejected {
  readonly kind: 'append-rejected';
  readonly term: Term;
  readonly prevIndex: LogIndex;
  /** The sender's last index at or below `prevIndex` whose term is not above the leader's there. */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
}

export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly term: Term;
  readonly commit: LogIndex;
  /** Never reused within a term: an answer proves leadership after this number was drawn. */
  readonly round: number;
}

export interface HeartbeatAnswer {
  readonly kind: 'heartbeat-answer';
  readonly term: Term;
  readonly round: number;
  /** Synced and equal to the leader's log: heals a lost `append-accepted`. */
  readonly match: LogIndex;
  /** In memory and equal to the leader's log: shows the leader which appends were lost. */
  readonly received: LogIndex;
  /** The end of the sender's log, equal or not: what it synced once must still be there. */
  readonly lastIndex: LogIndex;
}

/** Tells idle followers at once what is committed; nobody answers. */
export interface CommitNotice {
  readonly kind: 'commit-notice';
  readonly term: Term;
  readonly commit: LogIndex;
}

/** The leader asks the receiver to campaign now (section 3.10). */
export interface TimeoutNow {
  readonly kind: 'timeout-now';
  readonly term: Term;
}

/** A follower forwards a linearizable read (section 6.4). */
export interface ReadRequest {
  readonly kind: 'read-request';
  readonly term: Term;
  readonly id: number;
}

export interface ReadAnswer {
  readonly kind: 'read-answer';
  readonly term: Term;
  readonly id: number;
  readonly index: LogIndex;
}

export type Message =
  | PreVote
  | PreVoteAnswer
  | Vote
  | VoteAnswer
  | Append
  | AppendAccepted
  | AppendRejected
  | Heartbeat
  | HeartbeatAnswer
  | CommitNotice
  | TimeoutNow
  | ReadRequest
  | ReadAnswer;

/** The disk's answer to the outputs `persist` up to and including number `write`. */
export interface Persisted {
  readonly kind: 'persisted';
  readonly write: number;
  /** The last entry on disk after that write. */
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

export type Input =
  | { readonly kind: 'tick' }
  | { readonly kind: 'message'; readonly from: NodeId; readonly message: Message }
  | Persisted
  /** Answered by `accepted` or `refused`. Nothing is sent before the next `flush`. */
  | { readonly kind: 'propose'; readonly payload: Uint8Array }
  /** What was proposed since the last flush leaves as one append. */
  | { readonly kind: 'flush' }
  /** Ids are the caller's and must never repeat, restarts included. */
  | { readonly kind: 'read'; readonly id: number }
  /** `to` undefined: the voter with the longest log. */
  | { readonly kind: 'transfer'; readonly to: NodeId | undefined }
  /** A hint for liveness alone: somebody believes that `leader` has ended. */
  | { readonly kind: 'leader-may-be-dead'; readonly leader: NodeId }
  /** Answered by `accepted` or `change-refused`; an accepted change is sent at once. */
  | { readonly kind: 'change-members'; readonly change: MemberChange }
  /**
   * Entries up to `to`, all committed and synced here, are in the ledger: the log gives them up.
   */
  | { readonly kind: 'compact'; readonly to: LogIndex }
  /**
   * The follower of `send-snapshot` has the ledger as of `index`; undefined: it did not get there.
   */
  | {
      readonly kind: 'snapshot-ended';
      readonly to: NodeId;
      readonly index: LogIndex | undefined;
    };

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

export type ProposalRefusal = 'not-leader' | 'overloaded' | 'transferring' | 'too-large';

export type ChangeRefusal =
  | MemberRefusal
  | 'not-leader'
  | 'transferring'
  /** The entry that opened this leader's term is not committed yet (P59). */
  | 'not-ready'
  /** The last change is not committed yet. */
  | 'change-pending'
  /** The learner lacks too much of the log to be counted on (P60). */
  | 'behind'
  | 'overloaded';

export interface Persist {
  readonly kind: 'persist';
  /** Numbered from 1 without gaps; writes must reach the disk in this order. */
  readonly write: number;
  readonly hardState: HardState | undefined;
  readonly truncateFrom: LogIndex | undefined;
  readonly append: readonly Entry[];
  /** Entries at this index and below are not needed any more. */
  readonly purgeTo: LogIndex | undefined;
}

/** An append by range: the driver, which has the payloads, fills it in. */
export interface SendAppend {
  readonly kind: 'send-append';
  readonly to: readonly NodeId[];
  readonly term: Term;
  readonly prevIndex: LogIndex;
  readonly prevTerm: Term;
  readonly commit: LogIndex;
  /** The last entry to send, `prevIndex` when there is none; fewer may be sent if `cut` says so. */
  readonly lastIndex: LogIndex;
  /** The core does not know these sizes: cut after the batch limit. */
  readonly cut: boolean;
}

export interface RoleChange {
  readonly kind: 'role';
  readonly role: Role;
  readonly term: Term;
  readonly leader: NodeId | undefined;
}

/**
 * The configuration that rules now, and whether this node may call it committed. Said whenever
 * either changes; a truncation may bring an older configuration back.
 */
export interface MembersChange {
  readonly kind: 'members';
  readonly members: Members;
  /** The entry that brought it; the base's index if that entry is no longer in the log. */
  readonly index: LogIndex;
  readonly committed: boolean;
}

export interface Send {
  readonly kind: 'send';
  readonly to: readonly NodeId[];
  readonly message: Message;
  /** What it says is said by the next append too; it may wait a moment for that. */
  readonly mayWait?: true;
}

export type Output =
  | Persist
  | Send
  | SendAppend
  | RoleChange
  /** Everything up to `index` is committed and synced here. */
  | { readonly kind: 'committed'; readonly index: LogIndex }
  | { readonly kind: 'accepted'; readonly index: LogIndex }
  | { readonly kind: 'refused'; readonly reason: ProposalRefusal }
  /** A read that waits until `index` is applied is linearizable. */
  | { readonly kind: 'read-ready'; readonly id: number; readonly index: LogIndex }
  /** The read found no leader, or the leader was deposed: ask again with a fresh id. */
  | { readonly kind: 'read-failed'; readonly id: number }
  | MembersChange
  | { readonly kind: 'change-refused'; readonly reason: ChangeRefusal }
  /**
   * A follower needs entries that the log has given up. Said once; appends to it wait for
   * `snapshot-ended`.
   */
  | { readonly kind: 'send-snapshot'; readonly to: NodeId }
  /** This member has lost entries that it acknowledged as synced to this very leader. */
  | { readonly kind: 'member-forgot'; readonly node: NodeId }
  | { readonly kind: 'transfer-started'; readonly to: NodeId }
  | { readonly kind: 'transfer-failed'; readonly reason: TransferFailure };

export type TransferFailure = 'not-leader' | 'already-leader' | 'not-a-voter' | 'busy' | 'timeout';
