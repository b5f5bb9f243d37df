/** Endpoints of node pools that scale by themselves: their rules, and what was decided. */
import { z } from 'zod';
import { poolNodesMax } from '../model/node-pool.ts';
import type { NodePoolView, ScalingView } from '../model/views/scaling.ts';
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
import { duration, positiveDuration, strict } from './schema-kit.ts';

/** Nodes are named after their pool, and a number comes behind. */
const poolName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,56}$/, 'a node pool is 1 to 56 of letters, digits, "_" and "-"');

const poolParams = strict({ name: poolName });

/** As Kubernetes names its objects. */
const objectName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'write a name as Kubernetes knows it');

/** No NUL, which ends a string where programs are started. */
const word = z
  .string()
  .max(4_096)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' });

const provider = z.discriminatedUnion('kind', [
  strict({
    kind: z.literal('command'),
    program: word
      .regex(/^\//, 'write the absolute path of the program')
      .meta({ description: 'Run on the node that leads, without a shell.' }),
    args: z.array(word).max(100).readonly().default([]),
  }),
  strict({ kind: z.literal('local-process') }),
  strict({
    kind: z.literal('kubernetes'),
    namespace: objectName.default('default'),
    statefulSet: objectName,
  }),
]);

const percent = z.number().min(1).max(1_000);
const nodes = z.int().min(0).max(poolNodesMax);

const poolBody = strict({
  min: nodes.default(0),
  max: nodes,
  up: percent.default(80).meta({ description: 'Percent of a dimension above which it grows.' }),
  down: percent.default(30).meta({ description: 'Percent of all below which it shrinks.' }),
  wait: duration
    .nullable()
    .default(60_000)
    .meta({ description: 'It grows when a task has waited so long; null: that does not count.' }),
  cooldown: positiveDuration.default(120_000).meta({ description: 'Between two decisions.' }),
  provider,
})
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'is less than min' })
  .refine(({ up, down }) => down < up, { path: ['down'], error: 'must be less than up' });

const text = z.string();

const scalingReply = z.object({
  at: text,
  from: z.number(),
  to: z.number(),
  reason: text,
  outcome: text.nullable(),
}) satisfies z.ZodType<ScalingView>;

const providerReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('command'), program: text, args: z.array(text).readonly() }),
  z.object({ kind: z.literal('local-process') }),
  z.object({ kind: z.literal('kubernetes'), namespace: text, statefulSet: text }),
]);

const poolReply = z.object({
  name: text,
  min: z.number(),
  max: z.number(),
  up: z.number(),
  down: z.number(),
  waitMsMax: z.number().nullable(),
  cooldownMs: z.number(),
  provider: providerReply,
  wanted: z.number().nullable(),
  alive: z.array(text).readonly(),
  draining: z.array(text).readonly(),
  last: scalingReply.nullable(),
  updatedAt: text,
  updatedBy: text,
}) satisfies z.ZodType<NodePoolView>;

const path = '/api/v1/node-pools/{name}';

export const scalingEndpoints = {
  putNodePool: endpoint({
    method: 'PUT',
    path,
    summary: 'Say how a node pool scales: 201 when it had no rules.',
    params: poolParams,
    query: plain({}),
    ...jsonBody(poolBody),
    statuses: [200, 201],
    reply: z.object({
      name: text,
      outcome: z.enum(['created', 'changed', 'unchanged']),
      index: z.number(),
    }),
    refusals: ['LIMIT_REACHED', 'MIXED_VERSIONS'],
  }),
  getNodePool: bareEndpoint('GET', {
    path,
    summary: 'The rules of a node pool, its nodes, and what was decided last.',
    params: poolParams,
    query: clusterReads({}),
    reply: poolReply,
    refusals: ['OBJECT_NOT_FOUND'],
  }),
  listNodePools: bareEndpoint('GET', {
    path: '/api/v1/node-pools',
    summary: 'The node pools that scale by themselves, by name.',
    params: noParams,
    query: clusterLists({}),
    reply: page(poolReply),
    refusals: [],
  }),
  deleteNodePool: bareEndpoint('DELETE', {
    path,
    summary: 'Let a node pool be: it does not scale any more, and its nodes stay as they are.',
    params: poolParams,
    query: plain({}),
    reply: z.object({ name: text, index: z.number() }),
    refusals: ['OBJECT_NOT_FOUND'],
  }),
  listScalings: bareEndpoint('GET', {
    path: `${path}/scalings`,
    summary: 'What was decided about a node pool lately, why, and what came of it; newest first.',
    params: poolParams,
    query: clusterReads({}),
    reply: page(scalingReply),
    refusals: ['OBJECT_NOT_FOUND'],
  }),
};
