/**
 * Elections: who may lead (thesis sections 3.4, 3.6.1, 4.2.3 and 9.6).
 *
 * Pre-vote and check-quorum come together. Pre-vote keeps a node that was cut off from raising
 * terms; check-quorum makes a leader that is cut off step down; and whoever heard a leader within
 * the minimum election time-out refuses both kinds of vote, so that a working leader is not
 * replaced. The one way round the refusal is a campaign that the leader itself asked for.
 *
 * E1  A vote counts once, by sender, from voters of the effective configuration alone, and one's
 *     own only when it is synced.
 * E2  An answer to a pre-vote is another kind of message and never counts as a vote.
 * E3  Only a candidate becomes leader, and at most one does in a term (follows from R1 and E1).
 * E4  Whoever is asked for a vote answers, learner or stranger: it may have been promoted without
 *     knowing it. Who counts is for the candidate to know.
 */
import { assert } from '../base/assert.ts';
import { logIndex, type NodeId, type Term, term } from '../base/brand.ts';
import { below } from '../base/random.ts';
import { failReads } from './reads.ts';
import type { RaftState } from './state.ts';
import type { PreVote, PreVoteAnswer, Vote, VoteAnswer } from './types.ts';

/** How a campaign begins: with a pre-vote, or at once because the leader asked for it. */
export type Campaign = 'pre-vote' | 'transfer';

/** Becomes a follower of `leader`, or of nobody yet, in `newTerm`. */
export function becomeFollower(state: RaftState, newTerm: Term, leader: NodeId | undefined): void {
  if (newTerm > state.term) {
    state.saveHardState({ term: newTerm, vote: undefined });
    state.proven = logIndex(0);
    state.ackOwed = false;
  }
  failReads(state);
  state.role = 'follower';
  state.leader = leader;
  state.leadership = undefined;
  restartElectionTimer(state);
}

/** The leader of our term spoke. It is one of a kind (E3), so we are not it. */
export function hearLeader(state: RaftState, leader: NodeId): void {
  assert(state.role !== 'leader', 'E3: one leader in a term');
  if (state.role === 'follower' && state.leader === leader) state.electionTicks = 0;
  else becomeFollower(state, state.term, leader);
}

/** A fresh randomised time-out (section 3.4): `electionTicksMin` up to `electionTicksMax`. */
export function restartElectionTimer(state: RaftState): void {
  const { electionTicksMin, electionTicksMax } = state.settings;
  state.electionTicks = 0;
  state.electionTimeoutTicks =
    electionTicksMin + below(state.random, electionTicksMax - electionTicksMin);
}

/** By configuration, and with a disk that answers (T2). */
export const mayCampaign = (state: RaftState): boolean =>
  state.configurations.mayCampaign(state.commit) && !diskHangs(state);

export const diskHangs = (state: RaftState): boolean =>
  state.diskWaitTicks >= state.settings.diskHangTicks;

/** Starts a campaign; even a single voter wins it only when its own vote is synced (E1). */
export function campaign(state: RaftState, kind: Campaign): void {
  assert(state.role !== 'leader' && mayCampaign(state), 'E3: leaders and learners never campaign');
  restartElectionTimer(state);
  state.granted.clear();
  state.refused.clear();
  state.askedAgain.clear();
  state.leader = undefined;
  if (kind === 'transfer') {
    becomeCandidate(state, true);
    return;
  }
  state.role = 'pre-candidate';
  if (state.configurations.selfVotes) state.granted.add(state.self);
  state.sendAll(state.configurations.votingPeers, preVote(state));
  if (state.granted.size >= state.configurations.quorum) becomeCandidate(state, false);
}

const preVote = (state: RaftState): PreVote => ({
  kind: 'pre-vote',
  term: term(state.term + 1),
  lastIndex: state.log.lastIndex,
  lastTerm: state.log.lastTerm,
});

function becomeCandidate(state: RaftState, transfer: boolean): void {
  restartElectionTimer(state);
  state.electionsStarted += 1;
  state.role = 'candidate';
  state.leader = undefined;
  state.granted.clear();
  state.refused.clear();
  state.saveHardState({ term: term(state.term + 1), vote: state.self });
  state.proven = logIndex(0);
  state.ackOwed = false;
  state.sendAll(state.configurations.votingPeers, {
    kind: 'vote',
    term: state.term,
    lastIndex: state.log.lastIndex,
    lastTerm: state.log.lastTerm,
    transfer,
  });
}

/** Whether a leader was heard within the minimum election time-out (section 4.2.3). */
export const hearsLeader = (state: RaftState): boolean =>
  state.leader !== undefined && state.electionTicks < state.settings.electionTicksMin;

/** The term does not change here, whatever the answer. */
export function answerPreVote(state: RaftState, from: NodeId, request: PreVote): void {
  const granted =
    request.term > state.term &&
    !hearsLeader(state) &&
    state.log.isUpToDate({ index: request.lastIndex, term: request.lastTerm }) &&
    !goesFirst(state, from, request);
  state.send(from, {
    kind: 'pre-vote-answer',
    term: request.term,
    granted,
    voterTerm: state.term,
  });
  if (!granted) askAgain(state, from);
}

/**
 * Whoever asks hears no leader any more, even if it still did when it refused us: it is asked a
 * second time, once in a campaign. So followers that learn of a death one after the other agree
 * without waiting for a time-out, whatever the order.
 */
function askAgain(state: RaftState, from: NodeId): void {
  if (state.role !== 'pre-candidate' || state.askedAgain.has(from)) return;
  if (!state.configurations.isVotingPeer(from)) return;
  state.askedAgain.add(from);
  state.send(from, preVote(state));
}

/**
 * Two nodes that lose their leader at the same moment would both pass the pre-vote and then split
 * the votes. While its own round is fresh, a pre-candidate lets only a better log, or of equal logs
 * the greater name, go before it.
 */
function goesFirst(state: RaftState, from: NodeId, request: PreVote): boolean {
  return (
    state.role === 'pre-candidate' &&
    state.electionTicks < state.settings.heartbeatTicks &&
    request.term === state.term + 1 &&
    request.lastIndex === state.log.lastIndex &&
    request.lastTerm === state.log.lastTerm &&
    from < state.self
  );
}

export function receivePreVoteAnswer(state: RaftState, from: NodeId, answer: PreVoteAnswer): void {
  if (!answer.granted) {
    if (answer.voterTerm > state.term) becomeFollower(state, answer.voterTerm, undefined);
    return;
  }
  if (state.role !== 'pre-candidate' || answer.term !== state.term + 1) return;
  if (!state.configurations.isVotingPeer(from)) return;
  state.granted.add(from);
  if (state.granted.size >= state.configurations.quorum) becomeCandidate(state, false);
}

/** The request's term is ours by now, or older. */
export function answerVote(state: RaftState, from: NodeId, request: Vote): void {
  const granted =
    request.term === state.term &&
    (state.vote === undefined || state.vote === from) &&
    (state.role === 'follower' || state.role === 'pre-candidate') &&
    state.leader === undefined &&
    state.log.isUpToDate({ index: request.lastIndex, term: request.lastTerm });
  if (granted) {
    restartElectionTimer(state);
    state.role = 'follower';
    if (state.vote === undefined) state.saveHardState({ term: state.term, vote: from });
  }
  state.send(from, { kind: 'vote-answer', term: state.term, granted });
}

/** Returns whether the election is won. */
export function receiveVoteAnswer(state: RaftState, from: NodeId, answer: VoteAnswer): boolean {
  if (state.role !== 'candidate' || answer.term !== state.term) return false;
  const { configurations, granted, refused } = state;
  if (!configurations.isVotingPeer(from)) return false;
  if (answer.granted) {
    granted.add(from);
    return isWon(state);
  }
  refused.add(from);
  if (configurations.voters - refused.size < configurations.quorum) retrySoon(state);
  return false;
}

/**
 * E1: our own vote, if it counts, does when the disk has it. Returns whether the election is won.
 */
export function countOwnVote(state: RaftState): boolean {
  if (state.role !== 'candidate' || !state.hardStateDurable) return false;
  if (state.configurations.selfVotes) state.granted.add(state.self);
  return isWon(state);
}

const isWon = (state: RaftState): boolean =>
  state.hardStateDurable && state.granted.size >= state.configurations.quorum;

/**
 * A majority had promised its votes and yet refused: the vote was split. No leader is near, so the
 * next try, which needs a pre-vote again, comes within a part of the usual time-out.
 */
function retrySoon(state: RaftState): void {
  becomeFollower(state, state.term, undefined);
  state.electionTimeoutTicks = 1 + below(state.random, soonTicks(state));
}

const soonTicks = (state: RaftState): number =>
  Math.max(1, Math.floor(state.settings.electionTicksMin / 4));
