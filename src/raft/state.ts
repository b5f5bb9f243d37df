/**
 * Everything that the core remembers, and the three ways by which a step leaves traces: `send`,
 * `saveHardState`/`appendEntry` (what the disk must learn) and the summary at the end of a step.
 * The rules that change it live in election, replication, reads and transfer.
 *
 * Owns: term, vote, role, the log's shape, commit, and per-leader tables. Does not own payloads,
 * time or the identity of a write on disk.
 *
 * R1  Term and vote never go back, and a vote is given once per term (section 3.4).
 * R2  No message leaves before the term and vote under which it was made are synced: it is held,
 *     and dropped if the term changes first (section 3.8).
 * R3  Committed entries are never truncated (section 3.6.3), and `commit` never falls.
 * R4  `durable` counts only what this log, as it is now, has on disk: an answer of the disk to a
 *     write older than the last truncation says nothing (the same index may hold another entry by
 *     now).
 * R5  `proven` is the end of what is known to equal the log of this term's leader; a follower
 *     commits nothing above it.
 * R6  What is announced as committed is synced here, so no restart finds the ledger ahead of the
 *     log.
 * R7  What is given up is committed and synced here, and the ledger has it (P51).
 */
import { assert } from '../base/assert.ts';
import {
  type Incarnation,
  type LogIndex,
  logIndex,
  type NodeId,
  type Term,
} from '../base/brand.ts';
import type { Random } from '../base/ports.ts';
import { Configurations } from './configurations.ts';
import { Log } from './log.ts';
import type { Entry, HardState, LogBase, TermRun } from './log-store.ts';
import { decodeMembers, type MembersAt } from './members.ts';
import type { Progress } from './progress.ts';
import type { CoreSettings } from './settings.ts';
import { TailSizes } from './tail-sizes.ts';
import type { Message, Output, Role } from './types.ts';

/** Messages that wait for the disk; more are dropped, as the network may. */
const heldMessagesMax = 256;

export interface CoreOptions {
  readonly self: NodeId;
  /** A member of this name and another incarnation is somebody else: a former life without data. */
  readonly incarnation: Incarnation;
  readonly random: Random;
  readonly settings: CoreSettings;
  /** What the disk holds. */
  readonly hardState: HardState;
  readonly base: LogBase;
  readonly lastIndex: LogIndex;
  readonly terms: readonly TermRun[];
  /** The configurations among the entries behind the base, in order. */
  readonly members: readonly MembersAt[];
  /** Applied by an earlier life, hence committed; never behind the end, never before the base. */
  readonly appliedIndex: LogIndex;
}

/** A linearizable read that waits: for the leader's first commit, then for its round. */
export interface PendingRead {
  readonly id: number;
  /** The follower that forwarded it; undefined for our own. */
  readonly from: NodeId | undefined;
}

export interface ReadRound {
  readonly round: number;
  readonly index: LogIndex;
  readonly reads: readonly PendingRead[];
}

export interface Transfer {
  readonly to: NodeId;
  /** Nobody asked: this leader is no voter any more and has to go. */
  readonly retiring: boolean;
  ticks: number;
}

/** What only a leader has; made anew for every term that it leads. */
export interface Leadership {
  /** Of the members that the effective configuration names, but this node. */
  progress: ReadonlyMap<NodeId, Progress>;
  /** Those of them who vote. */
  voting: readonly Progress[];
  /** The no-op that opened the term: nothing is read before it is committed. */
  readonly firstIndex: LogIndex;
  round: number;
  waitingReads: PendingRead[];
  readonly readRounds: ReadRound[];
  transfer: Transfer | undefined;
  /** Left with a change that is not committed yet; it should hear that it is. */
  leaving: NodeId | undefined;
}

export class RaftState {
  readonly self: NodeId;
  readonly configurations: Configurations;
  readonly settings: CoreSettings;
  readonly random: Random;
  readonly log: Log;
  readonly sizes: TailSizes;

  term: Term;
  vote: NodeId | undefined;
  role: Role = 'follower';
  leader: NodeId | undefined = undefined;
  leadership: Leadership | undefined = undefined;

  commit: LogIndex;
  durable: LogIndex;
  proven: LogIndex = logIndex(0);
  /** The leader waits for an answer until the disk has caught up with `proven`. */
  ackOwed = false;

  /**
   * Ticks since a leader was heard, a vote was given or a campaign began; a leader's check-quorum.
   */
  electionTicks = 0;
  electionTimeoutTicks = 0;
  heartbeatTicks = 0;
  /** Ticks for which a write has been under way without any answer of the disk. */
  diskWaitTicks = 0;
  /** Voters that granted this campaign, refused it, and were asked a second time. */
  readonly granted = new Set<NodeId>();
  readonly refused = new Set<NodeId>();
  readonly askedAgain = new Set<NodeId>();
  electionsStarted = 0;
  electionsWon = 0;

  #lastWrite = 0;
  #durableWrite = 0;
  #hardStateWrite = 0;
  #truncateWrite = 0;
  #hardStateChanged = false;
  #truncateFrom: LogIndex | undefined = undefined;
  #append: Entry[] = [];
  #purgeTo: LogIndex | undefined = undefined;
  #held: Output[] = [];
  #outputs: Output[] = [];
  #announced: {
    role: Role;
    term: Term;
    leader: NodeId | undefined;
    commit: LogIndex;
    members: MembersAt;
    membersCommitted: boolean;
  };

  constructor(options: CoreOptions) {
    const { self, incarnation, base, settings, hardState, lastIndex, appliedIndex } = options;
    assert(appliedIndex <= lastIndex, 'R6: what was applied is in the log');
    assert(appliedIndex >= base.index, 'R7: the ledger has what the log gave up');
    const known = [{ index: base.index, members: base.members }, ...options.members];
    this.self = self;
    this.configurations = new Configurations({ node: self, incarnation }, known);
    this.settings = settings;
    this.random = options.random;
    this.log = new Log({ base, terms: options.terms, lastIndex });
    this.sizes = new TailSizes(lastIndex, settings.maxUncommittedEntries);
    this.term = hardState.term;
    this.vote = hardState.vote;
    this.commit = appliedIndex;
    this.durable = lastIndex;
    this.#announced = {
      role: this.role,
      term: this.term,
      leader: undefined,
      commit: appliedIndex,
      members: this.members,
      membersCommitted: this.members.index <= appliedIndex,
    };
  }

  /** The configuration that rules, committed or not. */
  get members(): MembersAt {
    return this.configurations.effective;
  }

  /** The last configuration that this node knows to be committed. */
  get committedMembers(): MembersAt {
    return this.configurations.committed(this.commit);
  }

  /** Whether term and vote are on disk. */
  get hardStateDurable(): boolean {
    return !this.#hardStateChanged && this.#durableWrite >= this.#hardStateWrite;
  }

  get diskBusy(): boolean {
    return this.#durableWrite < this.#lastWrite;
  }

  output(output: Output): void {
    this.#outputs.push(output);
  }

  send(to: NodeId, message: Message): void {
    this.sendAll([to], message);
  }

  sendAll(to: readonly NodeId[], message: Message): void {
    if (to.length === 0) return;
    const output = { kind: 'send', to, message } as const;
    if (this.hardStateDurable) this.#outputs.push(output);
    else if (this.#held.length < heldMessagesMax) this.#held.push(output);
  }

  /** Moves to another term, a vote in it, or both. */
  saveHardState(change: { readonly term: Term; readonly vote: NodeId | undefined }): void {
    assert(change.term >= this.term, 'R1: terms do not go back');
    assert(
      change.term > this.term || this.vote === undefined || this.vote === change.vote,
      'R1: one vote per term',
    );
    if (change.term > this.term) this.#held = [];
    this.term = change.term;
    this.vote = change.vote;
    this.#hardStateChanged = true;
  }

  appendEntry(entry: Entry): void {
    const index = this.log.append(entry.term);
    assert(index === entry.index, 'L2: entries are appended without a gap');
    this.sizes.push(entry.payload.length);
    this.#append.push(entry);
    const members = decodeMembers(entry.payload);
    if (members !== undefined) this.configurations.append({ index, members });
  }

  truncateFrom(index: LogIndex): void {
    assert(index > this.commit, 'R3: committed entries are never truncated');
    assert(this.#append.length === 0, 'a step truncates before it appends');
    this.log.truncateFrom(index);
    this.configurations.truncateFrom(index);
    this.sizes.truncateFrom(index);
    this.durable = logIndex(Math.min(this.durable, index - 1));
    this.#truncateFrom = index;
  }

  /** The log begins behind `index` from now on (R7). */
  compact(index: LogIndex): void {
    if (index <= this.log.base.index) return;
    assert(index <= this.commit && index <= this.durable, 'R7: only what is safe is given up');
    this.log.compact(index);
    this.configurations.compact(index);
    this.#purgeTo = index;
  }

  /** The disk answered. By R4 an old answer is ignored; returns whether anything became durable. */
  persisted(write: number, last: { readonly index: LogIndex; readonly term: Term }): boolean {
    assert(write <= this.#lastWrite, 'the disk answers only what it was asked');
    if (write <= this.#durableWrite) return false;
    this.#durableWrite = write;
    this.diskWaitTicks = 0;
    if (this.hardStateDurable && this.#held.length > 0) {
      this.#outputs.push(...this.#held);
      this.#held = [];
    }
    if (write < this.#truncateWrite) return true;
    assert(this.log.termAt(last.index) === last.term, 'R4: the disk holds entries of this log');
    this.durable = logIndex(Math.max(this.durable, last.index));
    return true;
  }

  commitTo(index: LogIndex): boolean {
    if (index <= this.commit) return false;
    assert(index <= this.log.lastIndex, 'R3: only what is in the log is committed');
    this.commit = index;
    return true;
  }

  /** Ends a step: the disk learns first, then the network, then whoever listens. */
  drain(): readonly Output[] {
    this.#flushToDisk();
    this.#announceRole();
    const visible = logIndex(Math.min(this.commit, this.durable));
    if (visible > this.#announced.commit) {
      this.#announced.commit = visible;
      this.#outputs.push({ kind: 'committed', index: visible });
    }
    this.#announceMembers(visible);
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #flushToDisk(): void {
    const append = this.#append;
    const purgeTo = this.#purgeTo;
    const changed = this.#hardStateChanged || this.#truncateFrom !== undefined;
    if (!changed && append.length === 0 && purgeTo === undefined) return;
    const write = ++this.#lastWrite;
    if (this.#hardStateChanged) this.#hardStateWrite = write;
    if (this.#truncateFrom !== undefined) this.#truncateWrite = write;
    this.#outputs.unshift({
      kind: 'persist',
      write,
      hardState: this.#hardStateChanged ? { term: this.term, vote: this.vote } : undefined,
      truncateFrom: this.#truncateFrom,
      append,
      purgeTo,
    });
    this.#hardStateChanged = false;
    this.#truncateFrom = undefined;
    this.#purgeTo = undefined;
    this.#append = [];
  }

  #announceRole(): void {
    const last = this.#announced;
    const { role, term, leader } = this;
    if (last.role === role && last.term === term && last.leader === leader) return;
    this.#announced = { ...last, role, term, leader };
    this.#outputs.push({ kind: 'role', role, term, leader });
  }

  #announceMembers(visible: LogIndex): void {
    const last = this.#announced;
    const { members: effective } = this;
    const committed = effective.index <= visible;
    if (last.members === effective && last.membersCommitted === committed) return;
    last.members = effective;
    last.membersCommitted = committed;
    const { index, members } = effective;
    this.#outputs.push({ kind: 'members', members, index, committed });
  }
}
