/** Endpoint of right-sizing hints. */
import { z } from 'zod';
import { type AmountHintView, type HintsView, hintLimits } from '../model/views/hints.ts';
import { bareEndpoint, count, dagParams, reads } from './contract-kit.ts';

const numberOrNull = z.number().nullable();

const amount = z.object({
  requested: numberOrNull,
  limit: numberOrNull,
  samples: z.number(),
  p50: numberOrNull,
  p95: numberOrNull,
  max: numberOrNull,
  suggested: numberOrNull.meta({ description: 'null: too little is known.' }),
}) satisfies z.ZodType<AmountHintView>;

export const hintsReply = z.object({
  dagId: z.string(),
  versionId: z.string(),
  runs: z.number(),
  attempts: z.number(),
  tasks: z
    .array(
      z.object({
        taskId: z.string(),
        memory: amount.meta({ description: 'Bytes.' }),
        cpu: amount.meta({ description: 'Cores.' }),
        outOfMemory: z.number(),
        advice: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
}) satisfies z.ZodType<HintsView>;

export const hintEndpoints = {
  dagHints: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/hints',
    summary: 'What the tasks of a DAG ask for, beside what their recent attempts took.',
    params: dagParams,
    query: reads({
      runs: count(hintLimits.runsMax)
        .optional()
        .meta({ description: `So many of the newest runs are looked at (${hintLimits.runs}).` }),
    }),
    reply: hintsReply,
    refusals: ['DAG_NOT_FOUND'],
  }),
};
