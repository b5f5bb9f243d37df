/**
 * The Raft core: `step(input) -> outputs`, a pure machine (D. Ongaro's thesis, chapters 3, 6 and
 * 9).
 *
 * It knows no clock, no disk and no network: a tick, an answer of the disk and a message are inputs
 * alike. It decides who leads and what is committed; payloads pass through it and are not kept.
 * State and its invariants: state.ts. Rules: election.ts, replication.ts (leading), following.ts,
 * membership.ts, reads.ts, transfer.ts, ticks.ts.
 *
 * Requests are heard from anybody, because a new leader or candidate may stand in a configuration
 * that this node does not have yet; answers count from members alone (section 4.1). That the sender
 * is authentic, and which life of a node it is, is for the driver to check.
 */
import { unreachable } from '../base/assert.ts';
import { type LogIndex, logIndex, type NodeId } from '../base/brand.ts';
import * as election from './election.ts';
import * as following from './following.ts';
import * as membership from './membership.ts';
import * as reads from './reads.ts';
import * as replication from './replication.ts';
import { type CoreOptions, type Leadership, RaftState } from './state.ts';
import { tick } from './ticks.ts';
import { pursueTransfer, startTransfer } from './transfer.ts';
import type { Input, Message, Output, Persisted } from './types.ts';

export type { CoreOptions } from './state.ts';

/** What anybody may look at; it changes with every step. */
export type CoreView = Pick<
  RaftState,
  | 'term'
  | 'vote'
  | 'role'
  | 'leader'
  | 'commit'
  | 'durable'
  | 'proven'
  | 'log'
  | 'members'
  | 'committedMembers'
  | 'electionsStarted'
  | 'electionsWon'
>;

export class Raft {
  readonly #state: RaftState;

  constructor(options: CoreOptions) {
    this.#state = new RaftState(options);
    election.restartElectionTimer(this.#state);
  }

  get view(): Readonly<CoreView> {
    return this.#state;
  }

  /** The answers of one follower as its leader sees them; undefined unless this node leads. */
  progressOf(peer: NodeId): { readonly match: LogIndex; readonly next: LogIndex } | undefined {
    return this.#state.leadership?.progress.get(peer);
  }

  /** Outputs are in the order in which they must be carried out. */
  step(input: Input): readonly Output[] {
    handle(this.#state, input);
    membership.settleChange(this.#state);
    return this.#state.drain();
  }
}

function handle(state: RaftState, input: Input): void {
  switch (input.kind) {
    case 'tick':
      tick(state);
      break;
    case 'message':
      receive(state, input.from, input.message);
      break;
    case 'persisted':
      persisted(state, input);
      break;
    case 'propose':
      propose(state, input.payload);
      break;
    case 'flush':
      if (state.leadership !== undefined) replication.sendAppends(state, state.leadership);
      break;
    case 'read':
      reads.read(state, input.id);
      break;
    case 'transfer':
      startTransfer(state, input.to);
      break;
    case 'leader-may-be-dead':
      leaderMayBeDead(state, input.leader);
      break;
    case 'change-members':
      membership.change(state, input.change);
      break;
    case 'compact':
      state.compact(input.to);
      break;
    case 'snapshot-ended':
      replication.snapshotEnded(state, input);
      break;
    default:
      unreachable(input);
  }
}

function propose(state: RaftState, payload: Uint8Array): void {
  const answer = replication.propose(state, payload);
  if (typeof answer === 'number') state.output({ kind: 'accepted', index: answer });
  else state.output({ kind: 'refused', reason: answer });
}

/** The disk is one more peer: its answer may win an election, commit an entry or free an answer. */
function persisted(state: RaftState, answer: Persisted): void {
  const last = { index: answer.lastIndex, term: answer.lastTerm };
  if (!state.persisted(answer.write, last)) return;
  if (election.countOwnVote(state)) replication.becomeLeader(state);
  else if (state.leadership !== undefined) committed(state, state.leadership);
  else following.acknowledge(state);
}

/** Counts again after the leader's own disk answered. */
function committed(state: RaftState, leadership: Leadership): void {
  if (!replication.commitByCounting(state, leadership)) return;
  replication.sendAppends(state, leadership);
  reads.startReadRound(state, leadership);
}

/** Liveness only: the hint lets a follower ask, and a majority that hears the leader says no. */
function leaderMayBeDead(state: RaftState, leader: NodeId): void {
  if (state.role === 'leader' || state.role === 'candidate') return;
  if (state.leader !== undefined && state.leader !== leader) return;
  // Somebody may be campaigning already, and we may have promised it our vote.
  const settling =
    state.leader === undefined && state.electionTicks < state.settings.heartbeatTicks;
  if (settling) return;
  if (election.mayCampaign(state)) election.campaign(state, 'pre-vote');
  else if (state.leader !== undefined) election.becomeFollower(state, state.term, undefined);
}

const countsFromMembers: ReadonlySet<Message['kind']> = new Set([
  'pre-vote-answer',
  'vote-answer',
  'append-accepted',
  'append-rejected',
  'heartbeat-answer',
  'read-request',
]);

function receive(state: RaftState, from: NodeId, message: Message): void {
  if (countsFromMembers.has(message.kind) && !state.configurations.isPeer(from)) return;
  if (message.kind === 'pre-vote') election.answerPreVote(state, from, message);
  else if (message.kind === 'pre-vote-answer') election.receivePreVoteAnswer(state, from, message);
  else if (message.term < state.term) answerStale(state, from, message);
  else if (!isDisturbance(state, message)) {
    if (message.term > state.term) election.becomeFollower(state, message.term, undefined);
    receiveCurrent(state, from, message);
  }
}

/** A campaign against a leader that we hear, and that did not ask for it (section 4.2.3). */
const isDisturbance = (state: RaftState, message: Message): boolean =>
  message.kind === 'vote' &&
  message.term > state.term &&
  !message.transfer &&
  election.hearsLeader(state);

/** An old leader or candidate must learn of the newer term, or it would stay stuck in its own. */
function answerStale(state: RaftState, from: NodeId, message: Message): void {
  const { term } = state;
  if (message.kind === 'vote') {
    state.send(from, { kind: 'vote-answer', term, granted: false });
  } else if (message.kind === 'append' || message.kind === 'heartbeat') {
    const nothing = { round: 0, match: logIndex(0), received: logIndex(0) };
    const { lastIndex } = state.log;
    state.send(from, { kind: 'heartbeat-answer', term, ...nothing, lastIndex });
  }
}

type CurrentMessage = Exclude<Message, { kind: 'pre-vote' | 'pre-vote-answer' }>;

/** The message is of our term. */
function receiveCurrent(state: RaftState, from: NodeId, message: CurrentMessage): void {
  switch (message.kind) {
    case 'vote':
      election.answerVote(state, from, message);
      break;
    case 'vote-answer':
      if (election.receiveVoteAnswer(state, from, message)) replication.becomeLeader(state);
      break;
    case 'append':
      election.hearLeader(state, from);
      following.receiveAppend(state, message);
      break;
    case 'heartbeat':
      election.hearLeader(state, from);
      following.receiveHeartbeat(state, message);
      break;
    case 'commit-notice':
      election.hearLeader(state, from);
      following.followCommit(state, message.commit);
      break;
    case 'timeout-now':
      if (state.leader === from && election.mayCampaign(state))
        election.campaign(state, 'transfer');
      break;
    case 'read-answer':
      following.followCommit(state, message.index);
      state.output({ kind: 'read-ready', id: message.id, index: message.index });
      break;
    case 'append-accepted':
    case 'append-rejected':
    case 'heartbeat-answer':
    case 'read-request':
      if (state.leadership === undefined) break;
      receiveAsLeader(state, state.leadership, from, message);
      break;
    default:
      unreachable(message);
  }
}

type MessageToLeader = Extract<
  Message,
  { kind: 'append-accepted' | 'append-rejected' | 'heartbeat-answer' | 'read-request' }
>;

function receiveAsLeader(
  state: RaftState,
  leadership: Leadership,
  from: NodeId,
  message: MessageToLeader,
): void {
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  progress.active = true;
  switch (message.kind) {
    case 'append-accepted':
      replication.appendAccepted(state, leadership, progress, message.match);
      break;
    case 'append-rejected':
      replication.appendRejected(state, leadership, progress, message);
      break;
    case 'heartbeat-answer':
      progress.round = Math.max(progress.round, message.round);
      progress.heartbeatAnswered(message.received);
      if (progress.forgets(message)) state.output({ kind: 'member-forgot', node: from });
      replication.appendAccepted(state, leadership, progress, message.match);
      reads.confirmReads(state, leadership);
      break;
    case 'read-request':
      reads.queueRead(state, leadership, { id: message.id, from });
      break;
    default:
      unreachable(message);
  }
  reads.startReadRound(state, leadership);
  if (leadership.transfer?.to === from) pursueTransfer(state, leadership);
}
