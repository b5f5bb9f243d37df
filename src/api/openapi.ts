/** The contract as an OpenAPI 3.1 document. */
import { z } from 'zod';
import { contract } from './contract.ts';
import type { Endpoint } from './contract-kit.ts';
import { problemReply } from './contract-replies.ts';
import { dagFileJsonSchema } from './dag-file-json-schema.ts';
import type { ProblemCode } from './problem-code.ts';
import { problems } from './problems.ts';

type Json = Readonly<Record<string, unknown>>;

/** Refusals that every endpoint may give. */
const refusalsOfAll: readonly ProblemCode[] = ['QUERY_INVALID', 'INTERNAL'];
const refusalsOfReads: readonly ProblemCode[] = ['NO_LEADER', 'NOT_READY', 'INDEX_NOT_REACHED'];
const refusalsOfWrites: readonly ProblemCode[] = [
  'BODY_INVALID',
  'TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'IDEMPOTENCY_CONFLICT',
  'NO_LEADER',
  'NOT_READY',
  'OUTCOME_UNKNOWN',
  'OVERLOADED',
  'DISK_FULL',
];

export function openApi(version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, endpoint] of Object.entries<Endpoint>(contract)) {
    const path = paths[endpoint.path] ?? {};
    paths[endpoint.path] = path;
    path[endpoint.method.toLowerCase()] = operation(name, endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Skein',
      version,
      description: 'The same on every node. Errors are application/problem+json with a `code`.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemReply, 'output'), Dag: dagFileJsonSchema() },
    },
  };
}

function operation(name: string, endpoint: Endpoint): Json {
  const isWrite = endpoint.method !== 'GET';
  const parameters = [
    ...parametersOf(endpoint.params, 'path'),
    ...parametersOf(endpoint.query, 'query'),
    ...(isWrite ? [idempotencyKey] : []),
  ];
  return {
    operationId: name,
    summary: endpoint.summary,
    parameters,
    ...requestBody(endpoint),
    responses: { ...successes(endpoint), ...refusals(endpoint, isWrite) },
  };
}

const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repeated request with the same key is done once.',
  schema: { type: 'string', maxLength: 200 },
};

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): readonly Json[] {
  return Object.entries(schema.shape).map(([name, inner]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: schemaOf(inner, 'input'),
  }));
}

function requestBody({ body, bodyKind }: Endpoint): Json {
  if (bodyKind === 'none') return {};
  const schema =
    bodyKind === 'dag-file' ? { $ref: '#/components/schemas/Dag' } : schemaOf(body, 'input');
  const content: Record<string, unknown> = { 'application/json': { schema } };
  if (bodyKind === 'dag-file') content['application/yaml'] = { schema };
  return { requestBody: { required: bodyKind === 'dag-file', content } };
}

function successes({ statuses, media, reply, summary }: Endpoint): Json {
  const content = { [media]: { schema: schemaOf(reply, 'output') } };
  const headers = {
    'X-Skein-Index': {
      description: 'The log index that the answer reflects.',
      schema: { type: 'integer' },
    },
  };
  return Object.fromEntries(
    statuses.map((status) => [String(status), { description: summary, headers, content }]),
  );
}

/** One response per status; its codes are listed in the description. */
function refusals(endpoint: Endpoint, isWrite: boolean): Json {
  const codes = [
    ...endpoint.refusals,
    ...refusalsOfAll,
    ...(isWrite ? refusalsOfWrites : refusalsOfReads),
  ];
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const { status, title } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${code}: ${title}`]);
  }
  const content = {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  };
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [
      String(status),
      { description: lines.join('\n'), content },
    ]),
  );
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
