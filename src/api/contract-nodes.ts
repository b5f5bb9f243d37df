/** Endpoints of the nodes as places for tasks: what they have, what runs there, and their drain. */
import { z } from 'zod';
import type { NodeAttemptView, NodeDetailView, NodeView } from '../model/views/nodes.ts';
import { nodeName } from './contract-cluster.ts';
import {
  bareEndpoint,
  clusterLists,
  clusterReads,
  endpoint,
  jsonBody,
  noParams,
  plain,
} from './contract-kit.ts';
import { page } from './contract-replies.ts';
import { duration, strict } from './schema-kit.ts';

const nodeParams = strict({ node: nodeName });
const text = z.string();
const textOrNull = text.nullable();
const amounts = z.record(text, z.number());

const nodeRoomReply = z.object({
  node: text,
  state: z.enum(['alive', 'lost']),
  since: text,
  address: text,
  pool: text,
  queues: z.array(text).readonly(),
  taints: z
    .array(z.object({ key: text, value: text, effect: z.enum(['refuse', 'avoid']) }))
    .readonly(),
  labels: z.record(text, text),
  drain: z.object({ since: text, until: textOrNull, by: text }).nullable(),
  capacity: amounts,
  used: amounts,
  free: amounts,
  running: z.number(),
}) satisfies z.ZodType<NodeView>;

const nodeAttemptReply = z.object({
  namespace: text,
  dagId: text,
  runId: text,
  taskId: text,
  mapIndex: z.number(),
  attempt: z.number(),
  token: z.number(),
  state: z.enum(['queued', 'running']),
  assignedAt: text,
  startedAt: textOrNull,
  resources: amounts,
  stopping: z.boolean(),
  givesWay: z.object({ to: z.enum(['preempted', 'drained']), reason: text }).nullable(),
}) satisfies z.ZodType<NodeAttemptView>;

const nodeDetailReply = nodeRoomReply.extend({
  attempts: z.array(nodeAttemptReply).readonly(),
  attemptsLeftOut: z.number(),
}) satisfies z.ZodType<NodeDetailView>;

const drainBody = strict({
  grace: duration.nullable().optional().meta({
    description:
      'What still runs after that is stopped and begun elsewhere; null: it may end by itself.',
  }),
});

export const nodeEndpoints = {
  listNodes: bareEndpoint('GET', {
    path: '/api/v1/nodes',
    summary: 'The nodes as places for tasks: pool, queues, taints, drain, room that is taken.',
    params: noParams,
    query: clusterLists({}),
    reply: page(nodeRoomReply),
    refusals: [],
  }),
  showNode: bareEndpoint('GET', {
    path: '/api/v1/nodes/{node}',
    summary: 'One node, and the attempts that are alive there.',
    params: nodeParams,
    query: clusterReads({}),
    reply: nodeDetailReply,
    refusals: ['NODE_NOT_FOUND'],
  }),
  drainNode: endpoint({
    method: 'POST',
    path: '/api/v1/cluster/nodes/{node}/drain',
    summary: 'Place nothing more on a node. `attempts` were alive there when it was decided.',
    params: nodeParams,
    query: plain({}),
    ...jsonBody(drainBody),
    statuses: [200],
    reply: z.object({
      node: text,
      until: textOrNull,
      attempts: z.number(),
      index: z.number(),
    }),
    refusals: ['NODE_NOT_FOUND', 'MIXED_VERSIONS'],
  }),
  resumeNode: bareEndpoint('POST', {
    path: '/api/v1/cluster/nodes/{node}/resume',
    summary: 'Let a drained node take tasks again.',
    params: nodeParams,
    query: plain({}),
    reply: z.object({ node: text, index: z.number() }),
    refusals: ['NODE_NOT_FOUND', 'NODE_LEAVING', 'MIXED_VERSIONS'],
  }),
};
