/**
 * The scheduler actor, on every node: following or leading.
 *
 * Owns: the state (`replica.ts`), and the decision which of the two it does. As a follower it
 * applies committed entries; as a leader its turns are applied already, and commit releases their
 * effects.
 * Does not own: Raft, the ledger, the wire; it knows them by the interfaces in `world.ts`.
 *
 * Invariants:
 *   C2  No decision is made before the empty entry of this node's own term is applied (P89).
 *   C3  When not leading, the state is exactly the fold of the committed log (P85).
 *   C4  A heartbeat is taken up only when a majority has confirmed this leader after it came. A
 *       leader that was stopped, deposed and woken up grants no lease and repeats no dispatch.
 *   C5  An answer with no entry of the log behind it, a refusal or that nothing changes, leaves
 *       when a majority has confirmed this leader since it was decided (W31).
 */

import type { Behaviour, Context } from '../actors/types.ts';
import { assert } from '../base/assert.ts';
import { type LogIndex, type NodeId, type Term, term } from '../base/brand.ts';
import type { DatedRun } from '../model/backfill.ts';
import type { EndedRun } from '../model/ended-run.ts';
import type { CommandRequest, ExecutorToScheduler } from '../model/protocol.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import { newerOf } from '../model/record.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import type { Entry } from '../raft/log-store.ts';
import { isMembersPayload } from '../raft/members.ts';
import { checkAhead } from './check-ahead.ts';
import type { LogFeed, RoleChange } from './feed.ts';
import type { Heartbeat, Scaled } from './input.ts';
import { Leader } from './leader.ts';
import { LookBacks, type LookedBack } from './look-backs.ts';
import {
  type DatesAsked,
  datesAsked,
  isNewWork,
  isOutdated,
  livingRuns,
  namedRun,
} from './named-run.ts';
import { Replica, type ReplicaStart } from './replica.ts';
import type {
  CommittedTurn,
  History,
  MemberVersions,
  SchedulerLog,
  SchedulerSettings,
  SchedulerWire,
} from './world.ts';

export type SchedulerMessage =
  /** The feed has something. */
  | { readonly kind: 'log' }
  | { readonly kind: 'wake' }
  | { readonly kind: 'executor'; readonly message: ExecutorToScheduler }
  /** This node led in `term` after it was asked to `run`. */
  | { readonly kind: 'confirmed'; readonly term: Term; readonly run: (leader: Leader) => void }
  | { readonly kind: 'command'; readonly gateway: NodeId; readonly request: CommandRequest }
  /** The ledger has looked up the run, or the dates, that a command names. */
  | {
      readonly kind: 'command-with-history';
      readonly gateway: NodeId;
      readonly request: CommandRequest;
      readonly ended: EndedRun | null;
      readonly past?: readonly DatedRun[];
    }
  /** The same, for a task that waits. */
  | LookedBack
  /** What the provider of a node pool has to say, on this very node. */
  | Scaled
  | { readonly kind: 'read'; readonly read: () => void }
  /** There is work to do ahead: nobody waits for it yet, and later somebody would. */
  | { readonly kind: 'ahead' }
  /** Something else wants to put an entry into the log; it waits until no turn is open (D2). */
  | { readonly kind: 'between-turns'; readonly run: () => void };

type CommandMessage = Extract<SchedulerMessage, { readonly kind: 'command' }>;

export interface SchedulerOptions {
  readonly self: NodeId;
  /** As the ledger holds it; its state is the scheduler's own from here on. */
  readonly start: ReplicaStart;
  readonly feed: LogFeed;
  readonly log: SchedulerLog;
  readonly wire: SchedulerWire;
  readonly history: History;
  readonly settings: SchedulerSettings;
  /** Called for every committed entry, in order. */
  readonly committed: (turn: CommittedTurn) => void;
  /** Calls `next` when there is room for what another page of entries brings. */
  readonly pageApplied: (next: () => void) => void;
  /** The voters' disks are nearly full: new work is refused before their reserve is touched. */
  readonly disksFull: () => boolean;
  /** The newest record that every member has said to understand. */
  readonly memberVersions: MemberVersions;
}

/** Commands that wait while a new leader catches up with its own log. */
const earlyMax = 10_000;
/** Heartbeats that wait until this leader is confirmed; one more is lost, and comes again. */
export const heartbeatsWaitingMax = 1_000;
/** The leader looks at the wall clock at least this often, in case it was set (W16). */
const wakeMsMax = 1000;

export class Scheduler implements Behaviour<SchedulerMessage> {
  readonly #context: Context<SchedulerMessage>;
  readonly #options: SchedulerOptions;
  readonly #replica: Replica;
  #role: RoleChange = { role: 'follower', term: term(0), leader: undefined };
  #leader: Leader | undefined;
  #early: SchedulerMessage[] = [];
  #heartbeatsWaiting = 0;
  readonly #lookBacks: LookBacks;
  /** Reads, and entries of others, that wait until the open turn is closed. */
  readonly #readsWaiting: (() => void)[] = [];
  readonly #othersWaiting: (() => void)[] = [];
  /** Commands that are looked through in steps, a turn each. */
  readonly #checked: SchedulerMessage[] = [];

  constructor(context: Context<SchedulerMessage>, options: SchedulerOptions) {
    this.#context = context;
    this.#options = options;
    this.#replica = new Replica(options.start);
    this.#lookBacks = new LookBacks(options.history, (answer) => context.self.tell(answer));
  }

  receive(message: SchedulerMessage): void {
    switch (message.kind) {
      case 'log':
        this.#followLog();
        return;
      case 'wake':
        this.#leader?.wake();
        return;
      case 'executor':
        this.#executorSays(message.message);
        return;
      case 'confirmed':
        if (this.#leader?.term === message.term) message.run(this.#leader);
        return;
      case 'command':
        this.#commandCame(message);
        return;
      case 'command-with-history': {
        const { gateway, request, ended, past = [] } = message;
        if (this.#leader === undefined) this.#notLeader(gateway, request);
        else if (isOutdated(request.command, ended, this.#replica.state))
          this.#commandCame({ ...message, kind: 'command' });
        else this.#leader.take({ kind: 'command', gateway, request, ended, past });
        return;
      }
      case 'looked-back':
      case 'scaled':
        this.#leader?.take(message);
        return;
      case 'read':
        message.read();
        return;
      case 'between-turns':
        this.#othersWaiting.push(message.run);
        return;
      case 'ahead':
        this.#leader?.board.plans.ahead();
        this.#replica.state.digestAhead();
        return;
    }
  }

  drained(): void {
    this.#followLog();
    this.#leader?.drained();
    if (!this.#leader?.isMidTurn) for (const read of this.#readsWaiting.splice(0)) read();
    if (!this.#leader?.isTurnOpen) for (const run of this.#othersWaiting.splice(0)) run();
    for (const message of this.#checked.splice(0)) this.#context.self.tell(message);
    // A message to itself makes a turn of its own; whatever came meanwhile is heard there too.
    const isBehind = this.#leader?.board.plans.isBehind || this.#replica.state.isDigestBehind;
    if (isBehind) this.#context.self.tell({ kind: 'ahead' });
    this.#armWake();
  }

  get appliedIndex(): LogIndex {
    return this.#replica.appliedIndex;
  }

  /** The rows as they are in memory: on a leader ahead of the log. For counting, not for people. */
  get state(): ReadonlyState {
    return this.#replica.state;
  }

  /** Leading and caught up with its own log. */
  get isLeading(): boolean {
    return this.#leader !== undefined;
  }

  get leader(): Leader | undefined {
    return this.#leader;
  }

  /**
   * Reads live rows: `select` sees the state as of some entry, never a part of one, and `done` gets
   * its result when all of it is committed (law 7). Synchronous on a follower. Call from a turn of
   * this actor (`read`).
   */
  read<T>(select: (state: ReadonlyState) => T, done: (value: T, index: LogIndex) => void): void {
    const again = (): void => this.read(select, done);
    if (this.#leader?.isMidTurn) {
      this.#readsWaiting.push(again);
      return;
    }
    const value = select(this.#replica.state);
    const release = (): void => done(value, this.#replica.appliedIndex);
    if (this.#leader === undefined) release();
    else this.#leader.whenCommitted(release, () => this.#readAgain(again));
  }

  #readAgain(read: () => void): void {
    this.#context.self.tell({ kind: 'read', read });
  }

  #followLog(): void {
    for (const item of this.#options.feed.take()) {
      if (item.kind === 'role') {
        this.#roleChanged(item.change);
      } else {
        for (const entry of item.entries) this.#entryCommitted(entry);
        this.#options.pageApplied(item.next);
      }
    }
  }

  #roleChanged(change: RoleChange): void {
    const lost = this.#leader !== undefined && change.term !== this.#leader.term;
    if (lost || change.role !== 'leader') this.#stepDown();
    this.#role = change;
    if (change.role === 'leader') return;
    for (const message of this.#early.splice(0)) this.receive(message);
  }

  #stepDown(): void {
    if (this.#leader === undefined) return;
    this.#leader.unwind();
    this.#leader = undefined;
    this.#lookBacks.clear();
    this.#context.timers.cancel('wake');
    this.#context.trace('info', 'scheduler.stepped-down', {});
  }

  #entryCommitted(entry: Entry): void {
    const leader = this.#leader;
    const proposed = leader?.committed(entry.index, entry.term);
    this.#replica.advance(entry.index);
    if (leader !== undefined && proposed !== undefined) {
      // Whoever is answered may read at once: the ledger hears of the entry first.
      this.#options.committed(this.#replica.committed(proposed));
      leader.release(proposed);
      return;
    }
    if (isMembersPayload(entry.payload)) {
      this.#options.committed(this.#replica.passed(entry));
      return;
    }
    assert(leader === undefined, 'C2: a leader proposed every record of its own term');
    this.#options.committed(this.#replica.apply(entry));
    const isOwnNoOp = this.#role.role === 'leader' && entry.term === this.#role.term;
    if (isOwnNoOp) this.#takeOver();
  }

  /** The empty entry of our own term is applied: from here on this node decides (C2). */
  #takeOver(): void {
    const { clock, trace } = this.#context;
    const { memberVersions } = this.#options;
    const replica = this.#replica;
    const inTerm = this.#role.term;
    this.#leader = new Leader({
      ...{ ...this.#options, clock, trace },
      state: replica.state,
      term: inTerm,
      lastAt: replica.lastAt,
      lookBack: (question) => this.#lookBacks.ask(question),
      memberVersions: {
        recordMax: (wish) => newerOf(replica.versionSeen, memberVersions.recordMax(wish)),
        isPending: () => memberVersions.isPending(),
      },
      appliedIndex: () => replica.appliedIndex,
      confirm: (confirmed) => this.#whenConfirmed(inTerm, confirmed),
    });
    const runs = replica.state.count('run');
    trace('info', 'scheduler.took-over', { term: inTerm, runs });
    this.#leader.wake();
    for (const message of this.#early.splice(0)) this.receive(message);
  }

  #executorSays(message: ExecutorToScheduler): void {
    const leader = this.#leader;
    if (leader === undefined) return;
    const executor = { node: message.node, incarnation: message.incarnation };
    switch (message.kind) {
      case 'heartbeat':
        this.#heartbeatCame(message, leader.term);
        return;
      case 'started':
        leader.take({ kind: 'attempts-started', executor, attempts: message.attempts });
        return;
      case 'ended':
        leader.take({ kind: 'attempts-ended', executor, reports: message.reports });
        return;
    }
  }

  /** C4. A round that fails is a lost heartbeat, no more. */
  #heartbeatCame(heartbeat: Heartbeat, inTerm: Term): void {
    if (this.#heartbeatsWaiting >= heartbeatsWaitingMax) return;
    this.#heartbeatsWaiting += 1;
    const ended = (): void => {
      this.#heartbeatsWaiting -= 1;
    };
    this.#whenConfirmed(inTerm, (leader) => leader.heartbeat(heartbeat), ended);
  }

  /** C4, C5. What is not confirmed does not run; whoever waits for it asks again. */
  #whenConfirmed(term: Term, run: (leader: Leader) => void, ended?: () => void): void {
    this.#options.log.readIndex((confirmed) => {
      ended?.();
      if (confirmed.ok) this.#context.self.tell({ kind: 'confirmed', term, run });
    });
  }

  #commandCame(message: CommandMessage): void {
    const { gateway, request } = message;
    if (this.#leader === undefined) {
      const isComing = this.#role.role === 'leader' && this.#early.length < earlyMax;
      if (isComing) this.#early.push(message);
      else this.#notLeader(gateway, request);
      return;
    }
    if (isNewWork(request.command) && this.#options.disksFull()) {
      this.#refuse(gateway, request, diskFull);
      return;
    }
    if (checkAhead(request.command)) {
      this.#checked.push(message);
      return;
    }
    const dates = datesAsked(request.command);
    if (dates !== undefined) {
      this.#askDates(message, dates);
      return;
    }
    const named = namedRun(request.command, this.#replica.state);
    const { state } = this.#replica;
    if (named === undefined || state.run(named.namespace, named.runId) !== undefined) {
      this.#leader.take({ kind: 'command', gateway, request, ended: null });
      return;
    }
    const lookUp = (): void =>
      this.#options.history.endedRun(named.namespace, named.runId, (ended) => {
        this.#context.self.tell({ kind: 'command-with-history', gateway, request, ended });
      });
    // The ledger knows a run that has ended only when its end is committed.
    const isNews = state.endedLately(named.namespace, named.runId) !== undefined;
    if (isNews) this.read(() => null, lookUp);
    else lookUp();
  }

  /** Runs that live now may end, and be in neither place, before the command is decided on. */
  #askDates({ gateway, request }: CommandMessage, dates: DatesAsked): void {
    const living = livingRuns(this.#replica.state, dates);
    const lookUp = (): void =>
      this.#options.history.datedRuns(dates, (ended) => {
        const past = [...living, ...ended];
        const { self } = this.#context;
        self.tell({ kind: 'command-with-history', gateway, request, ended: null, past });
      });
    this.read(() => null, lookUp);
  }

  #refuse(gateway: NodeId, { requestId, bodyDigest }: CommandRequest, error: Refusal): void {
    const answer = { ok: false, error } as const;
    const index = this.#replica.appliedIndex;
    const refused = { kind: 'answer', requestId, bodyDigest, answer, index } as const;
    this.#options.wire.toGateway(gateway, { ...refused, kept: false });
  }

  #notLeader(gateway: NodeId, { requestId }: CommandRequest): void {
    const { leader } = this.#role;
    const known = leader === this.#options.self ? undefined : leader;
    this.#options.wire.toGateway(gateway, { kind: 'not-leader', requestId, leader: known });
  }

  #armWake(): void {
    const waitMs = this.#leader?.nextWakeMs();
    if (this.#leader === undefined) return;
    const delayMs = Math.min(waitMs ?? wakeMsMax, wakeMsMax);
    this.#context.timers.after('wake', Math.max(1, delayMs), { kind: 'wake' });
  }
}

const diskFull = refusal('DISK_FULL', 'the disks of the cluster are nearly full');
