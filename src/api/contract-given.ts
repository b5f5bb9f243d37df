/** The endpoint of what an attempt was given. */
import { z } from 'zod';
import type { Given } from '../model/given.ts';
import type { JsonObject } from '../model/json.ts';
import { attemptParams, bareEndpoint, jsonValue, mapIndex, reads } from './contract-kit.ts';

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), jsonValue);

/** As its node kept it. */
export const givenRecord = z.object({
  at: z.string(),
  leftOut: z.array(z.string()).readonly(),
  action: jsonObject.nullable(),
  env: jsonObject.nullable(),
  params: jsonObject.nullable(),
  trigger: jsonValue,
  item: jsonValue,
  upstream: jsonObject.nullable(),
  upstreamOmitted: z.array(z.string()).readonly(),
  connections: z.array(z.string()).readonly(),
  inputs: z.array(z.object({ path: z.string(), sha256: z.string() })).readonly(),
  cwd: z.string().nullable(),
  timeoutMs: z.number().nullable(),
}) satisfies z.ZodType<Given>;

export const givenEndpoints = {
  getGiven: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/tasks/{taskId}/attempts/{attempt}/given',
    summary:
      'What an attempt was given: every text as it was rendered, params, outputs; secrets as ***.',
    params: attemptParams,
    query: reads({ mapIndex: mapIndex.optional() }),
    reply: givenRecord.extend({ attempt: z.number(), node: z.string() }),
    refusals: ['RUN_NOT_FOUND', 'TASK_NOT_FOUND', 'ATTEMPT_NOT_FOUND', 'GIVEN_NOT_FOUND'],
  }),
};
