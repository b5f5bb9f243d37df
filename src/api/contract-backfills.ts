/** Endpoints of backfills. */
import { z } from 'zod';
import { objectLimits } from '../model/object-limits.ts';
import type { BackfillView } from '../model/views/backfill.ts';
import {
  bareEndpoint,
  dagFilter,
  dagParams,
  endpoint,
  instantText,
  jsonBody,
  jsonValue,
  lists,
  noParams,
  paramValues,
  reads,
  writes,
} from './contract-kit.ts';
import { page } from './contract-replies.ts';
import { idText, strict } from './schema-kit.ts';

const date = z.string().pipe(instantText);

const startBody = strict({
  from: date.meta({ description: 'The first logical date.' }),
  to: date.meta({ description: 'The last logical date; what lies in the future is left out.' }),
  direction: z.enum(['forward', 'backward']).optional(),
  activeMax: z.int().min(1).max(objectLimits.backfillActive).optional(),
  only: z.enum(['all', 'missing', 'failed']).optional(),
  params: paramValues.optional(),
  dryRun: z.boolean().optional(),
});

const backfillReply = z.object({
  backfillId: z.string(),
  namespace: z.string(),
  dagId: z.string(),
  versionId: z.string(),
  from: z.string(),
  to: z.string(),
  direction: z.enum(['forward', 'backward']),
  activeMax: z.number(),
  only: z.enum(['all', 'missing', 'failed']),
  params: z.record(z.string(), jsonValue),
  state: z.enum(['running', 'paused', 'cancelled', 'done']),
  at: z.string().nullable(),
  total: z.number(),
  passedOver: z.number(),
  started: z.number(),
  active: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  createdAt: z.string(),
  createdBy: z.string(),
  endedAt: z.string().nullable(),
}) satisfies z.ZodType<BackfillView>;

const backfillParams = strict({ backfillId: idText('the id of a backfill') });

const change = (verb: 'pause' | 'resume' | 'cancel', summary: string) =>
  bareEndpoint('POST', {
    path: `/api/v1/backfills/{backfillId}/${verb}`,
    summary,
    params: backfillParams,
    query: writes({}),
    reply: z.object({ backfillId: z.string(), state: z.string(), index: z.number() }),
    refusals: ['BACKFILL_NOT_FOUND', 'BACKFILL_ENDED'],
  });

export const backfillEndpoints = {
  startBackfill: endpoint({
    method: 'POST',
    path: '/api/v1/dags/{dagId}/backfills',
    summary: 'Run a DAG for a range of logical dates; `dryRun` only counts them.',
    params: dagParams,
    query: writes({}),
    ...jsonBody(startBody),
    statuses: [201, 200],
    reply: z.object({
      /** Null: it was a dry run. */
      backfillId: z.string().nullable(),
      total: z.number(),
      passedOver: z.number(),
      dates: z.array(z.string()).readonly(),
      index: z.number(),
    }),
    refusals: ['DAG_NOT_FOUND', 'BACKFILL_INVALID', 'PARAM_INVALID', 'LIMIT_REACHED'],
  }),
  listBackfills: bareEndpoint('GET', {
    path: '/api/v1/backfills',
    summary: 'The backfills of a namespace, newest first.',
    params: noParams,
    query: lists(dagFilter),
    reply: page(backfillReply),
    refusals: [],
  }),
  getBackfill: bareEndpoint('GET', {
    path: '/api/v1/backfills/{backfillId}',
    summary: 'One backfill and its progress.',
    params: backfillParams,
    query: reads({}),
    reply: backfillReply,
    refusals: ['BACKFILL_NOT_FOUND'],
  }),
  pauseBackfill: change('pause', 'Start no more runs of it; those that are active go on.'),
  resumeBackfill: change('resume', 'Let it go on.'),
  cancelBackfill: change('cancel', 'End it; its runs that have not begun are cancelled.'),
};
