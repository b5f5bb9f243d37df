/**
 * Endpoints for whoever follows the state itself, as the web page does: rows as they stand at one
 * log index, and from there on the stream of events (`/api/v1/events?after=`).
 */
import { z } from 'zod';
import { followedTables } from './contract-follow-tables.ts';
import { bareEndpoint, clusterReads, lists, noParams, reads, runParams } from './contract-kit.ts';
import { page } from './contract-replies.ts';

const tableName = z.enum(followedTables);

/** `dag,run`: names with commas between them. */
export const tableList = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(tableName));

const factReply = z.object({
  table: z.string(),
  key: z.string(),
  row: z.unknown().meta({ description: 'As in the events of the log; null: it is gone.' }),
});

const rowsReply = z.object({
  index: z.number().meta({ description: 'The log index that the rows reflect.' }),
  facts: z.array(factReply).readonly(),
});

const pastFact = z.object({
  index: z.number().meta({ description: 'Of the record that it was committed with.' }),
  at: z.string(),
  by: z.string(),
  what: z.string().meta({ description: 'The decision that made it: `attempt-ended`…' }),
  fact: factReply,
});

export const followEndpoints = {
  listRows: bareEndpoint('GET', {
    path: '/api/v1/rows',
    summary: 'Live rows of whole tables, of all namespaces, as facts of one log index.',
    params: noParams,
    query: clusterReads({
      tables: tableList.meta({ description: `Some of ${followedTables.join(', ')}.` }),
    }),
    reply: rowsReply,
    refusals: [],
  }),
  runRows: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/rows',
    summary: 'Everything recorded of a run, live or ended, as facts of one log index.',
    params: runParams,
    query: reads({}),
    reply: rowsReply,
    refusals: ['RUN_NOT_FOUND'],
  }),
  runHistory: bareEndpoint('GET', {
    path: '/api/v1/runs/{runId}/history',
    summary:
      'The history of a run as the rows themselves, oldest first: with them the run can be seen ' +
      'as of any log index. A cursor is how many facts were seen so far.',
    params: runParams,
    query: lists({}),
    reply: page(pastFact),
    refusals: ['RUN_NOT_FOUND'],
  }),
};
