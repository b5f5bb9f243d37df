/**
 * From an endpoint of the contract to a route: parse what came, wait for the log if asked to, call
 * the handler, reply. A handler sees typed values only and never builds a response by hand.
 *
 *   request -> cross-site? -> params -> query -> key -> body -> ready -> handler -> reply
 *                  |            |        |       |      |        |         |
 *                 403          400      400     400  400/413/415 503   its refusal
 */
import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import type { ConnectionTester } from '../api/connection-tester.ts';
import type { Endpoint } from '../api/contract-kit.ts';
import { codeOfFindings } from '../api/dag-file.ts';
import type { DagReader } from '../api/dag-reader.ts';
import { findingsOf, remarksOf } from '../api/findings.ts';
import { readJson } from '../api/json-text.ts';
import type { ProblemCode } from '../api/problem-code.ts';
import { type Problem, problemOf, problemOfFindings, problemOfRefusal } from '../api/problems.ts';
import type { NodeService } from '../api/service.ts';
import { bodyTextLimits } from '../api/source-document.ts';
import type { Vault } from '../api/vault.ts';
import type { RequestId } from '../base/brand.ts';
import { type LogIndex, logIndex, type Namespace, namespace, requestId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { mediaType, readBody } from './body.ts';
import type { HttpLimits } from './limits.ts';
import { clusterOrigins } from './origins.ts';
import { jsonReply, problemReply } from './reply.ts';

export interface Call<E extends Endpoint> {
  readonly params: z.output<E['params']>;
  readonly query: z.output<E['query']>;
  readonly body: z.output<E['body']>;
  readonly namespace: Namespace;
  readonly requestId: RequestId | null;
  readonly request: Request;
}

export interface Success<T> {
  readonly index: LogIndex;
  readonly value: T;
  /** The endpoint's first status unless said. */
  readonly status?: number;
}

export type Handler<E extends Endpoint> = (
  call: Call<E>,
) => Promise<Result<Success<z.input<E['reply']>>, Problem>>;

/** What every route needs. */
export interface Door {
  readonly app: Hono;
  readonly service: NodeService;
  readonly readDag: DagReader;
  readonly vault: Vault;
  readonly tester: ConnectionTester;
  readonly limits: HttpLimits;
}

export function route<E extends Endpoint>(door: Door, endpoint: E, handle: Handler<E>): void {
  rawRoute(door, endpoint, async (call) => {
    const result = await handle(call);
    if (!result.ok) return problemReply(result.error, door.service.reader.appliedIndex());
    const { status, index, value } = result.value;
    return jsonReply(status ?? endpoint.statuses[0], index, value);
  });
}

/** A route whose handler builds its own response: streams and texts. */
export function rawRoute<E extends Endpoint>(
  door: Door,
  endpoint: E,
  handle: (call: Call<E>) => Promise<Response>,
): void {
  const path = endpoint.path.replace(/\{(\w+)\}/g, ':$1');
  door.app.on(endpoint.method, path, async (context) => {
    const call = await readCall(door, endpoint, context);
    if (!call.ok) return problemReply(call.error, door.service.reader.appliedIndex());
    return handle(call.value);
  });
}

async function readCall<E extends Endpoint>(
  door: Door,
  endpoint: E,
  context: Context,
): Promise<Result<Call<E>, Problem>> {
  const request = context.req.raw;
  if (endpoint.method !== 'GET' && isCrossSite(request.headers, door.service)) {
    return fail(problemOf('CROSS_SITE', 'the request comes from a page of another origin'));
  }
  const params = check<E['params']>(endpoint.params, context.req.param(), 'QUERY_INVALID');
  if (!params.ok) return params;
  const search = searchOf(request.url);
  if (!search.ok) return search;
  const query = check<E['query']>(endpoint.query, search.value, 'QUERY_INVALID');
  if (!query.ok) return query;
  const key = idempotencyKey(request.headers);
  if (!key.ok) return key;
  const body = await readJsonBody(door, endpoint, request);
  if (!body.ok) return body;
  const ready = await waitUntilReady(door.service, query.value);
  if (!ready.ok) return ready;
  return ok({
    params: params.value,
    query: query.value,
    body: body.value,
    namespace: namespace(search.value.namespace ?? 'default'),
    requestId: key.value,
    request,
  });
}

/** Each key once: of two values one would be passed over in silence. */
function searchOf(url: string): Result<Readonly<Record<string, string>>, Problem> {
  const { searchParams } = new URL(url);
  const keys = new Set<string>();
  for (const key of searchParams.keys()) {
    if (keys.has(key)) {
      const detail = `"${key}" is said more than once; a list is one value with commas`;
      return fail(problemOf('QUERY_INVALID', detail));
    }
    keys.add(key);
  }
  return ok(Object.fromEntries(searchParams));
}

/** Checks a value at this door; every mistake is listed. */
function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ProblemCode,
): Result<z.output<S>, Problem> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const remarks = remarksOf(parsed.error.issues, code, value);
  return fail(problemOfFindings(code, findingsOf(remarks, undefined)));
}

/** Browsers say where a request comes from; a page elsewhere may not change anything here. */
function isCrossSite(headers: Headers, service: NodeService): boolean {
  const site = headers.get('sec-fetch-site');
  const origin = headers.get('origin');
  const isOwn = origin === null || origin.replace(/^https?:\/\//, '') === headers.get('host');
  if (isOwn) return site === 'cross-site' || site === 'same-site';
  return !clusterOrigins(service).has(origin);
}

function idempotencyKey(headers: Headers): Result<RequestId | null, Problem> {
  const key = headers.get('idempotency-key');
  if (key === null) return ok(null);
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return ok(requestId(key));
  const detail = 'Idempotency-Key is 1 to 200 visible ASCII characters';
  return fail(problemOf('QUERY_INVALID', detail));
}

async function readJsonBody<E extends Endpoint>(
  door: Door,
  endpoint: E,
  request: Request,
): Promise<Result<z.output<E['body']>, Problem>> {
  const schema: E['body'] = endpoint.body;
  if (endpoint.bodyKind !== 'json') return check(schema, undefined, 'BODY_INVALID');
  const text = await readBody(request, door.limits.bodyBytesMax);
  if (!text.ok) return text;
  if (text.value.trim() === '') return check(schema, {}, 'BODY_INVALID');
  const type = mediaType(request.headers);
  if (type !== 'application/json' && !type.endsWith('+json')) {
    const detail = `the body is of type "${type}": send Content-Type: application/json`;
    return fail(problemOf('MEDIA_TYPE_UNSUPPORTED', detail));
  }
  const read = readJson(text.value, bodyTextLimits);
  if (!read.ok) return fail(problemOfFindings(codeOfFindings(read.error), read.error));
  return check(schema, read.value.value, 'BODY_INVALID');
}

/** `minIndex` and `consistency`, on every endpoint that has them. */
async function waitUntilReady(
  service: NodeService,
  query: Readonly<Record<string, unknown>>,
): Promise<Result<void, Problem>> {
  const { minIndex, consistency } = query;
  const linearizable = consistency === 'linearizable';
  if (typeof minIndex !== 'number' && !linearizable) return ok(undefined);
  const least = typeof minIndex === 'number' ? logIndex(minIndex) : null;
  const ready = await service.reader.ready({ minIndex: least, linearizable });
  return ready.ok ? ready : fail(problemOfRefusal(ready.error));
}
