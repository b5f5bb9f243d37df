/** Routes of event triggers: hooks that others call, events by hand, and who waits for what. */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { contract } from '../api/contract.ts';
import type { Endpoint } from '../api/contract-kit.ts';
import { type Problem, problemOf, problemOfRefusal } from '../api/problems.ts';
import { dagId, namespace, wallMs } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { EventSource, OutsideEvent } from '../model/dag-trigger.ts';
import { triggerLimits, utf8Bytes } from '../model/trigger.ts';
import { assetViews, type OneTrigger, triggersOf, triggerView } from '../model/views/trigger.ts';
import { readFreshness } from './asset-freshness.ts';
import { mediaType, readBody } from './body.ts';
import { pageOf } from './pages.ts';
import { type Call, type Door, route, type Success } from './route.ts';
import { acknowledge, dagNotFound, submit, unexpectedReply } from './submit.ts';

export function hookRoutes(door: Door): void {
  hookRoute(door);
  sendRoute(door);
  readRoutes(door);
  switchRoutes(door);
}

type Taken = {
  readonly runs: readonly string[];
  readonly known: number;
  readonly filtered: number;
  readonly key: string;
  readonly index: number;
};

/** Blanks of a body do not count, so it may be longer than what it says. */
const bodyBytesMax = 4 * triggerLimits.payloadBytes;

function hookRoute(door: Door): void {
  route(door, contract.hook, async (call) => {
    const { params, request } = call;
    const admitted = await admit(door, params, request.headers);
    if (!admitted.ok) return admitted;
    const text = await readBody(request, bodyBytesMax);
    if (!text.ok) return fail(asEventProblem(text.error));
    const payload = payloadIn(text.value, request.headers);
    if (!payload.ok) return payload;
    const key = keyIn(request.headers);
    if (!key.ok) return key;
    const source = {
      kind: 'webhook',
      namespace: namespace(params.namespace),
      dagId: dagId(params.dagId),
      trigger: params.trigger,
    } as const;
    const unkeyed = { namespace: source.namespace, requestId: null };
    return send(door, unkeyed, { source, key: key.value, payload: payload.value });
  });
}

type Hook = Extract<EventSource, { readonly kind: 'webhook' }>;

interface HookParams {
  readonly namespace: string;
  readonly dagId: string;
  readonly trigger: string;
}

/**
 * A node that is behind may not know the DAG yet, or another secret: it catches up before it
 * refuses, because a sender that is refused does not come again.
 */
async function admit(
  door: Door,
  params: HookParams,
  headers: Headers,
): Promise<Result<void, Problem>> {
  const known = await admitHere(door, params, headers);
  if (known.ok) return known;
  const ready = await door.service.reader.ready({ minIndex: null, linearizable: true });
  return ready.ok ? admitHere(door, params, headers) : fail(problemOfRefusal(ready.error));
}

async function admitHere(
  door: Door,
  params: HookParams,
  headers: Headers,
): Promise<Result<void, Problem>> {
  const hook = await findHook(door, params);
  if (!hook.ok) return hook;
  const refused = checkSecret(hook.value, headers);
  return refused === undefined ? ok(undefined) : fail(refused);
}

async function findHook(door: Door, params: HookParams): Promise<Result<Hook, Problem>> {
  const { value } = await door.service.reader.dag(namespace(params.namespace), dagId(params.dagId));
  if (value === undefined) return dagNotFound(params.dagId);
  const trigger = value.version.spec.triggers?.find(({ name }) => name === params.trigger);
  const hook = trigger?.sources.find((source) => source.kind === 'webhook');
  if (hook !== undefined) return ok(hook);
  const detail = `DAG ${params.dagId} has no webhook "${params.trigger}"`;
  return fail(problemOf('TRIGGER_NOT_FOUND', detail));
}

/**
 * Only the digest of the secret is stored. Digests are compared, in constant time, so neither the
 * time of the answer nor the definition tells the secret.
 */
function checkSecret({ secretDigest }: Hook, headers: Headers): Problem | undefined {
  if (secretDigest === null) return undefined;
  const secret = headers.get('x-skein-secret') ?? '';
  const presented = createHash('sha256').update(secret).digest();
  const stored = Buffer.from(secretDigest, 'hex');
  if (stored.length === presented.length && timingSafeEqual(stored, presented)) return undefined;
  const what = secret === '' ? 'is missing' : 'is wrong';
  return problemOf('HOOK_SECRET_WRONG', `the secret of the webhook ${what}`);
}

/** What names an event, by whom it comes from: ours, anybody's, GitHub's. */
const keyHeaders = ['idempotency-key', 'x-event-id', 'x-github-delivery'] as const;

/** An event without a name is another one each time. */
function keyIn(headers: Headers): Result<string, Problem> {
  const key = keyHeaders.map((name) => headers.get(name)).find((value) => value !== null);
  if (key === undefined || key === null) return ok(randomUUID());
  if (key !== '' && key.length <= triggerLimits.keyCharacters) return ok(key);
  const most = triggerLimits.keyCharacters;
  return fail(problemOf('EVENT_INVALID', `the key of an event has 1 to ${most} characters`));
}

/**
 * JSON where the sender says so, or does not say. What is a JSON object is one, whatever is said of
 * it: `curl -d` calls everything a form. Any other text is a JSON text. Empty is null.
 */
function payloadIn(text: string, headers: Headers): Result<string, Problem> {
  if (text.trim() === '') return ok('null');
  const type = mediaType(headers);
  const saysJson = type === 'application/json' || type.endsWith('+json');
  const isLike = type === '' || text.trimStart().startsWith('{');
  const parsed = saysJson || isLike ? compactJson(text) : undefined;
  if (saysJson && parsed === undefined) {
    return fail(problemOf('EVENT_INVALID', 'the body is not JSON, and its type says it is'));
  }
  return bounded(parsed ?? JSON.stringify(text));
}

function compactJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function bounded(payload: string): Result<string, Problem> {
  const bytes = utf8Bytes(payload);
  if (bytes <= triggerLimits.payloadBytes) return ok(payload);
  const most = triggerLimits.payloadBytes;
  return fail(problemOf('EVENT_TOO_LARGE', `the event has ${bytes} bytes; ${most} are allowed`));
}

const asEventProblem = (problem: Problem): Problem =>
  problem.code === 'TOO_LARGE' ? problemOf('EVENT_TOO_LARGE', problem.detail) : problem;

function sendRoute(door: Door): void {
  route(door, contract.sendEvent, async (call) => {
    const { body } = call;
    const payload = bounded(JSON.stringify(body.payload ?? null));
    if (!payload.ok) return payload;
    const key = body.key ?? call.requestId ?? randomUUID();
    const source = sourceOf(call);
    return send(door, call, { source, key, payload: payload.value });
  });
}

function sourceOf({ body, namespace: where }: Call<typeof contract.sendEvent>) {
  switch (body.kind) {
    case 'subject':
      return { kind: 'subject', subject: body.subject } as const;
    case 'asset':
      return { kind: 'asset', namespace: where, uri: body.uri } as const;
    case 'trigger': {
      const { trigger } = body;
      return { kind: 'trigger', namespace: where, dagId: dagId(body.dagId), trigger } as const;
    }
  }
}

async function send(
  door: Door,
  call: Pick<Call<Endpoint>, 'namespace' | 'requestId'>,
  event: OutsideEvent,
): Promise<Result<Success<Taken>, Problem>> {
  const { namespace: where } = call;
  const command = { kind: 'outside-events', namespace: where, events: [event] } as const;
  const done = await submit(door, call, command);
  if (!done.ok) return done;
  const { reply, index } = done.value;
  if (reply.kind !== 'events-taken') return unexpectedReply(reply);
  const { runs, known, filtered = 0 } = reply;
  return ok({ index, value: { runs, known, filtered, key: event.key, index } });
}

function readRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listTriggers, async ({ namespace: where, query }) => {
    const page = (triggers: readonly OneTrigger[]) => {
      const { items, cursor } = pageOf(triggers, { key: nameOf }, query);
      return { items: items.map(triggerView), cursor };
    };
    if (query.dag === undefined) {
      const { index, value } = await reader.dags(where);
      return ok({ index, value: page(value.flatMap(triggersOf)) });
    }
    const { index, value } = await reader.dag(where, dagId(query.dag));
    if (value === undefined) return dagNotFound(query.dag);
    return ok({ index, value: page(triggersOf(value)) });
  });

  route(door, contract.listAssets, async ({ namespace: where, query }) => {
    const { index, value: dags } = await reader.dags(where);
    const page = pageOf(assetViews(dags), { key: ({ uri }) => uri }, query);
    const asked = { namespace: where, now: wallMs(Date.now()), dags };
    const fresh =
      query.freshness === true ? await readFreshness(reader, asked, page.items) : undefined;
    const items = page.items.map((asset) => ({ ...asset, freshness: fresh?.get(asset) ?? null }));
    return ok({ index, value: { ...page, items } });
  });
}

const nameOf = ({ rows, trigger }: OneTrigger): string => `${rows.dag.dagId} ${trigger.name}`;

function switchRoutes(door: Door): void {
  for (const [endpoint, enabled] of [
    [contract.enableTrigger, true],
    [contract.disableTrigger, false],
  ] as const) {
    route(door, endpoint, (call) => {
      const { dagId: id, trigger } = call.params;
      const named = { dagId: dagId(id), trigger, enabled };
      const command = { kind: 'switch-trigger', namespace: call.namespace, ...named } as const;
      return acknowledge(door, call, command, named);
    });
  }
}
