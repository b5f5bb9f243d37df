/** Endpoints of connections. What was sealed is named in replies, and never shown. */
import { z } from 'zod';
import { type ConnectionKind, connectionKinds, connectionLimits } from '../model/connection.ts';
import { objectLimits } from '../model/object-limits.ts';
import type { ConnectionView } from '../model/views/connections.ts';
import {
  bareEndpoint,
  endpoint,
  jsonBody,
  lists,
  noParams,
  plain,
  reads,
  writes,
} from './contract-kit.ts';
import { page } from './contract-replies.ts';
import { idText, scalarText, strict } from './schema-kit.ts';

const isKind = (name: string): name is ConnectionKind => Object.hasOwn(connectionKinds, name);
const kinds = Object.keys(connectionKinds).filter(isKind);

const named = strict({ name: idText('a name') });
const fieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'a field is named by letters, digits and "_.-"');

/** Its own sentences: the usual ones repeat what was given. */
const secretText = z
  .string({ error: 'a secret is a text' })
  .min(1, 'a secret is not empty')
  .max(connectionLimits.fieldCharacters)
  .refine((text) => !text.includes('\0'), 'a secret has no NUL');

const fieldText = scalarText(connectionLimits.fieldCharacters).refine(
  (text) => !text.includes('\0'),
  'a field has no NUL',
);

const connectionBody = strict({
  kind: z.enum(kinds),
  description: z.string().max(objectLimits.descriptionCharacters).optional(),
  fields: z.record(fieldName, fieldText).optional(),
  secrets: z
    .record(fieldName, secretText, { error: 'secrets are a map of names and texts' })
    .optional()
    .meta({ description: 'Sealed by the node that takes the request; never shown again.' }),
});

const connectionReply = z.object({
  name: z.string(),
  namespace: z.string(),
  kind: z.enum(kinds),
  description: z.string(),
  fields: z.record(z.string(), z.string()),
  secrets: z.array(z.string()).readonly(),
  sealedWith: z.array(z.string()).readonly(),
  updatedAt: z.string(),
  updatedBy: z.string(),
}) satisfies z.ZodType<ConnectionView>;

const list = z.array(z.string()).readonly();

export const connectionEndpoints = {
  putConnection: endpoint({
    method: 'PUT',
    path: '/api/v1/connections/{name}',
    summary: 'Create a connection (201), or put another in its place: secrets are given again.',
    params: named,
    query: writes({}),
    ...jsonBody(connectionBody),
    statuses: [200, 201],
    reply: z.object({
      name: z.string(),
      outcome: z.enum(['created', 'changed', 'unchanged']),
      index: z.number(),
    }),
    refusals: ['ENCRYPTION_KEY_MISSING', 'LIMIT_REACHED', 'TOO_LARGE', 'MIXED_VERSIONS'],
  }),
  getConnection: bareEndpoint('GET', {
    path: '/api/v1/connections/{name}',
    summary: 'Look at a connection: its secrets by their names.',
    params: named,
    query: reads({}),
    reply: connectionReply,
    refusals: ['OBJECT_NOT_FOUND'],
  }),
  listConnections: bareEndpoint('GET', {
    path: '/api/v1/connections',
    summary: 'The connections of a namespace, by name.',
    params: noParams,
    query: lists({}),
    reply: page(connectionReply),
    refusals: [],
  }),
  deleteConnection: bareEndpoint('DELETE', {
    path: '/api/v1/connections/{name}',
    summary: 'Delete a connection, also one that DAGs name: their attempts fail until it is back.',
    params: named,
    query: writes({}),
    reply: z.object({ name: z.string(), index: z.number() }),
    refusals: ['OBJECT_NOT_FOUND'],
  }),
  testConnection: bareEndpoint('POST', {
    path: '/api/v1/connections/{name}/test',
    summary: 'Try a connection from this node: whether a database lets it in, or a server answers.',
    params: named,
    query: writes({}),
    reply: z.object({
      name: z.string(),
      reached: z.boolean().nullable().meta({ description: 'null: this kind is not tried.' }),
      tookMs: z.number(),
      detail: z.string(),
    }),
    refusals: ['OBJECT_NOT_FOUND', 'ENCRYPTION_KEY_MISSING', 'OVERLOADED'],
  }),
  rotateConnections: bareEndpoint('POST', {
    path: '/api/v1/connections/rotate',
    summary: 'Seal every secret of every namespace again with the first key of this node.',
    params: noParams,
    query: plain({}),
    reply: z.object({
      /** The key that seals now. */
      key: z.string(),
      resealed: z.number(),
      unchanged: z.number(),
      unopened: list.meta({ description: 'namespace/name.field that no key here opens.' }),
      index: z.number(),
    }),
    refusals: ['ENCRYPTION_KEY_MISSING'],
  }),
};
