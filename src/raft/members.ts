/**
 * Who belongs to the cluster, and how that may change: one member at a time (thesis section 4.1),
 * so that any two neighbouring configurations have a majority in common (I14).
 *
 * A member is a node together with its data. A directory that was wiped, copied back or damaged
 * becomes another incarnation, hence another member, and has no vote until it is promoted (P47).
 *
 * A configuration lies in the log as an entry whose payload begins with a byte that msgpack never
 * uses; so records of the scheduler, empty entries and configurations cannot be confused, and a
 * node of an older version that meets one stops instead of skipping it (P90).
 */
import type { Incarnation, LogIndex, NodeId } from '../base/brand.ts';
import { decode, encode } from '../base/codec.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { TooNew } from '../base/too-new.ts';

export interface Member {
  readonly node: NodeId;
  readonly incarnation: Incarnation;
}

/** A member that gets the log and does not vote. */
export interface Learner extends Member {
  /** A person made it a learner: only a person makes it a voter again. */
  readonly held: boolean;
}

/** A configuration. A node stands in it at most once. */
export interface Members {
  readonly voters: readonly Member[];
  readonly learners: readonly Learner[];
  /** Left for good, newest last: an incarnation that was removed never comes back (P63). */
  readonly removed: readonly Incarnation[];
}

/** A configuration and the entry that brought it. */
export interface MembersAt {
  readonly index: LogIndex;
  readonly members: Members;
}

export type MemberChange =
  /**
   * A former life of the same node leaves in the same step: it has lost its data, so it can only
   * be counted as absent. Leaving out one voter is still a change of one.
   */
  | { readonly kind: 'add-learner'; readonly member: Member }
  | { readonly kind: 'promote'; readonly node: NodeId }
  | { readonly kind: 'demote'; readonly node: NodeId }
  | { readonly kind: 'remove'; readonly node: NodeId };

export type MemberRefusal =
  | 'already-member'
  | 'was-removed'
  | 'not-a-learner'
  | 'not-a-voter'
  | 'not-a-member'
  /** Nobody could vote any more. */
  | 'last-voter'
  | 'too-many-voters'
  | 'too-many-members';

export const noMembers: Members = { voters: [], learners: [], removed: [] };

/** More voters make every commit slower and add little: a majority of seven bears three losses. */
export const votersMax = 7;
export const membersMax = 256;
/** Removed incarnations that are remembered. They are random, so the oldest may be forgotten. */
const removedMax = 64;

export const sameMember = (left: Member, right: Member): boolean =>
  left.node === right.node && left.incarnation === right.incarnation;

export const isVoter = (members: Members, node: NodeId): boolean =>
  members.voters.some((voter) => voter.node === node);

export const isLearner = (members: Members, node: NodeId): boolean =>
  members.learners.some((learner) => learner.node === node);

/** The member of that name, voter or learner. */
export const memberNamed = (members: Members, node: NodeId): Member | undefined =>
  members.voters.find((voter) => voter.node === node) ??
  members.learners.find((learner) => learner.node === node);

/** The configuration after `change`, or why there is none. */
export function changeMembers(
  members: Members,
  change: MemberChange,
): Result<Members, MemberRefusal> {
  switch (change.kind) {
    case 'add-learner':
      return addLearner(members, change.member);
    case 'promote':
      return promote(members, change.node);
    case 'demote':
      return demote(members, change.node);
    case 'remove':
      return remove(members, change.node);
  }
}

function addLearner(members: Members, member: Member): Result<Members, MemberRefusal> {
  const former = memberNamed(members, member.node);
  if (former !== undefined && sameMember(former, member)) return fail('already-member');
  if (members.removed.includes(member.incarnation)) return fail('was-removed');
  const left = former === undefined ? members : without(members, former);
  if (former !== undefined && left.voters.length === 0) return fail('last-voter');
  if (left.voters.length + left.learners.length >= membersMax) return fail('too-many-members');
  return ok({ ...left, learners: [...left.learners, { ...member, held: false }] });
}

function promote(members: Members, node: NodeId): Result<Members, MemberRefusal> {
  const learner = members.learners.find((each) => each.node === node);
  if (learner === undefined) return fail('not-a-learner');
  if (members.voters.length >= votersMax) return fail('too-many-voters');
  const learners = members.learners.filter((each) => each !== learner);
  const { incarnation } = learner;
  return ok({ ...members, voters: [...members.voters, { node, incarnation }], learners });
}

function demote(members: Members, node: NodeId): Result<Members, MemberRefusal> {
  const voter = members.voters.find((each) => each.node === node);
  if (voter === undefined) return fail('not-a-voter');
  if (members.voters.length === 1) return fail('last-voter');
  const voters = members.voters.filter((each) => each !== voter);
  return ok({ ...members, voters, learners: [...members.learners, { ...voter, held: true }] });
}

function remove(members: Members, node: NodeId): Result<Members, MemberRefusal> {
  const member = memberNamed(members, node);
  if (member === undefined) return fail('not-a-member');
  const left = without(members, member);
  return left.voters.length === 0 ? fail('last-voter') : ok(left);
}

const without = (members: Members, member: Member): Members => ({
  voters: members.voters.filter((each) => each !== member),
  learners: members.learners.filter((each) => each !== member),
  removed: [...members.removed, member.incarnation].slice(-removedMax),
});

/** Never the first byte of a msgpack value. */
const mark = 0xc1;
const payloadVersion = 1;

interface Payload {
  readonly version: number;
  readonly members: Members;
}

/** The payload of a configuration entry. */
export function encodeMembers(members: Members): Uint8Array {
  const body = encode({ version: payloadVersion, members } satisfies Payload);
  const payload = new Uint8Array(body.length + 1);
  payload[0] = mark;
  payload.set(body, 1);
  return payload;
}

export const isMembersPayload = (payload: Uint8Array): boolean => payload[0] === mark;

/**
 * Undefined for every other kind of entry; throws `TooNew` on a version that this software does not
 * know.
 */
export function decodeMembers(payload: Uint8Array): Members | undefined {
  if (!isMembersPayload(payload)) return undefined;
  const { version, members } = decode<Payload>(payload.subarray(1));
  if (version !== payloadVersion) {
    throw new TooNew(`configuration of version ${version}; this software knows ${payloadVersion}`);
  }
  return members;
}
