/**
 * Leadership transfer (thesis section 3.10): the leader refuses proposals, brings the target up to
 * date and tells it to campaign at once.
 *
 * X1  A transfer ends: the target wins, or it is given up after one minimum election time-out and
 *     the leader serves again. Nothing here weakens an election, so at worst time is lost.
 */
import { present } from '../base/assert.ts';
import type { NodeId } from '../base/brand.ts';
import { sendAppends } from './replication.ts';
import type { Leadership, RaftState } from './state.ts';
import type { TransferFailure } from './types.ts';

export function startTransfer(state: RaftState, wanted: NodeId | undefined): void {
  const { leadership } = state;
  const to = leadership === undefined ? undefined : (wanted ?? longestLog(leadership));
  const refusal = refuse(state, to);
  if (refusal !== undefined || leadership === undefined || to === undefined) {
    state.output({ kind: 'transfer-failed', reason: refusal ?? 'not-a-voter' });
    return;
  }
  leadership.transfer = { to, ticks: 0 };
  state.output({ kind: 'transfer-started', to });
  pursueTransfer(state, leadership);
}

function refuse(state: RaftState, to: NodeId | undefined): TransferFailure | undefined {
  if (state.leadership === undefined) return 'not-leader';
  if (state.leadership.transfer !== undefined) return 'busy';
  if (to === state.self) return 'already-leader';
  return to === undefined || !state.peers.includes(to) ? 'not-a-voter' : undefined;
}

/** The voter, of those heard lately, that has the most. */
function longestLog(leadership: Leadership): NodeId | undefined {
  let best: NodeId | undefined;
  let bestMatch = -1;
  for (const [peer, progress] of leadership.progress) {
    if (!progress.active || progress.match <= bestMatch) continue;
    best = peer;
    bestMatch = progress.match;
  }
  return best;
}

/** Called when the target may have caught up, and with each heartbeat in case the word was lost. */
export function pursueTransfer(state: RaftState, leadership: Leadership): void {
  const { transfer } = leadership;
  if (transfer === undefined) return;
  const progress = present(leadership.progress.get(transfer.to), 'the target is a peer');
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
  state.output({ kind: 'transfer-failed', reason: 'timeout' });
}
