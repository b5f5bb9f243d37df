/**
 * Which change of the configuration the leader makes by itself. A pure decision over what the
 * leader knows of its members.
 *
 * A learner that joined (or came back without its data) is promoted when it has kept up for a
 * while and there are fewer voters than wanted. That is not optional: it is how a cluster gets back
 * to its strength after a disk was lost. Taking a vote away is: only with `replaceDead`, the
 * autopilot that operators switch on, a dead voter makes room for a learner that has kept up.
 *
 * A1  The number of voters never falls below what is wanted by the autopilot's doing: first the
 *     learner is promoted, then the dead voter is removed (P65).
 * A2  One change per round, and the next only when the last one has been stable (`stableMs`).
 */
import type { NodeId } from '../base/brand.ts';
import type { MemberChange } from '../raft/members.ts';

export interface MemberHealth {
  readonly node: NodeId;
  readonly isVoter: boolean;
  /** A learner that only a person promotes. */
  readonly isHeld: boolean;
  /** How long it has been close behind the leader without a break; 0 when it is not. */
  readonly keptUpMs: number;
  /** Since this leader, in its term, heard of it, or since it leads. */
  readonly silentMs: number;
}

export interface AutopilotSettings {
  readonly votersWanted: number;
  readonly replaceDead: boolean;
  /** A learner must have kept up for so long (P60). */
  readonly stableMs: number;
  /** A voter that was silent for so long counts as dead. */
  readonly deadMs: number;
}

/** `members` without the leader itself, which is alive and may not be one of the voters. */
export function nextChange(
  members: readonly MemberHealth[],
  voters: number,
  settings: AutopilotSettings,
): MemberChange | undefined {
  const { votersWanted, replaceDead, stableMs, deadMs } = settings;
  const ready = members
    .filter(({ isVoter, isHeld, keptUpMs }) => !isVoter && !isHeld && keptUpMs >= stableMs)
    .sort((left, right) => (left.node < right.node ? -1 : 1))[0];
  if (voters < votersWanted) return ready && { kind: 'promote', node: ready.node };
  if (!replaceDead) return undefined;
  const dead = members.find(({ isVoter, silentMs }) => isVoter && silentMs >= deadMs);
  if (dead === undefined) return undefined;
  if (voters > votersWanted) return { kind: 'remove', node: dead.node };
  return ready && { kind: 'promote', node: ready.node };
}
