/** Endpoints of how the cluster shares itself out: namespaces, and the order of scheduling. */
import { z } from 'zod';
import { objectLimits } from '../model/object-limits.ts';
import { orderNames } from '../model/placing.ts';
import type { SchedulingRow } from '../model/scheduling.ts';
import type { NamespaceView, SchedulingView } from '../model/views/sharing.ts';
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
import { idText, positiveDuration, size, strict } from './schema-kit.ts';

export const fairShares = [
  'namespaces',
  'dags',
  'none',
] as const satisfies readonly SchedulingRow['fairShare'][];

/** The largest amounts that a quota, or a weight, may name. */
const most = { amount: 1_000_000, count: 1_000_000_000, weight: 1_000 };

const namespaceParams = strict({ name: idText('a namespace') });

/** Absent or null: no limit. 0 lets nothing begin. */
const units = z.number().min(0).max(most.amount).nullable().optional();
const count = z.int().min(0).max(most.count).nullable().optional();

const quotaBody = strict({
  cpu: units.meta({ description: 'Cores of all attempts together; fractions are allowed.' }),
  memory: size.nullable().optional(),
  gpu: units,
  runningTasks: count.meta({ description: 'Attempts that are alive.' }),
  activeRuns: count.meta({ description: 'Runs that have begun and not ended; more wait.' }),
  queuedRuns: count.meta({ description: 'Runs that wait to begin; one more is refused.' }),
  runsPerMinute: count.meta({ description: 'Runs that begin within any minute; more wait.' }),
  dags: count,
});

const namespaceBody = strict({
  weight: z
    .number()
    .min(1 / most.weight)
    .max(most.weight)
    .optional()
    .meta({ description: 'Its part of a cluster that is full, against the others (1).' }),
  description: z.string().max(objectLimits.descriptionCharacters).optional(),
  quota: quotaBody.optional(),
});

const limit = z.number().nullable();

const namespaceReply = z.object({
  namespace: z.string(),
  weight: z.number(),
  description: z.string(),
  quota: z.object({
    cpu: limit,
    memory: limit,
    gpu: limit,
    runningTasks: limit,
    activeRuns: limit,
    queuedRuns: limit,
    runsPerMinute: limit,
    dags: limit,
  }),
  used: z.object({
    cpu: z.number(),
    memory: z.number(),
    gpu: z.number(),
    runningTasks: z.number(),
    activeRuns: z.number(),
    queuedRuns: z.number(),
    dags: z.number(),
  }),
  updatedAt: z.string().nullable(),
  updatedBy: z.string().nullable(),
}) satisfies z.ZodType<NamespaceView>;

const namespaceEndpoints = {
  putNamespace: endpoint({
    method: 'PUT',
    path: '/api/v1/namespaces/{name}',
    summary:
      'Say what a namespace may use: 201 when nobody has before. What is left out has no limit.',
    params: namespaceParams,
    query: plain({}),
    ...jsonBody(namespaceBody),
    statuses: [200, 201],
    reply: z.object({
      namespace: z.string(),
      outcome: z.enum(['created', 'changed', 'unchanged']),
      index: z.number(),
    }),
    refusals: ['LIMIT_REACHED', 'MIXED_VERSIONS'],
  }),
  getNamespace: bareEndpoint('GET', {
    path: '/api/v1/namespaces/{name}',
    summary: 'What a namespace may use, and what it uses now.',
    params: namespaceParams,
    query: clusterReads({}),
    reply: namespaceReply,
    refusals: ['OBJECT_NOT_FOUND'],
  }),
  listNamespaces: bareEndpoint('GET', {
    path: '/api/v1/namespaces',
    summary: 'Namespaces of which something was said, and those that have DAGs or live runs.',
    params: noParams,
    query: clusterLists({}),
    reply: page(namespaceReply),
    refusals: [],
  }),
  deleteNamespace: bareEndpoint('DELETE', {
    path: '/api/v1/namespaces/{name}',
    summary: 'Take back what was said: a weight of 1 and no limits. What is in it stays.',
    params: namespaceParams,
    query: plain({}),
    reply: z.object({ namespace: z.string(), index: z.number() }),
    refusals: ['OBJECT_NOT_FOUND', 'MIXED_VERSIONS'],
  }),
};

const order = z.enum(orderNames, { error: `one of ${orderNames.join(', ')}` });
const fairShare = z.enum(fairShares, { error: `one of ${fairShares.join(', ')}` });

const schedulingBody = strict({
  order: order.optional(),
  fairShare: fairShare.optional().meta({ description: 'Among whom the cluster is shared.' }),
  classAgeing: positiveDuration
    .optional()
    .meta({ description: 'So long has a task waited when it counts as one class higher.' }),
});

const schedulingEndpoints = {
  getScheduling: bareEndpoint('GET', {
    path: '/api/v1/scheduling',
    summary: 'The order of waiting tasks, and who shares the cluster with whom.',
    params: noParams,
    query: clusterReads({}),
    reply: z.object({
      order,
      fairShare,
      classAgeingMs: z.number(),
      updatedAt: z.string().nullable(),
      updatedBy: z.string().nullable(),
    }) satisfies z.ZodType<SchedulingView>,
    refusals: [],
  }),
  putScheduling: endpoint({
    method: 'PUT',
    path: '/api/v1/scheduling',
    summary: 'Change it, for everything that waits; what is left out stays as it is.',
    params: noParams,
    query: plain({}),
    ...jsonBody(schedulingBody),
    statuses: [200],
    reply: z.object({ outcome: z.enum(['changed', 'unchanged']), index: z.number() }),
    refusals: ['MIXED_VERSIONS'],
  }),
};

export const sharingEndpoints = { ...namespaceEndpoints, ...schedulingEndpoints };
