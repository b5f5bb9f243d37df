/**
 * What nodes say to each other about belonging to the cluster (inbox `members`).
 *
 * Whoever wants in, or has heard no leader for a while and wants to know whether it still belongs,
 * says `join`; its identity is the sender that the envelope proves. Only the leader answers.
 * People's requests travel to the leader as `ask` and come back as `answer`; what only the leader
 * knows is asked for as `question`, of which a leader of an older version hears nothing.
 */
import type { MemberRequest } from '../api/member-request.ts';
import type { MembersChanged } from '../api/service.ts';
import type { Incarnation, NodeId, Term } from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import type { Refusal } from '../model/refusal.ts';
import type { WhyAsked } from '../model/views/why.ts';
import type { WhyTold } from './leader-why.ts';

export const membersInbox = 'members';

/** Why a node must leave. */
export type LeaveCode =
  | 'REMOVED'
  /** Another process lives under this name. */
  | 'NODE_ALREADY_RUNS'
  /** It has lost what it had acknowledged as durable. */
  | 'LOG_ROLLED_BACK';

/** What a person wants of the leader. */
export type LeaderRequest =
  | { readonly kind: 'members'; readonly request: MemberRequest }
  | { readonly kind: 'transfer'; readonly to: NodeId | null }
  | { readonly kind: 'why'; readonly asked: WhyAsked };

export type LeaderReply =
  | { readonly kind: 'members'; readonly changed: MembersChanged }
  | { readonly kind: 'transfer'; readonly leader: NodeId }
  | { readonly kind: 'why'; readonly told: WhyTold };

export type MembersMessage =
  | { readonly kind: 'join' }
  | { readonly kind: 'welcome' }
  | {
      readonly kind: 'leave';
      /** Whom it concerns: another life may live under the name by now. */
      readonly incarnation: Incarnation;
      readonly term: Term;
      readonly code: LeaveCode;
      readonly why: string;
    }
  | { readonly kind: 'ask' | 'question'; readonly id: string; readonly request: LeaderRequest }
  | {
      readonly kind: 'answer';
      readonly id: string;
      readonly result: Result<LeaderReply, Refusal>;
    };

const kinds = new Set<unknown>([
  'join',
  'welcome',
  'leave',
  'ask',
  'question',
  'answer',
] satisfies MembersMessage['kind'][]);

export const isMembersMessage = (message: unknown): message is MembersMessage =>
  typeof message === 'object' && message !== null && 'kind' in message && kinds.has(message.kind);
