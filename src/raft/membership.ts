/**
 * Changing the configuration: one member at a time (thesis section 4.1 to 4.2.2, with the repair of
 * 2015: not before the leader's own no-op is committed).
 *
 * K1  A leader appends a configuration only when its no-op and the configuration before are
 *     committed; so neighbours have a majority in common, and of the changes of two leaders at most
 *     one can be committed (I14, P59).
 * K2  What a former life of a member answered never counts for the new one: a member that is added
 *     begins with a fresh `Progress` (P30).
 * K3  A leader that votes no more leads until that is committed, without counting itself; then it
 *     hands over, and leads on for as long as that takes, so that the others learn of the commit
 *     (P62).
 */
import { logIndex } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { changeMembers, encodeMembers, type MemberChange } from './members.ts';
import { Progress } from './progress.ts';
import { hasRoom, sendAppends, votingOf } from './replication.ts';
import type { Leadership, RaftState } from './state.ts';
import { retire } from './transfer.ts';
import type { ChangeRefusal } from './types.ts';

/** Appends the configuration after `wanted` and sends it at once, or says why not. */
export function change(state: RaftState, wanted: MemberChange): void {
  const { leadership } = state;
  if (leadership === undefined) {
    state.output({ kind: 'change-refused', reason: 'not-leader' });
    return;
  }
  const decided = decide(state, leadership, wanted);
  if (!decided.ok) {
    state.output({ kind: 'change-refused', reason: decided.error });
    return;
  }
  const index = logIndex(state.log.lastIndex + 1);
  state.appendEntry({ index, term: state.term, payload: decided.value });
  state.output({ kind: 'accepted', index });
  // Who leaves is still sent the entry, so that it knows and does not campaign.
  sendAppends(state, leadership);
  adopt(state, leadership, wanted);
  sendAppends(state, leadership);
}

/** The payload to append. */
function decide(
  state: RaftState,
  leadership: Leadership,
  wanted: MemberChange,
): Result<Uint8Array, ChangeRefusal> {
  if (leadership.transfer !== undefined) return fail('transferring');
  if (state.commit < leadership.firstIndex) return fail('not-ready');
  if (state.members.index > state.commit) return fail('change-pending');
  const changed = changeMembers(state.members.members, wanted);
  if (!changed.ok) return changed;
  if (wanted.kind === 'promote' && isBehind(state, leadership.progress.get(wanted.node))) {
    return fail('behind');
  }
  const payload = encodeMembers(changed.value);
  return hasRoom(state, payload.length) ? ok(payload) : fail('overloaded');
}

/** A learner that was never heard is behind too, however short the log is (P60). */
const isBehind = (state: RaftState, learner: Progress | undefined): boolean =>
  learner === undefined ||
  learner.match === 0 ||
  state.log.lastIndex - learner.match > state.settings.promoteLagMax;

/** The tables of this leadership follow the new configuration. */
function adopt(state: RaftState, leadership: Leadership, wanted: MemberChange): void {
  const before = leadership.progress;
  const fresh = wanted.kind === 'add-learner' ? wanted.member.node : undefined;
  const next = logIndex(state.log.lastIndex + 1);
  const progress = new Map(
    state.configurations.peers.map((peer) => {
      const kept = peer === fresh ? undefined : before.get(peer);
      return [peer, kept ?? new Progress(next, state.settings)];
    }),
  );
  leadership.progress = progress;
  leadership.voting = votingOf(state, progress);
  leadership.leaving = [...before.keys()].find((peer) => !progress.has(peer));
}

/** Called after every step: what is left to do when the last change is committed. */
export function settleChange(state: RaftState): void {
  const { leadership } = state;
  if (leadership === undefined || state.members.index > state.commit) return;
  const { leaving } = leadership;
  if (leaving !== undefined) {
    leadership.leaving = undefined;
    state.send(leaving, { kind: 'commit-notice', term: state.term, commit: state.commit });
  }
  if (!state.configurations.selfVotes && leadership.transfer === undefined) {
    retire(state, leadership);
  }
}
