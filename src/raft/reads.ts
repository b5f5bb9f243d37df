/**
 * Linearizable reads without writing the log: ReadIndex (thesis section 6.4).
 *
 * Q1  A read's index is the leader's commit, taken when its round begins and not before the
 *     leader's own no-op is committed: only then is `commit` known to hold every earlier write.
 * Q2  A read is answered when a majority has answered a heartbeat of its round or of a later one; a
 *     round number is drawn after the reads that it confirms arrived and is never used again, so an
 *     answer that was late or sent twice confirms nothing new.
 * Q3  A leader that is deposed answers nothing more.
 */
import { assert, present } from '../base/assert.ts';
import type { LogIndex } from '../base/brand.ts';
import { majorityValue } from './quorum.ts';
import type { Leadership, PendingRead, RaftState } from './state.ts';

/** A read of our own: the leader queues it, a follower forwards it. */
export function read(state: RaftState, id: number): void {
  if (state.leadership !== undefined) {
    queueRead(state, state.leadership, { id, from: undefined });
  } else if (state.leader !== undefined) {
    state.send(state.leader, { kind: 'read-request', term: state.term, id });
  } else {
    state.output({ kind: 'read-failed', id });
  }
}

/** Waits for the round that is under way to end, so that many reads share the next. */
export function queueRead(state: RaftState, leadership: Leadership, pending: PendingRead): void {
  if (pendingReads(leadership) >= state.settings.maxPendingReads) {
    if (pending.from === undefined) state.output({ kind: 'read-failed', id: pending.id });
    return;
  }
  leadership.waitingReads.push(pending);
  startReadRound(state, leadership);
}

function pendingReads(leadership: Leadership): number {
  let count = leadership.waitingReads.length;
  for (const round of leadership.readRounds) count += round.reads.length;
  return count;
}

/** Also called when something has been committed, for the reads that waited for the no-op (Q1). */
export function startReadRound(state: RaftState, leadership: Leadership): void {
  const ready = state.commit >= leadership.firstIndex;
  if (!ready || leadership.waitingReads.length === 0 || leadership.readRounds.length > 0) return;
  broadcastHeartbeat(state, leadership);
}

/** Every heartbeat is a round of its own; reads that wait board the next one that leaves. */
export function broadcastHeartbeat(state: RaftState, leadership: Leadership): void {
  leadership.round += 1;
  state.heartbeatTicks = 0;
  if (leadership.waitingReads.length > 0 && state.commit >= leadership.firstIndex) {
    leadership.readRounds.push({
      round: leadership.round,
      index: state.commit,
      reads: leadership.waitingReads,
    });
    leadership.waitingReads = [];
  }
  state.sendAll(state.configurations.peers, {
    kind: 'heartbeat',
    term: state.term,
    commit: state.commit,
    round: leadership.round,
  });
  confirmReads(state, leadership);
}

/** Q2: answers the rounds that a majority has confirmed, and starts the next. */
export function confirmReads(state: RaftState, leadership: Leadership): void {
  const rounds = state.configurations.selfVotes ? [leadership.round] : [];
  for (const progress of leadership.voting) rounds.push(progress.round);
  const confirmed = present(majorityValue(rounds), 'there is at least one voter');
  while ((leadership.readRounds[0]?.round ?? Number.POSITIVE_INFINITY) <= confirmed) {
    const round = present(leadership.readRounds.shift(), 'a round was there');
    for (const pending of round.reads) answer(state, pending, round.index);
  }
  startReadRound(state, leadership);
}

function answer(state: RaftState, pending: PendingRead, index: LogIndex): void {
  assert(state.role === 'leader', 'Q3: only a leader answers reads');
  if (pending.from === undefined) {
    state.output({ kind: 'read-ready', id: pending.id, index });
  } else {
    state.send(pending.from, { kind: 'read-answer', term: state.term, id: pending.id, index });
  }
}

/** Q3. Forwarded reads get no answer: their followers learn of the new leader and ask again. */
export function failReads(state: RaftState): void {
  const { leadership } = state;
  if (leadership === undefined) return;
  const rounds = leadership.readRounds.flatMap((round) => round.reads);
  for (const pending of [...rounds, ...leadership.waitingReads]) {
    if (pending.from === undefined) state.output({ kind: 'read-failed', id: pending.id });
  }
}
