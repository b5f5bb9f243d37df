/**
 * What people ask about the members of the cluster, as changes of the configuration: a request
 * names what shall be so, the plan is the steps that are still missing. So a request that is
 * repeated because its answer was lost does no harm and is answered like the first time.
 */
import type { Incarnation, NodeId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type Refusal, type RefusalCode, refusal } from '../model/refusal.ts';
import {
  isLearner,
  isVoter,
  type MemberChange,
  type Members,
  memberNamed,
  membersMax,
  sameMember,
  votersMax,
} from '../raft/members.ts';
import type { ChangeRefusal } from '../raft/types.ts';

export type MemberRequest =
  /** Usually a node asks for this itself, when it starts. */
  | { readonly action: 'add'; readonly node: NodeId; readonly incarnation: Incarnation }
  | { readonly action: 'promote'; readonly node: NodeId }
  | { readonly action: 'demote'; readonly node: NodeId }
  | { readonly action: 'remove'; readonly node: NodeId }
  /** `with`, a learner, votes in the place of `node`, which leaves. */
  | { readonly action: 'replace'; readonly node: NodeId; readonly with: NodeId };

/** Steps in their order, one change each; none when everything is so already. */
export function planMembers(
  members: Members,
  request: MemberRequest,
): Result<readonly MemberChange[], Refusal> {
  const { action, node } = request;
  if (action === 'add') {
    const member = { node, incarnation: request.incarnation };
    const present = memberNamed(members, node);
    const isThere = present !== undefined && sameMember(present, member);
    return ok(isThere ? [] : [{ kind: 'add-learner', member }]);
  }
  if (action === 'replace') return planReplace(members, request);
  if (memberNamed(members, node) === undefined) return fail(notAMember(node));
  const isSo =
    (action === 'promote' && isVoter(members, node)) ||
    (action === 'demote' && isLearner(members, node));
  return ok(isSo ? [] : [{ kind: action, node }]);
}

/**
 * The new voter comes first: whichever of the voters lives, a majority is then at least as easy to
 * find as if the old one left first. Only a full cluster must make room.
 */
function planReplace(
  members: Members,
  request: Extract<MemberRequest, { action: 'replace' }>,
): Result<readonly MemberChange[], Refusal> {
  const { node, with: successor } = request;
  if (node === successor) {
    return fail(refusal('NOT_A_LEARNER', `node ${node} cannot replace itself`));
  }
  const isIn = isVoter(members, successor);
  const isOut = memberNamed(members, node) === undefined;
  if (isIn && isOut) return ok([]);
  if (memberNamed(members, successor) === undefined) return fail(notAMember(successor));
  if (isOut) return fail(notAMember(node));
  const enters: readonly MemberChange[] = isIn ? [] : [{ kind: 'promote', node: successor }];
  const leaves: readonly MemberChange[] = [{ kind: 'remove', node }];
  const isFull = members.voters.length >= votersMax && isVoter(members, node);
  return ok(isFull ? [...leaves, ...enters] : [...enters, ...leaves]);
}

const notAMember = (node: NodeId): Refusal =>
  refusal('NOT_A_MEMBER', `node ${node} is neither a voter nor a learner`);

/** Why a step was not taken, or is not known to be. */
type StepFailure = ChangeRefusal | 'mixed-versions' | 'quorum-at-risk' | 'unknown';

const codes = {
  'already-member': 'ALREADY_MEMBER',
  'was-removed': 'MEMBER_REMOVED',
  'not-a-learner': 'NOT_A_LEARNER',
  'not-a-voter': 'NOT_A_VOTER',
  'not-a-member': 'NOT_A_MEMBER',
  'last-voter': 'LAST_VOTER',
  'too-many-voters': 'TOO_MANY_VOTERS',
  'too-many-members': 'TOO_MANY_MEMBERS',
  'change-pending': 'CHANGE_PENDING',
  'not-ready': 'NOT_READY',
  'not-leader': 'NO_LEADER',
  transferring: 'NO_LEADER',
  behind: 'MEMBER_BEHIND',
  overloaded: 'OVERLOADED',
  'mixed-versions': 'MIXED_VERSIONS',
  'quorum-at-risk': 'QUORUM_AT_RISK',
  unknown: 'OUTCOME_UNKNOWN',
} as const satisfies Record<StepFailure, RefusalCode>;

/** What the leader's log said to one step, as people see it. */
export function memberRefusal(reason: StepFailure, change: MemberChange): Refusal {
  const node = change.kind === 'add-learner' ? change.member.node : change.node;
  const details = {
    'already-member': `node ${node} is a member with this data directory already`,
    'was-removed': `the data directory of node ${node} was removed from the cluster`,
    'not-a-learner': `node ${node} is no learner`,
    'not-a-voter': `node ${node} is no voter`,
    'not-a-member': `node ${node} is neither a voter nor a learner`,
    'last-voter': `node ${node} is the only voter`,
    'too-many-voters': `there are ${votersMax} voters already`,
    'too-many-members': `there are ${membersMax} members already`,
    'change-pending': 'an earlier change is not committed yet',
    'not-ready': 'the leader was elected a moment ago and has committed nothing yet',
    'not-leader': 'the node that was asked does not lead any more',
    transferring: 'leadership is being handed over',
    behind: `node ${node} is still catching up`,
    overloaded: 'the leader has as many entries in its log as it may hold back',
    'quorum-at-risk': 'too few of the voters that would be left are alive to be a majority',
    'mixed-versions': 'a node of the cluster runs a version that does not know changes of members',
    unknown: 'leadership was lost before the change was committed',
  } as const satisfies Record<StepFailure, string>;
  return refusal(codes[reason], details[reason]);
}
