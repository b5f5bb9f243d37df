/**
 * The follower's side of replication (thesis section 3.5).
 *
 * F1  An entry that equals the leader's is never truncated, however late or short the append is:
 *     only a conflict truncates, and only from the conflict on.
 * F2  An append is acknowledged when it is synced, by the (index, term) that the disk names.
 * F3  Commit rises to what this leader has proven equal here (R5), whatever number the message
 *     says.
 * F4  An append from before the base agrees there: what was given up is committed (L4).
 */
import { present } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { RaftState } from './state.ts';
import type { Append, Heartbeat } from './types.ts';

/** The sender leads our term. */
export function receiveAppend(state: RaftState, append: Append): void {
  const { prevIndex, prevTerm, entries } = append;
  const { log } = state;
  if (prevIndex >= log.base.index && log.termAt(prevIndex) !== prevTerm) {
    reject(state, append);
    return;
  }
  const start = log.firstNew(entries);
  const first = entries[start];
  if (first !== undefined) {
    if (first.index <= log.lastIndex) state.truncateFrom(first.index);
    for (let at = start; at < entries.length; at++) {
      const entry = entries[at];
      if (entry !== undefined) state.appendEntry(entry);
    }
  }
  prove(state, logIndex(Math.max(prevIndex + entries.length, log.base.index)));
  followCommit(state, append.commit);
  state.ackOwed = true;
  if (match(state) === state.proven) acknowledge(state);
}

function reject(state: RaftState, append: Append): void {
  if (state.leader === undefined) return;
  const bound = { index: append.prevIndex, term: append.prevTerm };
  const hint = present(state.log.lastNotAbove(bound), 'F4: logs agree at the base');
  state.send(state.leader, {
    kind: 'append-rejected',
    term: state.term,
    prevIndex: append.prevIndex,
    hintIndex: hint.index,
    hintTerm: hint.term,
  });
}

const prove = (state: RaftState, index: LogIndex): void => {
  state.proven = logIndex(Math.max(state.proven, index));
};

/** F3. */
export function followCommit(state: RaftState, leaderCommit: LogIndex): void {
  state.commitTo(logIndex(Math.min(leaderCommit, state.proven)));
}

/** F2: synced and equal to the leader's log. */
const match = (state: RaftState): LogIndex => logIndex(Math.min(state.durable, state.proven));

/** Answers the appends that the disk has caught up with; called after each sync (R2). */
export function acknowledge(state: RaftState): void {
  if (!state.ackOwed || !state.hardStateDurable) return;
  if (state.role !== 'follower' || state.leader === undefined) return;
  const synced = match(state);
  state.ackOwed = synced < state.proven;
  state.send(state.leader, { kind: 'append-accepted', term: state.term, match: synced });
}

export function receiveHeartbeat(state: RaftState, heartbeat: Heartbeat): void {
  followCommit(state, heartbeat.commit);
  if (state.leader === undefined) return;
  state.send(state.leader, {
    kind: 'heartbeat-answer',
    term: state.term,
    round: heartbeat.round,
    match: match(state),
    received: state.proven,
    lastIndex: state.log.lastIndex,
  });
}
