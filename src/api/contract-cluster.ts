/** The endpoints of the cluster about itself: members, leadership, the node that answers. */
import { z } from 'zod';
import { incarnation, nodeId } from '../base/brand.ts';
import {
  bareEndpoint,
  endpoint,
  jsonBody,
  noBody,
  noParams,
  plain,
  textEndpoint,
} from './contract-kit.ts';
import { clusterReply, membersReply, nodeReply } from './contract-replies.ts';
import { strict } from './schema-kit.ts';

/** In the address of a request, or in its body. */
export const nodeName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a node is 1 to 64 of letters, digits, "_" and "-"')
  .transform(nodeId);

const actions = ['add', 'promote', 'demote', 'remove', 'replace'] as const;

/** One shape for all actions, so that a mistake is told in the words of the one that was meant. */
const memberBody = strict({
  action: z.enum(actions, { error: `one of ${actions.join(', ')}` }),
  node: nodeName,
  with: nodeName.optional(),
  incarnation: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'as the node itself says it in GET /api/v1/node')
    .transform(incarnation)
    .optional(),
}).transform(({ action, node, with: successor, incarnation: data }, context) => {
  const refuse = (path: string, message: string) => {
    context.addIssue({ code: 'custom', path: [path], message });
    return z.NEVER;
  };
  if (successor !== undefined && action !== 'replace') {
    return refuse('with', 'belongs to the action "replace"');
  }
  if (data !== undefined && action !== 'add') {
    return refuse('incarnation', 'belongs to the action "add"');
  }
  switch (action) {
    case 'add':
      return data === undefined
        ? refuse('incarnation', startIt)
        : { action, node, incarnation: data };
    case 'replace':
      return successor === undefined
        ? refuse('with', 'is missing: the learner that votes instead')
        : { action, node, with: successor };
    case 'promote':
    case 'demote':
    case 'remove':
      return { action, node };
  }
});

const startIt =
  'is missing; a node is added by starting it (`skein node start --cluster NAME`): it asks to ' +
  'join, and gets the log as a learner';

const membersRefusals = [
  'NOT_A_MEMBER',
  'NOT_A_LEARNER',
  'NOT_A_VOTER',
  'ALREADY_MEMBER',
  'MEMBER_REMOVED',
  'MEMBER_BEHIND',
  'LAST_VOTER',
  'TOO_MANY_VOTERS',
  'TOO_MANY_MEMBERS',
  'CHANGE_PENDING',
  'MIXED_VERSIONS',
  'QUORUM_AT_RISK',
  'NOT_READY',
] as const;

export const clusterEndpoints = {
  getCluster: bareEndpoint('GET', {
    path: '/api/v1/cluster',
    summary:
      'Members with role, address, capacity, used, labels, state; leader, term, commit. How far ' +
      'each member has come is known to the leader; other nodes say null.',
    params: noParams,
    query: plain({}),
    reply: clusterReply,
    refusals: [],
  }),
  changeMembers: endpoint({
    method: 'POST',
    path: '/api/v1/cluster/members',
    summary:
      'Promote, demote, remove or replace a member; answered when the change is committed. What ' +
      'is so already is answered alike. A node is added by starting it.',
    params: noParams,
    query: plain({}),
    ...jsonBody(memberBody),
    statuses: [200],
    reply: membersReply,
    refusals: membersRefusals,
  }),
  removeMember: bareEndpoint('DELETE', {
    path: '/api/v1/cluster/members/{node}',
    summary: 'Remove a member for good; its data directory never comes back as it is.',
    params: strict({ node: nodeName }),
    query: plain({}),
    reply: membersReply,
    refusals: [
      'NOT_A_MEMBER',
      'LAST_VOTER',
      'CHANGE_PENDING',
      'MIXED_VERSIONS',
      'QUORUM_AT_RISK',
      'NOT_READY',
    ],
  }),
  transfer: endpoint({
    method: 'POST',
    path: '/api/v1/cluster/transfer',
    summary: 'Hand leadership over, to `to` or to whoever is best.',
    params: noParams,
    query: plain({}),
    ...jsonBody(strict({ to: nodeName.nullable().optional() })),
    statuses: [200],
    reply: z.object({ leader: z.string() }),
    refusals: ['NOT_A_VOTER', 'TRANSFER_FAILED'],
  }),
  getNode: bareEndpoint('GET', {
    path: '/api/v1/node',
    summary: 'The status of the node that answers.',
    params: noParams,
    query: plain({}),
    reply: nodeReply,
    refusals: [],
  }),
  lifeline: textEndpoint('text/plain', {
    method: 'GET',
    path: '/api/v1/lifeline',
    summary:
      'Begins at once and says nothing more: when the process dies, the kernel closes the ' +
      'connection, and whoever holds the other end knows it within milliseconds.',
    params: noParams,
    query: plain({}),
    ...noBody,
    statuses: [200],
    refusals: ['TOO_MANY_STREAMS'],
  }),
};
