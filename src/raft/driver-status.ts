/** The driver's status, for people and for the rest of the node. */
import type { LogIndex } from '../base/brand.ts';
import type { RaftStatus } from './driver-options.ts';
import type { CoreView } from './raft.ts';
import type { Role } from './types.ts';

export interface DriverFacts {
  readonly deliveredIndex: LogIndex;
  readonly membersCommitted: boolean;
  readonly sync: { readonly p99Ms: number; readonly maxMs: number };
  readonly syncs: number;
  readonly messagesDropped: number;
}

export function raftStatus(view: Readonly<CoreView>, facts: DriverFacts): RaftStatus {
  const { deliveredIndex, membersCommitted, sync, syncs, messagesDropped } = facts;
  return {
    role: publicRole(view.role),
    term: view.term,
    vote: view.vote,
    leader: view.leader,
    commitIndex: view.commit,
    deliveredIndex,
    lastIndex: view.log.lastIndex,
    baseIndex: view.log.base.index,
    members: view.members,
    membersCommitted,
    durableIndex: view.durable,
    electionsStarted: view.electionsStarted,
    electionsWon: view.electionsWon,
    syncMsP99: sync.p99Ms,
    syncMsMax: sync.maxMs,
    syncs,
    messagesDropped,
  };
}

/** The difference between the two kinds of candidate concerns elections alone. */
export const publicRole = (role: Role): RaftStatus['role'] =>
  role === 'pre-candidate' ? 'candidate' : role;
