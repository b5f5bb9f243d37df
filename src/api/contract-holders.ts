/** The endpoint of who holds what tasks and runs wait for. */
import { z } from 'zod';
import type { HoldersView, HolderView } from '../model/views/holders.ts';
import { bareEndpoint, noParams, reads } from './contract-kit.ts';

const holderReply = z.object({
  dagId: z.string(),
  runId: z.string(),
  taskId: z.string(),
  mapIndex: z.number(),
  attempt: z.number(),
  node: z.string(),
  state: z.enum(['queued', 'running']),
  slots: z.number(),
  since: z.string(),
}) satisfies z.ZodType<HolderView>;

const held = {
  taken: z.number(),
  holders: z.array(holderReply).readonly(),
  leftOut: z.number(),
};

export const holderEndpoints = {
  listHolders: bareEndpoint('GET', {
    path: '/api/v1/holders',
    summary:
      'Who holds what a namespace shares out: slots of pools, concurrency keys, places of DAGs.',
    params: noParams,
    query: reads({}),
    reply: z.object({
      pools: z
        .array(z.object({ pool: z.string(), slots: z.number().nullable(), ...held }))
        .readonly(),
      keys: z.array(z.object({ key: z.string(), ...held })).readonly(),
      dags: z
        .array(
          z.object({
            dagId: z.string(),
            maxActiveRuns: z.number().nullable(),
            active: z.number(),
            queued: z.number(),
            runs: z
              .array(
                z.object({
                  runId: z.string(),
                  state: z.enum(['running', 'cancelling']),
                  since: z.string(),
                }),
              )
              .readonly(),
            leftOut: z.number(),
          }),
        )
        .readonly(),
    }) satisfies z.ZodType<HoldersView>,
    refusals: [],
  }),
};
