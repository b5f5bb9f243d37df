/**
 * The member desk of a peer: answers nodes that want to join, promotes those that have kept up,
 * carries out what people ask for, and notices when this node itself has been removed.
 *
 * Owns: how long each learner has kept up. Does not own: the configuration (Raft's), or any
 * identity file.
 *
 * B1  Only a leader answers `join` and changes anything.
 * B2  A new life of a name takes the place of the old one only when the old one has been silent for
 *     `rivalMs`, as seen by one leader; and it is sent away only if the old one still speaks when
 *     the new one has asked for twice as long. So two processes under one name never push each
 *     other out (P48), and a node that restarts without its data waits a moment.
 * B3  A node is let in when its membership is committed; and a node that finds itself outside the
 *     configuration that it knows asks again.
 * B4  A removal is told when it is committed, and then believed in whatever term somebody is: who
 *     has campaigned in vain is in a higher one. What else a leader finds counts in its term alone.
 */
import type { Sender, Wire } from '../actors/wire.ts';
import type { Incarnation, LogIndex, MonotonicMs, NodeId, Term } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import type { ChangeDone } from '../raft/driver-changes.ts';
import { type Member, type MemberChange, type Members, memberNamed } from '../raft/members.ts';
import { type AutopilotSettings, type MemberHealth, nextChange } from './autopilot.ts';
import {
  isMembersMessage,
  type LeaveCode,
  type MembersMessage,
  membersInbox,
} from './members-protocol.ts';

/** One follower as its leader sees it. */
export interface FollowerView {
  readonly node: NodeId;
  readonly incarnation: Incarnation;
  /** Entries that it has acknowledged to be behind the leader. */
  readonly lag: number;
  /** Undefined when this leader has not heard of it since this process began. */
  readonly heardMsAgo: number | undefined;
  /** How it is brought up to date. */
  readonly by: 'log' | 'snapshot';
}

/** What the desk needs of Raft. */
export interface MemberLog {
  readonly members: Members;
  /** The entry that brought it, and whether that is known to be committed. */
  readonly membersIndex: LogIndex;
  readonly membersCommitted: boolean;
  readonly role: 'leader' | 'follower' | 'candidate';
  readonly term: Term;
  readonly leader: NodeId | undefined;
  followers(): readonly FollowerView[];
  /** Waits until no turn of the scheduler is open, then proposes. */
  change(change: MemberChange, done: ChangeDone): void;
}

export interface MemberDeskSettings extends AutopilotSettings {
  readonly roundMs: number;
  /** A learner that is not further behind than this keeps up. */
  readonly lagMax: number;
  readonly rivalMs: number;
  /** Without a leader for so long, or outside the configuration, a node asks whether it belongs. */
  readonly lonelyMs: number;
}

export const memberDeskDefaults: Omit<MemberDeskSettings, 'votersWanted' | 'replaceDead'> = {
  stableMs: 10_000,
  deadMs: 60_000,
  roundMs: 1000,
  lagMax: 1000,
  rivalMs: 3000,
  lonelyMs: 5000,
};

export interface MemberDeskOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly log: MemberLog;
  readonly settings: MemberDeskSettings;
  /** This node must leave. */
  readonly leave: (code: LeaveCode, why: string) => void;
  readonly asked: (
    from: NodeId,
    ask: Extract<MembersMessage, { kind: 'ask' | 'question' }>,
  ) => void;
  readonly answered: (answer: Extract<MembersMessage, { kind: 'answer' }>) => void;
}

/** Lives under taken names that are remembered at a time. */
const rivalsMax = 64;

export class MemberDesk {
  readonly #options: MemberDeskOptions;
  readonly #listener: Cancellable;
  /** Since when each learner has kept up, under this leadership. */
  readonly #keptUpSince = new Map<NodeId, MonotonicMs>();
  /** Since when lives have asked whose name is taken. */
  readonly #rivals = new Map<Incarnation, MonotonicMs>();
  #timer: Cancellable | undefined;
  #ledTerm: Term | undefined;
  #ledSince: MonotonicMs;
  #leaderSeen: MonotonicMs;
  #changing = false;

  constructor(options: MemberDeskOptions) {
    this.#options = options;
    const { wire, clock } = options;
    this.#ledSince = clock.monotonicMs();
    this.#leaderSeen = clock.monotonicMs();
    this.#listener = wire.listen(membersInbox, (message, from) => {
      if (from.side === 'peer' && isMembersMessage(message)) this.#hear(message, from);
    });
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#listener.cancel();
  }

  /** P49. */
  forgot(node: NodeId): void {
    const member = memberNamed(this.#options.log.members, node);
    if (member === undefined) return;
    const why =
      'this directory lacks entries that it acknowledged as durable: it was copied back, or the ' +
      'disk lost them';
    this.#sendAway(member, 'LOG_ROLLED_BACK', why);
  }

  /** Somebody who was removed still speaks: it may not know. */
  removedSpoke(life: Member): void {
    if (this.#options.log.role === 'leader') this.#tellRemoved(life);
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(this.#options.settings.roundMs, () => {
      this.#arm();
      this.#round();
    });
  }

  #round(): void {
    const { log, clock, settings, wire } = this.#options;
    const now = clock.monotonicMs();
    if (log.leader !== undefined && this.#isMember()) this.#leaderSeen = now;
    if (log.role === 'leader') {
      if (this.#ledTerm !== log.term) this.#tookOver(now);
      this.#steer(now);
    } else {
      this.#ledTerm = undefined;
      if (now - this.#leaderSeen < settings.lonelyMs) return;
      wire.send('all', membersInbox, 'control', { kind: 'join' });
    }
  }

  #isMember(): boolean {
    const { node, incarnation } = this.#options.wire.self;
    return memberNamed(this.#options.log.members, node)?.incarnation === incarnation;
  }

  #tookOver(now: MonotonicMs): void {
    this.#ledTerm = this.#options.log.term;
    this.#ledSince = now;
    this.#keptUpSince.clear();
    this.#rivals.clear();
  }

  /** One step of the autopilot. */
  #steer(now: MonotonicMs): void {
    const { log, settings } = this.#options;
    const { voters } = log.members;
    const health = log.followers().map((follower) => this.#health(follower, now));
    const change = nextChange(health, voters.length, settings);
    if (change !== undefined) this.#change(change, 'autopilot');
  }

  #health({ node, lag, heardMsAgo, by }: FollowerView, now: MonotonicMs): MemberHealth {
    const { log, settings } = this.#options;
    const leadingMs = now - this.#ledSince;
    const silentMs = Math.min(leadingMs, heardMsAgo ?? leadingMs);
    const keepsUp = by === 'log' && lag <= settings.lagMax && silentMs < settings.rivalMs;
    if (!keepsUp) this.#keptUpSince.delete(node);
    else if (!this.#keptUpSince.has(node)) this.#keptUpSince.set(node, now);
    const since = this.#keptUpSince.get(node);
    const learner = log.members.learners.find((each) => each.node === node);
    return {
      node,
      isVoter: learner === undefined,
      isHeld: learner?.held ?? false,
      keptUpMs: since === undefined ? 0 : now - since,
      silentMs,
    };
  }

  #change(change: MemberChange, by: string): void {
    if (this.#changing) return;
    this.#changing = true;
    const { log, trace } = this.#options;
    log.change(change, (result) => {
      this.#changing = false;
      const what = { kind: change.kind, by };
      if (result.ok) trace('info', 'members.changed', { ...what, index: result.value.index });
      else trace('info', 'members.not-changed', { ...what, why: result.error });
    });
  }

  #hear(message: MembersMessage, from: Sender): void {
    switch (message.kind) {
      case 'join':
        if (this.#options.log.role === 'leader') this.#join(from);
        return;
      case 'leave':
        if (message.incarnation !== this.#options.wire.self.incarnation) return;
        if (message.code !== 'REMOVED' && message.term < this.#options.log.term) return;
        this.#options.leave(message.code, message.why);
        return;
      case 'welcome':
        this.#leaderSeen = this.#options.clock.monotonicMs();
        return;
      case 'ask':
      case 'question':
        this.#options.asked(from.node, message);
        return;
      case 'answer':
        this.#options.answered(message);
        return;
    }
  }

  #join({ node, incarnation }: Sender): void {
    const { log, wire } = this.#options;
    const { members } = log;
    const former = memberNamed(members, node);
    if (former?.incarnation === incarnation) {
      // What is not committed may be taken back: whoever was let in by it would be nobody (B3).
      if (log.membersCommitted) wire.send(node, membersInbox, 'control', { kind: 'welcome' });
    } else if (members.removed.includes(incarnation)) {
      this.#tellRemoved({ node, incarnation });
    } else if (former === undefined || this.#isSilent(former.node)) {
      this.#change({ kind: 'add-learner', member: { node, incarnation } }, 'join');
    } else if (this.#isHeard(former.node) && this.#hasAskedLong(incarnation)) {
      const why =
        `a node named ${node} is running with another data directory: ` +
        'give this one a name of its own';
      this.#sendAway({ node, incarnation }, 'NODE_ALREADY_RUNS', why);
    }
  }

  #hasAskedLong(incarnation: Incarnation): boolean {
    const { clock, settings } = this.#options;
    const now = clock.monotonicMs();
    const since = this.#rivals.get(incarnation);
    if (since !== undefined) return now - since >= 2 * settings.rivalMs;
    if (this.#rivals.size >= rivalsMax) this.#rivals.clear();
    this.#rivals.set(incarnation, now);
    return false;
  }

  /** B2. Neither silent nor heard: the leader has not led for long enough to know. */
  #isSilent(node: NodeId): boolean {
    const { log, clock, settings } = this.#options;
    if (node === this.#options.wire.self.node) return false;
    if (this.#ledTerm !== log.term) return false;
    const leadingMs = clock.monotonicMs() - this.#ledSince;
    return leadingMs >= settings.rivalMs && !this.#isHeard(node);
  }

  #isHeard(node: NodeId): boolean {
    const { log, settings, wire } = this.#options;
    if (node === wire.self.node) return true;
    const follower = log.followers().find((each) => each.node === node);
    return (follower?.heardMsAgo ?? Number.POSITIVE_INFINITY) < settings.rivalMs;
  }

  /** B4. */
  #tellRemoved(life: Member): void {
    if (this.#options.log.membersCommitted) this.#sendAway(life, 'REMOVED', removedText);
  }

  #sendAway({ node, incarnation }: Member, code: LeaveCode, why: string): void {
    const { term } = this.#options.log;
    const leave = { kind: 'leave', incarnation, term, code, why } as const;
    this.#options.wire.send(node, membersInbox, 'control', leave);
  }
}

const removedText =
  'this node was removed from the cluster; give it an empty data directory to join again';
