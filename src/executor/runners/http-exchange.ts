/**
 * One request and its response, redirects included. Every connection, those of redirects too, goes
 * to an address that the node's policy has let through.
 */
import type { AddressPolicy } from '../../model/http-policy.ts';
import { outputBytesMax } from '../../model/output.ts';
import { shownUrl } from '../shown-url.ts';
import type { HttpAgent, HttpAnswer, Send } from './http-agent.ts';
import { basic, type Outgoing } from './http-auth.ts';
import { BlockedError, type Resolve } from './http-connector.ts';
import { type HttpRequest, redirected } from './http-redirect.ts';

export interface HttpResponse {
  readonly status: number;
  readonly reason: string;
  /** Where redirects led, in order. */
  readonly redirects: readonly string[];
  /** What the header `retry-after` says. */
  readonly retryAfter: string | undefined;
  /** At most `outputBytesMax` bytes. */
  readonly body: Uint8Array;
  /** True when the body was longer. */
  readonly truncated: boolean;
}

export type HttpOutcome =
  | { readonly kind: 'answered'; readonly response: HttpResponse }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly retryable: boolean;
      readonly errorClass: HttpFailure;
    };

export type HttpFailure =
  | 'connection'
  | 'address_blocked'
  | 'request_invalid'
  | 'too_many_redirects';

export interface Exchange {
  /** Cuts the request off; `done` is still called, once. */
  abort(): void;
}

export interface ExchangeOptions {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
}

/** `done` is called exactly once, and never within this call. */
export function exchange(
  outgoing: Outgoing,
  options: ExchangeOptions,
  done: (outcome: HttpOutcome) => void,
): Exchange {
  const controller = new AbortController();
  outcomeOf(outgoing, options, controller.signal).then(done);
  return { abort: () => controller.abort() };
}

async function outcomeOf(
  outgoing: Outgoing,
  { policy, resolve }: ExchangeOptions,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  let dispatcher: HttpAgent | undefined;
  try {
    const { guardedAgent, send } = await import('./http-agent.ts');
    dispatcher = guardedAgent(policy, resolve, outgoing.tls);
    return await converse(outgoing, { send, dispatcher, signal });
  } catch (error) {
    return failureOf(error);
  } finally {
    // Whatever is still open, a body that nobody wants included.
    dispatcher?.destroy(null, () => {});
  }
}

interface Line {
  readonly send: Send;
  readonly dispatcher: HttpAgent;
  readonly signal: AbortSignal;
}

async function converse(outgoing: Outgoing, line: Line): Promise<HttpOutcome> {
  const { redirects: most, successStatus } = outgoing;
  const redirects: string[] = [];
  let request: HttpRequest = outgoing;
  for (;;) {
    const flaw = flawIn(request.url);
    if (flaw !== undefined) return failed(flaw, 'request_invalid');
    const answer = await ask(request, line);
    const { statusCode: status, headers } = answer;
    const location = single(headers.location);
    const next = successStatus.includes(status)
      ? undefined
      : redirected(request, { status, location });
    if (next === undefined) return answeredWith(answer, redirects);
    answer.body.on('error', () => {}).destroy();
    if (redirects.length >= most) {
      return failed(`redirected more than ${most} times`, 'too_many_redirects');
    }
    redirects.push(next.url);
    request = next;
  }
}

async function ask(request: HttpRequest, { send, ...line }: Line): Promise<HttpAnswer> {
  const url = new URL(request.url);
  const headers = withUrlCredentials(request.headers, url);
  const { method, body } = request;
  try {
    return await send(url, { method, headers, body, ...line });
  } catch (error) {
    throw new RequestError(error);
  }
}

/** It failed before there was a response. */
class RequestError extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

async function answeredWith(
  { statusCode: status, statusText: reason, headers, body }: HttpAnswer,
  redirects: readonly string[],
): Promise<HttpOutcome> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > outputBytesMax) break;
  }
  const response: HttpResponse = {
    ...{ status, reason, redirects, retryAfter: single(headers['retry-after']) },
    body: Buffer.concat(chunks).subarray(0, outputBytesMax),
    truncated: bytes > outputBytesMax,
  };
  return { kind: 'answered', response };
}

/** Why there can be no request to that; undefined if there can. */
function flawIn(text: string): string | undefined {
  if (!URL.canParse(text)) return `"${shownUrl(text)}" is not a URL`;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:'
    ? undefined
    : `"${protocol}" is not a protocol for requests: write http: or https:`;
}

/** A name and a password in the address itself, unless there are better ones. */
function withUrlCredentials(headers: HttpRequest['headers'], url: URL): HttpRequest['headers'] {
  const isKnown = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (isKnown || (url.username === '' && url.password === '')) return headers;
  const [user = '', password = ''] = [url.username, url.password].map(decoded);
  return { ...headers, authorization: basic({ user, password }) };
}

/** A percent sign that begins no code stands for itself, as in other clients. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

function failureOf(error: unknown): HttpOutcome {
  if (!(error instanceof RequestError)) {
    return failed(`the response broke off: ${messageOf(error)}`, 'connection');
  }
  const { cause } = error;
  if (cause instanceof BlockedError) return failed(error.message, 'address_blocked');
  if (codesOfOurs.has(codeOf(cause))) return failed(error.message, 'request_invalid');
  return failed(`the request failed: ${error.message}`, 'connection');
}

/** A method, a header or a body that HTTP does not allow. */
const codesOfOurs: ReadonlySet<unknown> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Where several addresses were tried, the errors stand inside of an error without words. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

const failed = (reason: string, errorClass: HttpFailure): HttpOutcome => ({
  kind: 'failed',
  reason,
  errorClass,
  retryable: errorClass === 'connection',
});
