/** Endpoints of why something does not run, and of what waits. */
import { z } from 'zod';
import {
  type EtaView,
  type GateCode,
  type GateView,
  gateCodes,
  gateKinds,
  type PlacementView,
  type QueuesView,
  type WhyRunView,
  type WhyView,
} from '../model/views/why.ts';
import { taskStates } from '../model/views.ts';
import {
  bareEndpoint,
  flag,
  jsonValue,
  noParams,
  plain,
  runParams,
  taskParams,
  writes,
} from './contract-kit.ts';
import { idText } from './schema-kit.ts';

const isCode = (name: string): name is GateCode => Object.hasOwn(gateCodes, name);

const gateReply = z.object({
  kind: z.enum(gateKinds),
  code: z.enum(Object.keys(gateCodes).filter(isCode)),
  text: z.string(),
  values: z.record(z.string(), jsonValue),
  opens: z.object({
    by: z.enum(['event', 'time', 'person']),
    text: z.string(),
    at: z.string().nullable(),
    command: z.string().nullable(),
  }),
}) satisfies z.ZodType<GateView>;

const placementReply = z.object({
  attempt: z.number(),
  node: z.string(),
  at: z.string(),
  chosen: z
    .object({
      nodes: z.number(),
      fitting: z.number(),
      score: z.number(),
      terms: z.record(z.string(), z.number()),
      next: z.object({ node: z.string(), score: z.number() }).nullable(),
      backfilled: z.boolean(),
    })
    .nullable(),
}) satisfies z.ZodType<PlacementView>;

const etaReply = z.object({
  startsAt: z.string().nullable(),
  startsLateAt: z.string().nullable(),
  until: z.string(),
  assumptions: z.array(z.string()).readonly(),
}) satisfies z.ZodType<EtaView>;

const runName = { namespace: z.string(), runId: z.string(), dagId: z.string() };
const instanceName = { taskId: z.string(), mapIndex: z.number() };

export const whyReply = z.object({
  ...runName,
  ...instanceName,
  state: z.enum(taskStates),
  summary: z.string(),
  gates: z.array(gateReply).readonly(),
  placement: placementReply.nullable(),
  eta: etaReply.nullable(),
  noEta: z.string().nullable(),
  at: z.string(),
}) satisfies z.ZodType<WhyView>;

export const whyRunReply = z.object({
  ...runName,
  state: z.string(),
  summary: z.string(),
  running: z.number(),
  waiting: z.number(),
  groups: z
    .array(
      z.object({
        gates: z.array(gateReply).readonly(),
        count: z.number(),
        instances: z.array(z.object(instanceName)).readonly(),
      }),
    )
    .readonly(),
  leftOut: z.number(),
  at: z.string(),
}) satisfies z.ZodType<WhyRunView>;

export const queuesReply = z.object({
  queues: z
    .array(
      z.object({
        namespace: z.string(),
        priorityClass: z.string(),
        resources: z.record(z.string(), z.number()),
        asks: z.array(z.string()).readonly(),
        waiting: z.number(),
        first: z.object({ dagId: z.string(), runId: z.string(), ...instanceName }),
        since: z.string(),
        gates: z.array(gateReply).readonly(),
      }),
    )
    .readonly(),
  leftOut: z.number(),
  waiting: z.number(),
  at: z.string(),
}) satisfies z.ZodType<QueuesView>;

export const whyEndpoints = {
  whyTask: bareEndpoint('GET', {
    path: '/api/v1/why/{runId}/{taskId}',
    summary: 'Every gate between a task and its start, with its values; why it runs where it does.',
    params: taskParams,
    query: writes({
      mapIndex: z
        .string()
        .regex(/^\d{1,6}$/, 'write a whole number')
        .transform(Number)
        .optional(),
      eta: flag.optional().meta({ description: 'false: without a forecast of its start (true).' }),
    }),
    reply: whyReply,
    refusals: ['RUN_NOT_FOUND', 'TASK_NOT_FOUND', 'NO_LEADER'],
  }),
  whyRun: bareEndpoint('GET', {
    path: '/api/v1/why/{runId}',
    summary: 'What the task instances of a run wait for, those that wait for the same together.',
    params: runParams,
    query: writes({}),
    reply: whyRunReply,
    refusals: ['RUN_NOT_FOUND', 'NO_LEADER'],
  }),
  listQueues: bareEndpoint('GET', {
    path: '/api/v1/queues',
    summary: 'Tasks that could start but for room and limits: those that ask for the same as one.',
    params: noParams,
    query: plain({
      namespace: idText('a namespace').optional().meta({ description: 'Unless said: all.' }),
    }),
    reply: queuesReply,
    refusals: ['NO_LEADER'],
  }),
};
