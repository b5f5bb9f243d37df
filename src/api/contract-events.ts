/** Endpoints of event triggers: hooks for others, and what people see and do about them. */
import { z } from 'zod';
import { triggerLimits } from '../model/trigger.ts';
import { type FreshnessView, freshnessStates } from '../model/views/freshness.ts';
import {
  bareEndpoint,
  dagFilter,
  dagParams,
  endpoint,
  flag,
  jsonBody,
  lists,
  noBody,
  noParams,
  plain,
  writes,
} from './contract-kit.ts';
import { page } from './contract-replies.ts';
import { idText, strict } from './schema-kit.ts';

const subject = z
  .string()
  .max(triggerLimits.subjectCharacters)
  .regex(/^[^\s*>.]+(\.[^\s*>.]+)*$/, 'a subject is words with dots between them');

const key = z
  .string()
  .min(1)
  .max(triggerLimits.keyCharacters)
  .optional()
  .meta({ description: 'The same key is the same event. Without one every event is another.' });

const payload = z
  .json()
  .optional()
  .meta({ description: `At most ${triggerLimits.payloadBytes} bytes as JSON (null).` });

const sendBody = z.discriminatedUnion('kind', [
  strict({ kind: z.literal('subject'), subject, key, payload }),
  strict({ kind: z.literal('asset'), uri: z.string().min(1).max(2_048), key, payload }),
  strict({
    kind: z.literal('trigger'),
    dagId: idText('the id of a DAG'),
    trigger: idText('a trigger'),
    key,
    payload,
  }).meta({ description: 'Starts the run of this trigger, whatever it waits for.' }),
]);

const taken = z.object({
  runs: z.array(z.string()).readonly(),
  known: z.number().meta({ description: 'How many triggers knew the event already.' }),
  filtered: z
    .number()
    .default(0)
    .meta({ description: 'How many triggers have a filter that did not let it through.' }),
  key: z.string(),
  index: z.number(),
});

const keptEvent = z.object({ source: z.number(), key: z.string(), at: z.string() });

const trigger = z.object({
  dagId: z.string(),
  namespace: z.string(),
  trigger: z.string(),
  needs: z.enum(['all', 'any']),
  sources: z.array(z.string()).readonly(),
  window: z.string().nullable(),
  whilePaused: z.enum(['keep', 'drop']),
  enabled: z.boolean(),
  paused: z.boolean(),
  kept: z.array(keptEvent).readonly(),
  nextTimeAt: z.string().nullable(),
});

const freshness = z.object({
  state: z.enum(freshnessStates),
  last: z
    .object({
      at: z.string(),
      dagId: z.string(),
      runId: z.string(),
      taskId: z.string(),
      mapIndex: z.number(),
    })
    .nullable(),
  wantedAt: z.string().nullable(),
}) satisfies z.ZodType<FreshnessView>;

const asset = z.object({
  uri: z.string(),
  producers: z.array(z.object({ dagId: z.string(), taskId: z.string() })).readonly(),
  consumers: z.array(z.object({ dagId: z.string(), trigger: z.string() })).readonly(),
  freshness: freshness.nullable().default(null).meta({ description: 'Null unless asked for.' }),
});

const triggerParams = dagParams.extend({ trigger: idText('a trigger') });

const switching = (verb: 'enable' | 'disable', summary: string) =>
  bareEndpoint('POST', {
    path: `/api/v1/dags/{dagId}/triggers/{trigger}/${verb}`,
    summary,
    params: triggerParams,
    query: writes({}),
    reply: z.object({
      dagId: z.string(),
      trigger: z.string(),
      enabled: z.boolean(),
      index: z.number(),
    }),
    refusals: ['DAG_NOT_FOUND', 'TRIGGER_NOT_FOUND'],
  });

export const eventEndpoints = {
  hook: endpoint({
    method: 'POST',
    path: '/api/v1/hooks/{namespace}/{dagId}/{trigger}',
    summary:
      'Tell a webhook trigger of an event: JSON or text. The secret is in X-Skein-Secret, the ' +
      'key of the event in Idempotency-Key, X-Event-Id or X-GitHub-Delivery.',
    params: triggerParams.extend({ namespace: idText('a namespace') }),
    query: plain({}),
    ...noBody,
    statuses: [202],
    reply: taken,
    refusals: [
      'DAG_NOT_FOUND',
      'TRIGGER_NOT_FOUND',
      'HOOK_SECRET_WRONG',
      'EVENT_TOO_LARGE',
      'EVENT_INVALID',
    ],
  }),
  sendEvent: endpoint({
    method: 'POST',
    path: '/api/v1/events/send',
    summary: 'Tell of an event by hand: on a subject, of an asset, or for one trigger.',
    params: noParams,
    query: writes({}),
    ...jsonBody(sendBody),
    statuses: [202],
    reply: taken,
    refusals: ['DAG_NOT_FOUND', 'TRIGGER_NOT_FOUND', 'EVENT_TOO_LARGE', 'PARAM_INVALID'],
  }),
  listTriggers: bareEndpoint('GET', {
    path: '/api/v1/triggers',
    summary: 'The event triggers of a namespace, by DAG, with the events that wait.',
    params: noParams,
    query: lists(dagFilter),
    reply: page(trigger),
    refusals: ['DAG_NOT_FOUND'],
  }),
  enableTrigger: switching('enable', 'Switch a trigger on again.'),
  disableTrigger: switching(
    'disable',
    'Switch a trigger off: it hears nothing, and what it had kept is dropped.',
  ),
  listAssets: bareEndpoint('GET', {
    path: '/api/v1/assets',
    summary: 'The assets that the DAGs of a namespace name, who produces and who needs them.',
    params: noParams,
    query: lists({
      freshness: flag.optional().meta({
        description:
          'true: and when each was made last, by the last runs of its producers (false).',
      }),
    }),
    reply: page(asset),
    refusals: [],
  }),
};
