/** What an endpoint is, and the schemas that many endpoints share. */
import { z } from 'zod';
import { parseInstant } from '../model/instant.ts';
import type { Json } from '../model/json.ts';
import { runCursorPattern } from '../model/reading.ts';
import { bounded } from './dag-file-kit.ts';
import { dagFileLimits } from './dag-file-limits.ts';
import type { ProblemCode } from './problem-code.ts';
import { isNoStep, strict } from './schema-kit.ts';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** One endpoint of the API. Server routes, client and OpenAPI are made of it. */
export interface Endpoint {
  readonly method: Method;
  /** With `{name}` for each key of `params`. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodObject;
  /** Texts come in, typed values come out. */
  readonly query: z.ZodObject;
  /** `dag-file`: YAML or JSON, read by `dag-file.ts` and not by `body`. */
  readonly bodyKind: 'none' | 'json' | 'dag-file';
  readonly body: z.ZodType;
  /** Successful statuses; the first one is the usual one. */
  readonly statuses: readonly [number, ...number[]];
  readonly media:
    | 'application/json'
    | 'text/plain'
    | 'text/event-stream'
    | 'application/octet-stream';
  readonly reply: z.ZodType;
  /** Refusals beyond those that every endpoint may give. */
  readonly refusals: readonly ProblemCode[];
}

/** Keeps the exact types of an endpoint, so that handlers and client calls are checked by them. */
export const endpoint = <const E extends Omit<Endpoint, 'media'>>(definition: E) => ({
  ...definition,
  media: 'application/json' as const,
});

/** An endpoint that replies with text, or with a stream of it. */
export const textEndpoint = <
  const M extends Endpoint['media'],
  const E extends Omit<Endpoint, 'media' | 'reply'>,
>(
  media: M,
  definition: E,
) => ({ ...definition, media, reply: z.string() });

/** An endpoint that takes no body and answers with 200: most of them. */
export const bareEndpoint = <
  const M extends Method,
  const E extends Omit<Endpoint, 'media' | 'method' | 'statuses' | keyof typeof noBody>,
>(
  method: M,
  definition: E,
) => endpoint({ ...definition, ...noBody, method, statuses: [200] });

export const noBody = { bodyKind: 'none', body: z.undefined() } as const;
export const dagFileBody = { bodyKind: 'dag-file', body: z.undefined() } as const;
export const jsonBody = <S extends z.ZodType>(body: S) => ({ bodyKind: 'json', body }) as const;

export const noParams = strict({});

/** Any JSON, as the model types it. */
export const jsonValue: z.ZodType<Json> = z.json();

/** Params of a run, or the fields of a form. */
export const paramValues = bounded(
  z.record(
    z.string(),
    jsonValue.refine((value) => JSON.stringify(value).length <= dagFileLimits.paramCharacters, {
      error: `at most ${dagFileLimits.paramCharacters} characters as JSON`,
    }),
  ),
  dagFileLimits.params,
);

const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'write a whole number')
    .transform(Number)
    .refine((value) => value <= most, { error: `at most ${most}` });

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

export const count = (most: number) =>
  wholeNumber(most).refine((value) => value > 0, { error: 'at least 1' });

export const logPosition = wholeNumber(Number.MAX_SAFE_INTEGER);

/** A date and time, or a duration before now is left to the client: the API knows instants only. */
export const instantText = z.string().transform((text, context) => {
  const parsed = parseInstant(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.error });
  return z.NEVER;
});

const idText = z
  .string()
  .regex(/^[a-zA-Z0-9_.-]{1,250}$/, 'an id is 1 to 250 of letters, digits, "_", "." and "-"')
  .refine(isNoStep, 'an id must not be "." or ".."');

/** The item that an instance of a mapped task works on, counted from 0. */
export const mapIndex = z
  .string()
  .regex(/^\d{1,5}$/, 'write a whole number from 0 on')
  .transform(Number);

/** A list may be asked for what belongs to one DAG. */
export const dagFilter = { dag: z.string().max(250).optional() };

export const dagParams = strict({ dagId: idText });
export const runParams = strict({ runId: idText });
export const taskParams = strict({ runId: idText, taskId: idText });
export const attemptParams = taskParams.extend({
  attempt: z.string().regex(/^(latest|[1-9]\d{0,5})$/, 'write a number from 1 on, or latest'),
});

const namespaceQuery = {
  namespace: idText.optional().meta({ description: 'Unless said: default.' }),
};

const readQuery = {
  minIndex: logPosition
    .optional()
    .meta({ description: 'Answer only when this log index is applied here: read your writes.' }),
  consistency: z
    .enum(['local', 'linearizable'])
    .optional()
    .meta({ description: 'linearizable: confirm with a majority first (local).' }),
};

/** The query of a write: a namespace, and what else it takes. */
export const writes = <S extends z.core.$ZodLooseShape>(shape: S) =>
  strict({ ...namespaceQuery, ...shape });

/** The query of a read within a namespace. */
export const reads = <S extends z.core.$ZodLooseShape>(shape: S) =>
  strict({ ...namespaceQuery, ...readQuery, ...shape });

/** Rows of one page unless a request asks for fewer or more. */
export const pageSizeDefault = 100;
const pageSizeMax = 1_000;

/** What every list takes. */
export const paging = {
  limit: count(pageSizeMax).optional(),
  cursor: z.string().max(1024).optional(),
};

/** What lists of runs take. */
export const runPaging = {
  limit: paging.limit,
  cursor: z
    .string()
    .max(1024)
    .regex(runCursorPattern, 'give back what the page before returned')
    .optional(),
};

/** The query of a list. */
export const lists = <S extends z.core.$ZodLooseShape>(shape: S) => reads({ ...paging, ...shape });

/** The query of a read of what belongs to no namespace, and of a list of it. */
export const clusterReads = <S extends z.core.$ZodLooseShape>(shape: S) =>
  strict({ ...readQuery, ...shape });

export const clusterLists = <S extends z.core.$ZodLooseShape>(shape: S) =>
  clusterReads({ ...paging, ...shape });

/** The query of a read of the node itself. */
export const plain = <S extends z.core.$ZodLooseShape>(shape: S) => strict(shape);
