/** What the driver is given and what it tells: its listener, its options, its status. */
import type { Sender, Wire } from '../actors/wire.ts';
import type { Incarnation, LogIndex, NodeId, Term } from '../base/brand.ts';
import type { Clock, DiskError, Network, Random } from '../base/ports.ts';
import type { TooNew } from '../base/too-new.ts';
import type { Trace } from '../base/trace.ts';
import type { RaftSettings } from './driver-settings.ts';
import type { Entry, LogStore } from './log-store.ts';
import type { MembersAt } from './members.ts';

export interface RaftListener {
  /**
   * In order, each index exactly once, from `appliedIndex` + 1 on; at most `commitPageBytes` a
   * call. The next page comes when `next` is called, in this call or later.
   */
  committed(entries: readonly Entry[], next: () => void): void;
  /** A new leader may serve when the no-op of its term, an empty payload, comes by `committed`. */
  roleChanged(change: {
    readonly role: 'leader' | 'follower' | 'candidate';
    readonly term: Term;
    readonly leader: NodeId | undefined;
  }): void;
  /** A storage error, or what it cannot read: the driver has stopped and is silent (I15). */
  failed(error: DiskError | TooNew): void;
  /** A member has lost what it had acknowledged as synced: it must not vote any more (P49). */
  memberForgot(node: NodeId): void;
  /** Somebody who was removed from the cluster still speaks to this node. */
  removedSpoke(from: Sender): void;
  /** How much later than planned a tick came: what else is due is as late. */
  ticked?(lateMs: number): void;
}

/** Brings a follower a snapshot, because the log does not reach back to what it needs. */
export type SendSnapshot = (
  to: NodeId,
  term: Term,
  /** Called once: the index that the follower has then, or undefined if it did not get there. */
  ended: (index: LogIndex | undefined) => void,
) => void;

export interface RaftDriverOptions {
  readonly self: NodeId;
  /** Of this node's data, as it stands in the configuration if the node is a member. */
  readonly incarnation: Incarnation;
  /** What the ledger holds already; delivery goes on behind it. */
  readonly appliedIndex: LogIndex;
  readonly clock: Clock;
  readonly random: Random;
  /** For probes, and for being probed; messages go by the wire. */
  readonly network: Network;
  readonly aliveSubject: (node: NodeId) => string;
  readonly wire: Wire;
  readonly store: LogStore;
  readonly listener: RaftListener;
  readonly sendSnapshot: SendSnapshot;
  /** Durable in the ledger by now: the log may give it up. */
  readonly ledgerIndex: () => LogIndex;
  readonly trace: Trace;
  readonly settings: RaftSettings;
}

export interface RaftStatus {
  readonly role: 'leader' | 'follower' | 'candidate';
  readonly term: Term;
  readonly vote: NodeId | undefined;
  readonly leader: NodeId | undefined;
  readonly commitIndex: LogIndex;
  /** Handed to the listener. */
  readonly deliveredIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** The log begins behind this. */
  readonly baseIndex: LogIndex;
  /** The configuration that rules here, and whether it is known to be committed. */
  readonly members: MembersAt;
  readonly membersCommitted: boolean;
  /** On this node's disk. */
  readonly durableIndex: LogIndex;
  readonly electionsStarted: number;
  readonly electionsWon: number;
  /** Over the last 1024 syncs. */
  readonly syncMsP99: number;
  readonly syncMsMax: number;
  /** Batches that were written to the log and its head since the start. */
  readonly syncs: number;
  /** From senders that do not count here, or not messages that we know. */
  readonly messagesDropped: number;
}

/** A member as its leader sees it. */
export interface FollowerStatus {
  readonly node: NodeId;
  readonly incarnation: Incarnation;
  /** Durable there and equal to the leader's log. */
  readonly match: LogIndex;
  /** Entries that it lacks. */
  readonly lag: number;
  /** Undefined when this process has not heard of it. */
  readonly heardMsAgo: number | undefined;
  readonly by: 'log' | 'snapshot';
}
