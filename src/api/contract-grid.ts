/** Endpoint of the grid of a DAG: runs × tasks. */
import { z } from 'zod';
import { type GridView, gridLetters, gridLimits } from '../model/views/grid.ts';
import { taskStates } from '../model/views.ts';
import { bareEndpoint, count, dagParams, reads, runPaging } from './contract-kit.ts';
import { runReply } from './contract-replies.ts';

const text = z.string();
const textOrNull = z.string().nullable();

const letters = Object.entries(gridLetters).map(([state, letter]) => `${letter} ${state}`);

const run = z.object({
  runId: text,
  versionId: text,
  state: runReply.shape.state,
  trigger: runReply.shape.trigger,
  logicalDate: textOrNull,
  createdAt: text,
  startedAt: textOrNull,
  endedAt: textOrNull,
  states: text.meta({
    description: `A letter for each task: ${letters.join(', ')}; "." where it has none.`,
  }),
  durationsMs: z
    .array(z.number().nullable())
    .readonly()
    .meta({ description: 'For each task: its last attempt, or the longest of a map.' }),
  mapped: z.record(text, z.partialRecord(z.enum(taskStates), z.number())),
  attempts: z
    .record(text, z.number())
    .meta({ description: 'Attempts that have ended, where there was more than one.' }),
  failedAt: z.record(text, text),
});

const gridReply = z.object({
  dagId: text,
  tasks: z.array(text).readonly(),
  runs: z.array(run).readonly(),
}) satisfies z.ZodType<GridView>;

export const gridEndpoints = {
  dagGrid: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/grid',
    summary: 'Runs of a DAG, newest first, and the state and duration of each task in each.',
    params: dagParams,
    query: reads({
      limit: count(gridLimits.runsMax)
        .optional()
        .meta({ description: `Runs (${gridLimits.runs}); fewer where they are very large.` }),
      cursor: runPaging.cursor,
    }),
    reply: gridReply.extend({ cursor: textOrNull }),
    refusals: ['DAG_NOT_FOUND'],
  }),
};
