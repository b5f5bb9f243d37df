/** Endpoints of the search in logs. The log of one attempt is in `contract.ts`, with its task. */
import { z } from 'zod';
import {
  bareEndpoint,
  count,
  dagParams,
  flag,
  instantText,
  type plain,
  reads,
  runParams,
} from './contract-kit.ts';

export const logSearchLimits = {
  queryCharacters: 1_000,
  context: 10,
  lines: 500,
  linesDefault: 100,
  runs: 100,
  runsDefault: 20,
} as const;

const asked = {
  q: z
    .string()
    .min(1)
    .max(logSearchLimits.queryCharacters)
    .meta({ description: 'What a line must have in it.' }),
  regex: flag.optional().meta({ description: '`q` is a regular expression (RE2).' }),
  ignoreCase: flag.optional(),
  taskId: z.string().max(250).optional().meta({ description: 'Only the logs of this task.' }),
  context: z
    .string()
    .regex(/^(10|\d)$/, `write 0 to ${logSearchLimits.context}`)
    .transform(Number)
    .optional()
    .meta({ description: 'Lines before and after each (0).' }),
  limit: count(logSearchLimits.lines)
    .optional()
    .meta({ description: `Lines in the answer (${logSearchLimits.linesDefault}).` }),
};

export type LogQueryText = z.output<ReturnType<typeof plain<typeof asked>>>;

const lines = z.array(z.string()).readonly();

const matchReply = z.object({
  runId: z.string(),
  taskId: z.string(),
  mapIndex: z.number(),
  attempt: z.number(),
  stream: z.enum(['stdout', 'stderr']),
  /** From 1; null behind a place where bytes are left out. */
  line: z.number().nullable(),
  /** Of the begin of the line, in bytes. */
  offset: z.number(),
  text: z.string(),
  before: lines,
  after: lines,
  /** The node whose copy was searched; null: the node that ran the attempt. */
  copyOn: z.string().nullable(),
});

const foundReply = z.object({
  matches: z.array(matchReply).readonly(),
  /** A limit was reached: there may be more. */
  isCut: z.boolean(),
  /** Attempts whose node did not answer, and of which nobody had a copy. */
  unsearched: z.number(),
  /** Runs that were searched. */
  runs: z.number(),
});

export const logEndpoints = {
  searchRunLogs: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/logs/search',
    summary: 'Lines in the logs of all attempts of a run.',
    params: runParams,
    query: reads(asked),
    reply: foundReply,
    refusals: ['RUN_NOT_FOUND'],
  }),
  searchDagLogs: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/logs/search',
    summary: 'Lines in the logs of the newest runs of a DAG.',
    params: dagParams,
    query: reads({
      ...asked,
      since: z.string().pipe(instantText).optional().meta({ description: 'Runs created since.' }),
      runs: count(logSearchLimits.runs)
        .optional()
        .meta({ description: `So many runs (${logSearchLimits.runsDefault}), the newest.` }),
    }),
    reply: foundReply,
    refusals: ['DAG_NOT_FOUND'],
  }),
};
