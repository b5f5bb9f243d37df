/**
 * Endpoints of versions: what differs, which one new runs take, canaries; and of the DAG folder.
 */
import { z } from 'zod';
import type { CanaryView } from '../model/views/canary.ts';
import {
  bareEndpoint,
  dagParams,
  endpoint,
  jsonBody,
  noParams,
  plain,
  reads,
  writes,
} from './contract-kit.ts';
import { strict } from './schema-kit.ts';

const versionText = z
  .string()
  .regex(/^[0-9a-f]{6,64}$/, 'a version is 6 to 64 hex digits: all of its id, or how it begins');

const fieldChange = z.object({ path: z.string(), before: z.unknown(), after: z.unknown() });

const diffReply = z.object({
  dagId: z.string(),
  before: z.string(),
  after: z.string(),
  fields: z.array(fieldChange).readonly(),
  added: z.array(z.string()).readonly(),
  removed: z.array(z.string()).readonly(),
  changed: z
    .array(z.object({ taskId: z.string(), fields: z.array(fieldChange).readonly() }))
    .readonly(),
});

const rate = z.number().min(0).max(1);

const canaryBody = strict({
  version: versionText.optional(),
  definition: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'A DAG definition, in place of a version that is there.' }),
  share: rate.optional().meta({ description: 'This share of all new runs takes it.' }),
  runs: z.int().min(1).max(1_000_000).optional().meta({ description: 'So many runs take it.' }),
  failureRateMax: rate.nullable().optional(),
  runsMin: z.int().min(1).max(100_000).optional(),
});

const canaryReply = z.object({
  versionId: z.string(),
  share: z.number().nullable(),
  runsLeft: z.number().nullable(),
  failureRateMax: z.number().nullable(),
  runsMin: z.number(),
  started: z.number(),
  succeeded: z.number(),
  failed: z.number(),
}) satisfies z.ZodType<CanaryView>;

const finding = z.object({
  code: z.string(),
  path: z.string(),
  line: z.number().nullable(),
  column: z.number().nullable(),
  message: z.string(),
});

export const versionEndpoints = {
  diffVersions: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/versions/{before}/diff/{after}',
    summary: 'What differs between two versions: fields of the DAG, tasks, fields of tasks.',
    params: dagParams.extend({ before: versionText, after: versionText }),
    query: reads({}),
    reply: diffReply,
    refusals: ['VERSION_NOT_FOUND'],
  }),
  promoteVersion: bareEndpoint('POST', {
    path: '/api/v1/dags/{dagId}/versions/{version}/promote',
    summary: 'New runs take this version, an older one as well; a canary is over.',
    params: dagParams.extend({ version: versionText }),
    query: writes({}),
    reply: z.object({ dagId: z.string(), versionId: z.string(), index: z.number() }),
    refusals: ['DAG_NOT_FOUND', 'VERSION_NOT_FOUND'],
  }),
  startCanary: endpoint({
    method: 'PUT',
    path: '/api/v1/dags/{dagId}/canary',
    summary: 'A share of the new runs, or the next so many, takes another version.',
    params: dagParams,
    query: writes({}),
    ...jsonBody(canaryBody),
    statuses: [200],
    reply: z.object({ dagId: z.string(), versionId: z.string(), index: z.number() }),
    refusals: ['DAG_NOT_FOUND', 'VERSION_NOT_FOUND', 'CANARY_INVALID', 'DAG_INVALID', 'DAG_CYCLE'],
  }),
  getCanary: bareEndpoint('GET', {
    path: '/api/v1/dags/{dagId}/canary',
    summary: 'The canary of a DAG and its counts.',
    params: dagParams,
    query: reads({}),
    reply: canaryReply,
    refusals: ['DAG_NOT_FOUND', 'CANARY_NOT_FOUND'],
  }),
  endCanary: bareEndpoint('DELETE', {
    path: '/api/v1/dags/{dagId}/canary',
    summary: 'All new runs take the version of the DAG again.',
    params: dagParams,
    query: writes({}),
    reply: z.object({ dagId: z.string(), index: z.number() }),
    refusals: ['DAG_NOT_FOUND', 'CANARY_NOT_FOUND'],
  }),
  getDagsDir: bareEndpoint('GET', {
    path: '/api/v1/dags-dir',
    summary: 'The folder that this node watches for DAG files, and what became of each file.',
    params: noParams,
    query: plain({}),
    reply: z.object({
      /** Null: this node watches none. */
      folder: z.string().nullable(),
      files: z
        .array(
          z.object({
            file: z.string(),
            dagId: z.string().nullable(),
            state: z.enum(['applied', 'broken', 'waiting', 'gone']),
            versionId: z.string().nullable(),
            at: z.string(),
            problems: z.array(finding).readonly(),
          }),
        )
        .readonly(),
    }),
    refusals: [],
  }),
};
