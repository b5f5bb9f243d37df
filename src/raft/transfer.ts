/**
 * Leadership transfer (thesis section 3.10): the leader refuses proposals, brings the target up to
 * date and tells it to campaign at once.
 *
 * X1  A transfer ends: the target wins, or it is given up after one minimum election time-out and
 *     the leader serves again, or steps down if it may lead no more. Nothing here weakens an
 *     election, so at worst time is lost.
 * X2  Only a voter is a target, and it stays one: the configuration does not change meanwhile.
 */
import { present } from '../base/assert.ts';
import type { NodeId } from '../base/brand.ts';
import { becomeFollower } from './election.ts';
import { sendAppends } from './replication.ts';
import type { Leadership, RaftState } from './state.ts';
import type { TransferFailure } from './types.ts';

export function startTransfer(state: RaftState, wanted: NodeId | undefined): void {
  const { leadership } = state;
  const to = leadership === undefined ? undefined : (wanted ?? longestLog(state, leadership));
  const refusal = refuse(state, to);
  if (refusal !== undefined || leadership === undefined || to === undefined) {
    state.output({ kind: 'transfer-failed', reason: refusal ?? 'not-a-voter' });
    return;
  }
  leadership.transfer = { to, retiring: false, ticks: 0 };
  state.output({ kind: 'transfer-started', to });
  pursueTransfer(state, leadership);
}

/** This leader is no voter any more: whoever has the most takes over (K3). */
export function retire(state: RaftState, leadership: Leadership): void {
  const to = present(longestLog(state, leadership), 'somebody votes');
  leadership.transfer = { to, retiring: true, ticks: 0 };
  pursueTransfer(state, leadership);
}

function refuse(state: RaftState, to: NodeId | undefined): TransferFailure | undefined {
  if (state.leadership === undefined) return 'not-leader';
  if (state.leadership.transfer !== undefined) return 'busy';
  if (to === state.self) return 'already-leader';
  return to === undefined || !state.configurations.isVotingPeer(to) ? 'not-a-voter' : undefined;
}

/** The voter that has the most, one that was heard lately before any other. */
function longestLog(state: RaftState, leadership: Leadership): NodeId | undefined {
  let best: NodeId | undefined;
  let bestRank = -1;
  for (const peer of state.configurations.votingPeers) {
    const { active, match } = present(leadership.progress.get(peer), 'X2: the voter is a peer');
    const rank = active ? state.log.lastIndex + 1 + match : match;
    if (rank <= bestRank) continue;
    best = peer;
    bestRank = rank;
  }
  return best;
}

/** Called when the target may have caught up, and with each heartbeat in case the word was lost. */
export function pursueTransfer(state: RaftState, leadership: Leadership): void {
  const { transfer } = leadership;
  if (transfer === undefined) return;
  const progress = present(leadership.progress.get(transfer.to), 'X2: the target is a peer');
  if (progress.match === state.log.lastIndex) {
    state.send(transfer.to, { kind: 'timeout-now', term: state.term });
  } else {
    sendAppends(state, leadership);
  }
}

/** X1. */
export function tickTransfer(state: RaftState, leadership: Leadership): void {
  const { transfer } = leadership;
  if (transfer === undefined) return;
  transfer.ticks += 1;
  if (transfer.ticks < state.settings.electionTicksMin) return;
  leadership.transfer = undefined;
  if (transfer.retiring) becomeFollower(state, state.term, undefined);
  else state.output({ kind: 'transfer-failed', reason: 'timeout' });
}
