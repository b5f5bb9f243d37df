/**
 * Endpoints for whoever follows the state itself, as the web page does: rows as they stand at one
 * log index, and from there on the stream of events (`/api/v1/events?after=`).
 */
import { z } from 'zod';
import { followedTables } from './contract-follow-tables.ts';
import { bareEndpoint, clusterReads, noParams, reads, runParams } from './contract-kit.ts';

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
};
