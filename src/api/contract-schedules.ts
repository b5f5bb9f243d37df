/** Endpoints of schedules: the next fires, and what became of every due instant. */
import { z } from 'zod';
import type { FireView, PreviewView } from '../model/views/schedule.ts';
import {
  bareEndpoint,
  count,
  dagFileBody,
  dagParams,
  endpoint,
  instantText,
  noParams,
  reads,
} from './contract-kit.ts';
import { runStates } from './contract-replies.ts';

/** Fires of one answer unless a request asks for fewer or more. */
export const firesDefault = 50;
const firesMax = 1_000;

const text = z.string();

export const previewReply = z.object({
  at: text,
  to: text,
  count: z.number(),
  startsAt: text.nullable(),
  local: text,
  timezone: text,
  schedule: text,
  notes: z.array(text).readonly(),
}) satisfies z.ZodType<PreviewView>;

export const fireReply = z.object({
  at: text,
  to: text,
  count: z.number(),
  state: z.enum(['ran', 'skipped', 'pending']),
  reason: z
    .enum(['catchup', 'overlap', 'paused', 'calendar', 'dst', 'coalesced', 'params', 'deleted'])
    .nullable(),
  runId: text.nullable(),
  runState: z.enum(runStates).nullable(),
  lateMs: z.number().nullable(),
  heldBy: text.nullable(),
}) satisfies z.ZodType<FireView>;

const items = <T extends z.ZodType>(item: T) => z.array(item).readonly();

const previewQuery = {
  n: count(firesMax)
    .optional()
    .meta({ description: `How many fires (${firesDefault}).` }),
  from: instantText.optional().meta({ description: 'Fires behind this instant (now).' }),
};

export const scheduleEndpoints = {
  previewSchedule: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/schedule/preview',
    summary: 'The next fires of a DAG, with local times and what clocks and calendars do to them.',
    params: dagParams,
    query: reads(previewQuery),
    reply: z.object({ items: items(previewReply) }),
    refusals: ['DAG_NOT_FOUND'],
  }),
  previewFile: endpoint({
    method: 'POST',
    path: '/api/v1/schedule/preview',
    summary: 'The same for a definition that is not applied.',
    params: noParams,
    query: reads(previewQuery),
    ...dagFileBody,
    statuses: [200],
    reply: z.object({ items: items(previewReply) }),
    refusals: ['DAG_INVALID', 'DAG_CYCLE', 'DAG_UNSUPPORTED'],
  }),
  listFires: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/fires',
    summary:
      'What became of every due instant, newest first: its run and how late it began, the policy ' +
      'that let it go, or that it is still to come.',
    params: dagParams,
    query: reads({
      since: instantText.optional().meta({ description: 'A week before `until`.' }),
      until: instantText.optional().meta({ description: 'Now; later: what is to come as well.' }),
      limit: count(firesMax).optional(),
    }),
    reply: z.object({
      items: items(fireReply),
      /** There is more in the range than the answer holds: ask for a smaller one. */
      truncated: z.boolean(),
      /** Instants that were let go before this are not remembered any more; null: all are. */
      skipsKnownSince: text.nullable(),
    }),
    refusals: ['DAG_NOT_FOUND'],
  }),
};
