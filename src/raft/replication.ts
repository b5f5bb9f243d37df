/**
 * The leader's side of replication (thesis section 3.5, pipelining after section 10.2).
 *
 * The leader sends entries before its own disk has them and counts itself only when it does
 * (section 10.2.1). Followers that need the same range share one append.
 *
 * C1  Only an entry of the leader's own term is committed by counting; older ones follow with it
 *     (section 3.6.2, figure 3.7).
 * C2  A majority of the voters of the effective configuration counts, in synced copies; the
 *     leader's own, if it votes, is `durable`, like everybody else's.
 */
import { assert, present } from '../base/assert.ts';
import { type LogIndex, logIndex, type NodeId } from '../base/brand.ts';
import { isMembersPayload } from './members.ts';
import { Progress } from './progress.ts';
import { majorityValue } from './quorum.ts';
import type { Leadership, RaftState } from './state.ts';
import type { AppendRejected, ProposalRefusal } from './types.ts';

/** Opens the term with an empty entry, so that older entries can be committed (section 6.4). */
export function becomeLeader(state: RaftState): void {
  assert(state.role === 'candidate', 'E3: only a candidate becomes leader');
  assert(state.hardStateDurable, 'R2: a leader has its own vote on disk');
  const firstIndex = logIndex(state.log.lastIndex + 1);
  const progress = new Map(
    state.configurations.peers.map((peer) => [peer, new Progress(firstIndex, state.settings)]),
  );
  state.role = 'leader';
  state.leader = state.self;
  state.electionsWon += 1;
  state.electionTicks = 0;
  state.heartbeatTicks = 0;
  state.leadership = {
    progress,
    voting: votingOf(state, progress),
    firstIndex,
    round: 0,
    waitingReads: [],
    readRounds: [],
    transfer: undefined,
    leaving: undefined,
  };
  state.appendEntry({ index: firstIndex, term: state.term, payload: new Uint8Array(0) });
  sendAppends(state, state.leadership);
}

/** Those who vote, made once per configuration because every answer counts them. */
export const votingOf = (
  state: RaftState,
  progress: ReadonlyMap<NodeId, Progress>,
): readonly Progress[] =>
  state.configurations.votingPeers.map((peer) =>
    present(progress.get(peer), 'every peer has a progress'),
  );

/** Appends one entry, or says why not. The caller flushes. */
export function propose(state: RaftState, payload: Uint8Array): ProposalRefusal | LogIndex {
  const { leadership, settings, log } = state;
  assert(!isMembersPayload(payload), 'K1: a configuration is not proposed, it is a change');
  if (leadership === undefined) return 'not-leader';
  if (leadership.transfer !== undefined) return 'transferring';
  if (payload.length > settings.maxEntryBytes) return 'too-large';
  if (!hasRoom(state, payload.length)) return 'overloaded';
  const index = logIndex(log.lastIndex + 1);
  state.appendEntry({ index, term: state.term, payload });
  return index;
}

/** Whether the uncommitted tail may grow by an entry of that size. */
export function hasRoom(state: RaftState, payloadBytes: number): boolean {
  const { settings, log, commit } = state;
  if (log.lastIndex - commit >= settings.maxUncommittedEntries) return false;
  const waitingBytes = state.sizes.bytesBetween({ after: commit, upTo: log.lastIndex });
  return waitingBytes + payloadBytes <= settings.maxUncommittedBytes;
}

/** Sends whatever the followers' windows allow; those at the same place share a message. */
export function sendAppends(state: RaftState, leadership: Leadership): void {
  const { log } = state;
  for (const [peer, first] of leadership.progress) {
    while (first.maySend(log.lastIndex)) {
      if (first.next > log.base.index) sendBatch(state, leadership, first);
      else sendSnapshot(state, peer, first);
    }
  }
}

/** The term before the next entry is not known any more, nor the entry itself (P27). */
function sendSnapshot(state: RaftState, to: NodeId, progress: Progress): void {
  progress.becomeSnapshot();
  state.output({ kind: 'send-snapshot', to });
}

/**
 * Probing begins anew: behind the snapshot, or at the base, which answers whether another is
 * needed.
 */
export function snapshotEnded(
  state: RaftState,
  ended: { readonly to: NodeId; readonly index: LogIndex | undefined },
): void {
  const { leadership, log } = state;
  const progress = leadership?.progress.get(ended.to);
  if (leadership === undefined || progress?.state !== 'snapshot') return;
  if (ended.index === undefined) {
    progress.snapshotFailed(logIndex(log.base.index + 1));
  } else {
    assert(ended.index <= log.lastIndex, 'a snapshot holds what this log held');
    progress.becomeProbe(logIndex(ended.index + 1));
    sendAppends(state, leadership);
  }
}

/** One append for `first` and for everybody who would get the very same. */
function sendBatch(state: RaftState, leadership: Leadership, first: Progress): void {
  const { log, sizes } = state;
  if (first.state === 'replicate' && first.next < sizes.first) first.becomeProbe(first.next);
  const { next } = first;
  const prevIndex = logIndex(next - 1);
  const lastIndex = batchEnd(state, leadership, first);
  const bytes = sizes.bytesBetween({ after: prevIndex, upTo: lastIndex });
  const to: NodeId[] = [];
  for (const [peer, progress] of leadership.progress) {
    if (progress.next !== next || !progress.maySend(log.lastIndex)) continue;
    if (progress.state !== first.state) continue;
    if (batchEnd(state, leadership, progress) !== lastIndex) continue;
    progress.sent({ lastIndex, bytes });
    to.push(peer);
  }
  assert(to.length > 0, 'a batch has at least the receiver that it was made for');
  assert(state.hardStateDurable, 'R2: a leader has its term on disk');
  state.output({
    kind: 'send-append',
    to,
    term: state.term,
    prevIndex,
    prevTerm: present(log.termAt(prevIndex), 'L2: the entry before the batch is there'),
    commit: state.commit,
    lastIndex,
    cut: lastIndex > prevIndex && next < sizes.first,
  });
}

/**
 * Where the next append to this follower ends. While the point of agreement is not known it carries
 * nothing, but for the very first, which in a quiet change of leaders agrees at once.
 */
function batchEnd(state: RaftState, leadership: Leadership, progress: Progress): LogIndex {
  const { next } = progress;
  const searching =
    progress.state === 'probe' && progress.match !== next - 1 && next !== leadership.firstIndex;
  if (searching || next > state.log.lastIndex) return logIndex(next - 1);
  if (next < state.sizes.first) return state.log.lastIndex;
  return state.sizes.batchEnd(next, state.settings.maxAppendBytes);
}

/** A follower has synced up to `match`. */
export function appendAccepted(
  state: RaftState,
  leadership: Leadership,
  progress: Progress,
  match: LogIndex,
): void {
  assert(match <= state.log.lastIndex, 'G1: a follower of this term has nothing that we lack');
  if (progress.accepted(match, leadership.round)) commitByCounting(state, leadership);
  if (progress.state === 'snapshot' && progress.match >= state.log.base.index) {
    progress.becomeProbe(progress.next);
  }
  sendAppends(state, leadership);
}

/**
 * Skips whole terms: the follower skipped those of the leader, now we skip those of the follower.
 */
export function appendRejected(
  state: RaftState,
  leadership: Leadership,
  progress: Progress,
  answer: AppendRejected,
): void {
  const agreed = state.log.lastNotAbove({ index: answer.hintIndex, term: answer.hintTerm });
  const next = agreed === undefined ? state.log.base.index : logIndex(agreed.index + 1);
  if (progress.rejected({ prevIndex: answer.prevIndex, next })) sendAppends(state, leadership);
}

/** C1, C2. When nothing more is on its way that could carry the news, a notice does. */
export function commitByCounting(state: RaftState, leadership: Leadership): boolean {
  const matches: LogIndex[] = state.configurations.selfVotes ? [state.durable] : [];
  for (const progress of leadership.voting) matches.push(progress.match);
  const index = present(majorityValue(matches), 'there is at least one voter');
  if (state.log.termAt(index) !== state.term || !state.commitTo(index)) return false;
  const { commit, term } = state;
  const to = state.configurations.peers;
  if (commit === state.log.lastIndex && to.length > 0) {
    assert(state.hardStateDurable, 'R2: a leader has its term on disk');
    const message = { kind: 'commit-notice', term, commit } as const;
    state.output({ kind: 'send', to, message, mayWait: true });
  }
  return true;
}
