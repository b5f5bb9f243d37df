/**
 * What time does: followers campaign, leaders send heartbeats and check that they still have a
 * majority and a disk.
 *
 * T1  A leader that no majority has answered for a minimum election time-out steps down
 *     (check-quorum, section 6.2), so its clients learn within two time-outs that it cannot commit.
 * T2  A node whose disk has not answered for `diskHangTicks` does not lead and does not campaign:
 *     it would hold the cluster with heartbeats and commit nothing.
 * T3  Who may not campaign forgets a leader that falls silent, and waits for the next.
 */
import { becomeFollower, campaign, diskHangs, mayCampaign } from './election.ts';
import { broadcastHeartbeat } from './reads.ts';
import type { Leadership, RaftState } from './state.ts';
import { pursueTransfer, tickTransfer } from './transfer.ts';

export function tick(state: RaftState): void {
  state.electionTicks += 1;
  if (state.diskBusy) state.diskWaitTicks += 1;
  if (state.leadership !== undefined) {
    tickLeader(state, state.leadership);
  } else if (electionDue(state)) {
    if (mayCampaign(state)) campaign(state, 'pre-vote');
    else if (state.leader !== undefined) becomeFollower(state, state.term, undefined);
  }
}

/** A single voter has nobody to wait for. */
const electionDue = (state: RaftState): boolean =>
  state.configurations.quorum === 1 && state.configurations.selfVotes
    ? state.role === 'follower'
    : state.electionTicks >= state.electionTimeoutTicks;

function tickLeader(state: RaftState, leadership: Leadership): void {
  if (diskHangs(state) || lostQuorum(state, leadership)) {
    becomeFollower(state, state.term, undefined);
    return;
  }
  tickTransfer(state, leadership);
  if (state.leadership === undefined) return;
  state.heartbeatTicks += 1;
  if (state.heartbeatTicks < state.settings.heartbeatTicks) return;
  broadcastHeartbeat(state, leadership);
  pursueTransfer(state, leadership);
}

/** T1: looks once per minimum election time-out at who was heard since it last looked. */
function lostQuorum(state: RaftState, leadership: Leadership): boolean {
  if (state.electionTicks < state.settings.electionTicksMin) return false;
  state.electionTicks = 0;
  let heard = state.configurations.selfVotes ? 1 : 0;
  for (const progress of leadership.voting) if (progress.active) heard += 1;
  for (const progress of leadership.progress.values()) progress.active = false;
  return heard < state.configurations.quorum;
}
