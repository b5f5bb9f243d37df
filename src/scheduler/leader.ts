/**
 * Leader: the scheduler while this node leads and every earlier entry is applied. Made at
 * take-over, dropped when leadership is lost; everything in it but the horizon can be derived from
 * the state.
 *
 * Owns: the Board, the leases, the horizon, the open turn.
 * Does not own: the state (the scheduler's), the log (Raft's).
 *
 * Invariants:
 *   D1  At most one turn is open; it is proposed as a whole or undone as a whole.
 *   D2  Nobody proposes while a turn is open, so its index is known from the begin.
 */
import { assert } from '../base/assert.ts';
import {
  type LogIndex,
  logIndex,
  type NodeId,
  type Term,
  type Token,
  type WallMs,
  wallMs,
} from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { limits } from '../model/limits.ts';
import type { NodeRow } from '../model/node.ts';
import { digestEvery, encodeRecord, newerOf, type RecordVersion } from '../model/record.ts';
import type { State } from '../model/state.ts';
import { assignReady } from './assign.ts';
import { Board } from './board.ts';
import { decide } from './decide.ts';
import { isNews } from './decisions/node-seen.ts';
import type { Effect } from './effect.ts';
import { Horizon, type Proposed } from './horizon.ts';
import type { Heartbeat, Input } from './input.ts';
import { Leases } from './leases.ts';
import { logPeersOf } from './log-peers.ts';
import type { LookBack } from './look-backs.ts';
import { reconcile } from './reconcile.ts';
import { RecordClock } from './record-clock.ts';
import { releaseEffects } from './release.ts';
import { bytesPerTurnMax, Turn } from './turn.ts';
import { askAgain, readAgain, refuseTooLarge, takeBack, tooLargeFields } from './undone.ts';
import { Watchdog } from './watchdog.ts';
import type { MemberVersions, SchedulerLog, SchedulerSettings, SchedulerWire } from './world.ts';

/** Facts after which a turn is closed although more messages wait. Bounds the size of an entry. */
const factsPerTurnMax = 500;

/** Deadlines that are taken up before messages are heard again. */
const deadlinesPerWakeMax = 200;

/** After a refusal of the log the leader waits this long before it takes up deadlines again. */
const refusedWaitMs = 100;

/** A deadline whose decision failed, or is too large for an entry, comes again after this long. */
export const putAsideMs = 60_000;

export interface LeaderOptions {
  readonly state: State;
  readonly log: SchedulerLog;
  readonly wire: SchedulerWire;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly settings: SchedulerSettings;
  readonly term: Term;
  /** Time of the newest record; no later one may be older (W16). */
  readonly lastAt: WallMs;
  readonly disksFull: () => boolean;
  /** Asks the ledger; the answer comes as an input, or never. */
  readonly lookBack: (question: LookBack) => void;
  /** The newest record that every member understands; never less than what is in the log. */
  readonly memberVersions: MemberVersions;
  /** The newest entry that is committed and applied here. */
  readonly appliedIndex: () => LogIndex;
  /** Calls back when a majority has said, after this call, that this leader leads; or never. */
  readonly confirm: (confirmed: () => void) => void;
  /** Nobody looks whether what could be placed is: as in a forecast. */
  readonly isUnwatched?: true;
}

export class Leader {
  readonly term: Term;
  readonly leases: Leases;
  readonly #options: LeaderOptions;
  readonly #board: Board;
  readonly #horizon = new Horizon();
  readonly #watchdog: Watchdog | undefined;
  #open: Turn | undefined;
  readonly #time: RecordClock;
  #moreToPlace = false;
  /** Whether the log refused the newest turn. */
  #refused = false;
  /** The newest version among this leader's records, committed or not. */
  #versionUsed: RecordVersion = 1;

  constructor(options: LeaderOptions) {
    const { state, clock, settings, wire, term } = options;
    this.#options = options;
    this.term = term;
    this.#time = new RecordClock(clock, options.lastAt);
    this.#board = new Board(state, settings.shareMemoryMs);
    this.#watchdog = options.isUnwatched ? undefined : new Watchdog(options.trace);
    this.leases = new Leases(settings);
    this.leases.cover(state.nodes(), clock.monotonicMs());
    wire.toEveryExecutor({ kind: 'new-leader', term });
  }

  get board(): Board {
    return this.#board;
  }

  /**
   * Decides on one input within the open turn. False: that closed the turn, the log refused it, and
   * what it was about comes again.
   */
  take(input: Input): boolean {
    const turn = this.#turn();
    turn.inputs.push(input);
    try {
      const { superseded } = decide(turn, input);
      if (superseded > 0) this.#options.trace('info', 'scheduler.superseded', { superseded });
    } catch (error) {
      this.#decisionFailed(turn, input, error);
    }
    const isFull = turn.applied.length >= factsPerTurnMax || turn.bytes >= bytesPerTurnMax;
    return !isFull || this.#close();
  }

  heartbeat(heartbeat: Heartbeat): void {
    const { state, clock, wire, trace, settings } = this.#options;
    const { node, incarnation, seq } = heartbeat;
    const row = state.node(node);
    if (row !== undefined && incarnation < row.incarnation) {
      trace('warn', 'scheduler.stale-executor', { node });
      return;
    }
    if (row === undefined && state.count('node') >= limits.nodes) {
      trace('warn', 'scheduler.too-many-nodes', { node, limit: limits.nodes });
      return;
    }
    const { missingBefore } = this.leases.heard(heartbeat, seq, clock.monotonicMs());
    const { leaseMs } = settings;
    const term = this.term;
    const logPeers = logPeersOf(node, state.nodes());
    wire.toExecutor(node, { kind: 'heartbeat-answer', term, incarnation, seq, leaseMs, logPeers });
    if (isNews(row, heartbeat)) this.take({ kind: 'node-seen', heartbeat });
    const started = reconcile(this.#turn(), this.leases, heartbeat, missingBefore);
    if (started.attempts.length > 0) this.take(started);
  }

  /** Takes up what is due on either clock. */
  wake(): void {
    const { clock } = this.#options;
    this.#refused = false;
    for (const executor of this.leases.takeExpired(clock.monotonicMs())) {
      this.#options.trace('warn', 'scheduler.node-lost', { node: executor.node });
      if (!this.take({ kind: 'node-lost', executor })) return;
    }
    const { deadlines } = this.#board;
    // Many may be due at once, at a full hour say: what is left is due still, and soon.
    for (let taken = 0; taken < deadlinesPerWakeMax; taken++) {
      const deadline = deadlines.takeDue(this.#turn().at);
      if (deadline === undefined) return;
      // What the log refused is due again: going on would never end.
      if (!this.take({ kind: 'deadline', deadline })) return;
      // One helping at a time: messages are heard in between.
      if (deadline.kind === 'go-on') return;
    }
  }

  /** Milliseconds until `wake` has something to do; undefined when nothing is planned. */
  nextWakeMs(): number | undefined {
    const { clock } = this.#options;
    if (this.#refused) return refusedWaitMs;
    const due = this.#board.deadlines.next();
    const dueMs = due === undefined ? undefined : Math.max(0, due - this.#time.now());
    const expiryMs = this.leases.nextExpiryMs(clock.monotonicMs());
    if (dueMs === undefined || expiryMs === undefined) return dueMs ?? expiryMs;
    return Math.min(dueMs, expiryMs);
  }

  /** The mailbox is empty: the turn goes to the log, unless enough of them are under way. */
  drained(): void {
    const mayClose = this.#horizon.length < this.#options.settings.horizonMax;
    const at = this.#open?.at ?? this.#time.now();
    if (mayClose && this.#close() && !this.#moreToPlace) this.#watch(at);
    else this.#watchdog?.rest();
  }

  /** Looks at what is decided on, through a turn that never is one; call between two turns. */
  look<T>(select: (turn: Turn, mayTake: (node: NodeRow) => boolean) => T): T {
    return this.#lookAt(this.#time.now(), select);
  }

  #lookAt<T>(at: WallMs, select: (turn: Turn, mayTake: (node: NodeRow) => boolean) => T): T {
    const { state, log } = this.#options;
    const place = { term: this.term, index: log.nextIndex(), at };
    return select(new Turn({ state, board: this.#board }, place), (node) => this.#mayTake(node));
  }

  /** An entry is committed: takes its turn out of the horizon, if it is one of ours. */
  committed(index: LogIndex, term: Term): Proposed | undefined {
    return this.#horizon.commit(index, term);
  }

  /** Releases the effects of a turn that `committed` gave, once the ledger has it too. */
  release({ turn }: Proposed): void {
    this.#release(turn.effects, turn.index);
  }

  /** Whether the index of the next entry is taken (D2). */
  get isTurnOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Whether the state holds a part of an entry that is not closed yet. */
  get isMidTurn(): boolean {
    return this.#open !== undefined && this.#open.applied.length > 0;
  }

  /**
   * Runs `release` when everything that the state holds now is committed; `again` if it turns out
   * that it will not be (law 7).
   */
  whenCommitted(release: () => void, again: () => void): void {
    const effect = { kind: 'release-read', release, again } as const;
    const turn = this.isMidTurn ? this.#open : this.#horizon.newest();
    if (turn === undefined) release();
    else turn.release(effect);
  }

  /** Leadership is lost: undoes what is not committed, from the back (law 8). */
  unwind(): void {
    const undone: Turn[] = [];
    if (this.#open !== undefined) undone.push(this.#open);
    this.#open?.undo();
    this.#open = undefined;
    for (const turn of this.#horizon.unwind()) {
      turn.undo();
      undone.push(turn);
    }
    for (const turn of undone) takeBack(this.#options.wire, turn.effects);
  }

  #turn(): Turn {
    if (this.#open !== undefined) return this.#open;
    const { state, log, disksFull, memberVersions } = this.#options;
    this.#board.disksFull = disksFull();
    const versionMax = newerOf(memberVersions.recordMax('asked'), this.#versionUsed);
    const unaskedMax = newerOf(memberVersions.recordMax('unasked'), this.#versionUsed);
    const place = {
      term: this.term,
      index: log.nextIndex(),
      at: this.#time.now(),
      steadyAt: this.#time.steady(),
      versionMax,
      unaskedMax,
      versionsPending: memberVersions.isPending(),
    };
    this.#open = new Turn({ state, board: this.#board }, place);
    return this.#open;
  }

  /** False: the log refused the turn, everything in it is undone, and comes again. */
  #close(): boolean {
    const turn = this.#open;
    if (turn === undefined && !this.#moreToPlace) return true;
    const closing = turn ?? this.#turn();
    this.#assign(closing);
    this.#open = undefined;
    if (closing.applied.length === 0) {
      this.#releaseWithoutFacts(closing);
      return true;
    }
    return this.#propose(closing);
  }

  /** As of `at`: the instant of the pass that has just been made, if there was one. */
  #watch(at: WallMs): void {
    const watchdog = this.#watchdog;
    if (watchdog?.isDue(at)) this.#lookAt(at, (...seen) => watchdog.look(...seen));
  }

  #assign(turn: Turn): void {
    if (this.#board.ready.size === 0) {
      this.#board.shares.clear();
      this.#moreToPlace = false;
      return;
    }
    this.#watchdog?.passed(turn.at);
    turn.decide({ what: 'assign', by: 'scheduler' }, () => {
      this.#moreToPlace = assignReady(turn, (node) => this.#mayTake(node));
    });
  }

  /** Whether a node may take tasks: it is alive, and was heard in this leadership. */
  #mayTake({ nodeId: node, incarnation, status }: NodeRow): boolean {
    return status === 'alive' && this.leases.seqOf({ node, incarnation }) !== undefined;
  }

  #propose(turn: Turn): boolean {
    const { log, state, trace, clock, wire } = this.#options;
    const digest = turn.index % digestEvery === 0 ? state.digest() : undefined;
    const { at, decisions, version } = turn;
    const record = { version, at, decisions, ...(digest && { digest }) };
    const proposed = log.propose(this.term, encodeRecord(record));
    this.#refused = !proposed.ok;
    if (!proposed.ok) {
      trace('info', 'scheduler.not-proposed', { why: proposed.error });
      turn.undo();
      this.#board.rebuild();
      this.leases.cover(state.nodes(), clock.monotonicMs());
      if (proposed.error === 'too-large') return this.#takeApart(turn);
      takeBack(wire, turn.effects);
      return false;
    }
    assert(proposed.value === turn.index, 'D2: the entry got the index that the turn was made for');
    this.#versionUsed = newerOf(this.#versionUsed, version);
    this.#horizon.push({ turn, digest });
    return true;
  }

  /**
   * No commit proves that this node led when a turn was made that changed nothing. What it answers
   * a client waits for such a proof: others may have gone on without a leader that was cut off
   * (W31). Everything else is true of what it knows, whoever leads.
   */
  #releaseWithoutFacts({ effects }: Turn): void {
    const answers = effects.filter(({ kind }) => kind === 'answer');
    if (answers.length > 0) this.#options.confirm(() => this.#releaseSeen(answers));
    this.#releaseSeen(effects.filter(({ kind }) => kind !== 'answer'));
  }

  /** Effects without facts wait for what their turn saw (law 4). */
  #releaseSeen(effects: readonly Effect[]): void {
    const newest = this.#horizon.newest();
    // Not the index before the turn's: that may be a configuration which is not committed.
    if (newest === undefined) this.#release(effects, this.#options.appliedIndex());
    else for (const effect of effects) newest.release(effect);
  }

  #release(effects: readonly Effect[], index: LogIndex): void {
    const { wire, trace, lookBack } = this.#options;
    const isWanted = (node: NodeId, token: Token): boolean =>
      this.#board.attemptsOn(node).get(token)?.attempt.revoked === false;
    const { leases, term } = this;
    const context = { wire, leases, term, index, trace, isWanted, lookBack };
    releaseEffects(effects, context);
  }

  /**
   * No entry can carry the undone turn. What was decided on is tried one by one, so that nobody is
   * held up by another; an input that is too large by itself is put aside.
   */
  #takeApart({ inputs, effects, index }: Turn): boolean {
    const { wire } = this.#options;
    const [only] = inputs;
    readAgain(effects);
    if (only !== undefined && inputs.length === 1) {
      this.#putAside(only, index);
      return true;
    }
    let isTaken = only !== undefined;
    for (const input of inputs) {
      if (isTaken) isTaken = this.take(input) && this.#close();
      else askAgain(wire, input);
    }
    return isTaken;
  }

  #putAside(input: Input, index: LogIndex): void {
    const { wire, trace } = this.#options;
    if (input.kind === 'command') {
      refuseTooLarge(wire, input, logIndex(index - 1));
      return;
    }
    trace('error', 'scheduler.put-aside', tooLargeFields(input));
    this.#putOff(input);
  }

  /** The Board has the deadline again, and it would fail again. */
  #putOff(input: Input): void {
    if (input.kind !== 'deadline') return;
    this.#board.deadlines.putOff(input.deadline, wallMs(this.#time.now() + putAsideMs));
  }

  #decisionFailed(turn: Turn, input: Input, error: unknown): void {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.trace('error', 'scheduler.decision-failed', { input: input.kind, why });
    this.#putOff(input);
    if (input.kind !== 'command') return;
    const { requestId, bodyDigest } = input.request;
    const { kind } = input.request.command;
    const detail = `the scheduler failed to decide on ${kind}; nothing changed`;
    const answer = { ok: false, error: { code: 'INTERNAL', detail } } as const;
    const { gateway } = input;
    turn.release({ kind: 'answer', gateway, requestId, bodyDigest, answer, kept: false });
  }
}
