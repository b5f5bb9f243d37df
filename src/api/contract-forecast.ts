/** Endpoints of forecasts: how a run would go, and what a change of the cluster would bring. */
import { z } from 'zod';
import { formatDuration } from '../base/duration.ts';
import { parseCron } from '../model/cron.ts';
import { forecastLimits } from '../model/forecast.ts';
import { orderNames } from '../model/placing.ts';
import type {
  BehindView,
  ClusterForecastView,
  NodeForecastView,
  PlanView,
  RunComparedView,
  RunForecastView,
  SpanView,
  TaskForecastView,
  WhatIfView,
} from '../model/views/forecast.ts';
import { dagParams, endpoint, jsonBody, noParams, paramValues, reads } from './contract-kit.ts';
import { expressionOf } from './dag-file-schedules.ts';
import { idText, positiveDuration, strict } from './schema-kit.ts';

/** How far ahead a what-if looks unless it is said: what is live now has mostly ended by then. */
export const whatIfHorizonMs = 6 * 3_600_000;

const { horizonMs, horizonMsMax, nodesAdded, changes } = forecastLimits;

const horizon = (defaultMs: number) =>
  positiveDuration
    .refine((ms) => ms <= horizonMsMax, { error: `at most ${formatDuration(horizonMsMax)}` })
    .optional()
    .meta({ description: `How far to look ahead (${formatDuration(defaultMs)}).` });

const planBody = strict({ params: paramValues.optional(), horizon: horizon(horizonMs) });

const cron = z
  .string()
  .max(250)
  .transform((text, context) => {
    const expression = expressionOf(text);
    const parsed = parseCron(expression, '');
    if (parsed.ok) return expression;
    context.addIssue({ code: 'custom', message: parsed.error });
    return z.NEVER;
  });

/** Name -> value; the names are ids of the namespace that is asked about, or of the cluster. */
const named = <T extends z.ZodType>(what: string, value: T) =>
  z
    .record(idText(what), value)
    .refine((all) => Object.keys(all).length <= changes, { error: `at most ${changes}` })
    .optional();

const node = z.string().min(1).max(64);

const whatIfBody = strict({
  addNodes: z.int().min(0).max(nodesAdded).optional(),
  like: node.nullable().optional().meta({ description: 'What they are like (the largest node).' }),
  removeNodes: z
    .array(node)
    .max(changes)
    .optional()
    .meta({ description: 'They take nothing new; what runs there ends there.' }),
  pools: named('a pool', z.int().min(0).max(1_000_000)).meta({ description: 'Pool -> slots.' }),
  crons: named('a DAG', cron).meta({ description: 'DAG -> cron in place of its schedules.' }),
  namespaceWeights: named('a namespace', z.number().min(0.001).max(1_000)),
  order: z.enum(orderNames).nullable().optional(),
  horizon: horizon(whatIfHorizonMs),
});

const text = z.string();
const textOrNull = z.string().nullable();
const numberOrNull = z.number().nullable();
const items = <T extends z.ZodType>(item: T) => z.array(item).readonly();

const span = z.object({
  from: text,
  until: text,
  end: z.enum(['reached', 'quiet', 'horizon', 'budget']),
}) satisfies z.ZodType<SpanView>;

const behind = z.object({
  kind: z.enum(['past', 'begin', 'upstream', 'room', 'pool', 'other']),
  runId: textOrNull,
  taskId: textOrNull,
  mapIndex: numberOrNull,
  pool: textOrNull,
}) satisfies z.ZodType<BehindView>;

const task = z.object({
  runId: text,
  dagId: text,
  taskId: text,
  mapIndex: z.number(),
  startsAt: textOrNull,
  endsAt: textOrNull,
  node: textOrNull,
  waitedMs: numberOrNull,
  behind: behind.nullable(),
}) satisfies z.ZodType<TaskForecastView>;

const run = z.object({
  runId: text,
  dagId: text,
  startsAt: textOrNull,
  endsAt: textOrNull,
}) satisfies z.ZodType<RunForecastView>;

const nodeReply = z.object({
  node: text,
  attempts: z.number(),
  use: z.number(),
  slices: items(z.number()),
}) satisfies z.ZodType<NodeForecastView>;

export const planReply = z.object({
  span,
  run,
  durationMs: numberOrNull,
  tasks: items(task.extend({ critical: z.boolean() })),
  tasksOmitted: z.number(),
  critical: items(task),
  nodes: items(nodeReply),
  fires: items(run),
  assumptions: items(text),
}) satisfies z.ZodType<PlanView>;

const cluster = z.object({
  span,
  makespanMs: numberOrNull,
  runsEnded: z.number(),
  starts: z.number(),
  meanWaitMs: z.number(),
  nodes: items(nodeReply),
  useUntil: text,
}) satisfies z.ZodType<ClusterForecastView>;

const compared = z.object({
  namespace: text,
  runId: text,
  dagId: text,
  endsAt: textOrNull,
  endsAtChanged: textOrNull,
  earlierMs: numberOrNull,
}) satisfies z.ZodType<RunComparedView>;

export const whatIfReply = z.object({
  asItIs: cluster,
  changed: cluster,
  runs: items(compared),
  runsOmitted: z.number(),
  assumptions: items(text),
}) satisfies z.ZodType<WhatIfView>;

export const forecastEndpoints = {
  planDag: endpoint({
    method: 'POST',
    path: '/api/v1/dags/{dagId}/plan',
    summary: 'How a run that is started now would go: times, places, its critical path.',
    params: dagParams,
    query: reads({}),
    ...jsonBody(planBody),
    statuses: [200],
    reply: planReply,
    refusals: ['DAG_NOT_FOUND', 'PARAM_INVALID', 'QUOTA_EXCEEDED', 'FORECAST_BUSY'],
  }),
  whatIf: endpoint({
    method: 'POST',
    path: '/api/v1/whatif',
    summary: 'The cluster run forward twice, as it is and with a change, beside each other.',
    params: noParams,
    query: reads({}),
    ...jsonBody(whatIfBody),
    statuses: [200],
    reply: whatIfReply,
    refusals: ['DAG_NOT_FOUND', 'NODE_NOT_FOUND', 'LIMIT_REACHED', 'FORECAST_BUSY'],
  }),
};
