/**
 * One request and its response, redirects included. Redirects follow the Fetch standard (section
 * 4.4): 303, and 301 or 302 after a POST, become a GET without body; the others repeat the request.
 * Credentials do not follow to another origin.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { outputBytesMax } from '../../model/output.ts';
import type { ActionOf } from '../runner.ts';

const redirectsMax = 5;

export interface HttpResponse {
  readonly status: number;
  readonly reason: string;
  /** Where redirects led, in order. */
  readonly redirects: readonly string[];
  /** At most `outputBytesMax` bytes. */
  readonly body: Uint8Array;
  /** True when the body was longer. */
  readonly truncated: boolean;
}

export type HttpOutcome =
  | { readonly kind: 'answered'; readonly response: HttpResponse }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryable: boolean };

export interface Exchange {
  /** Cuts the request off; `done` is still called, once. */
  abort(): void;
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** `done` is called exactly once, and never within this call. */
export function exchange(action: ActionOf<'http'>, done: (outcome: HttpOutcome) => void): Exchange {
  const controller = new AbortController();
  let settled = false;
  const settle = (outcome: HttpOutcome): void => {
    if (settled) return;
    settled = true;
    done(outcome);
  };
  const visit = (request: Request, redirects: readonly string[]): void => {
    send(request, controller.signal, (arrived) => {
      if (arrived.kind === 'failed') return settle(arrived);
      const { message } = arrived;
      const next = action.successStatus.includes(message.statusCode ?? 0)
        ? undefined
        : redirected(request, message);
      if (next === undefined) return readBody(message, redirects, settle);
      message.destroy();
      if (redirects.length < redirectsMax) return visit(next, [...redirects, next.url]);
      settle(failure(`redirected more than ${redirectsMax} times`, false));
    });
  };
  visit(action, []);
  return { abort: () => controller.abort() };
}

type Arrived = { readonly kind: 'response'; readonly message: IncomingMessage } | Failed;
type Failed = Extract<HttpOutcome, { kind: 'failed' }>;

function send(request: Request, signal: AbortSignal, arrived: (arrived: Arrived) => void): void {
  const opened = open(request, signal);
  if (typeof opened === 'string') {
    setImmediate(() => arrived(failure(opened, false)));
    return;
  }
  let answered = false;
  opened.on('response', (message) => {
    answered = true;
    arrived({ kind: 'response', message });
  });
  opened.on('error', (error) => {
    // After the response has begun, what happens to the body is the response's to tell.
    if (!answered) arrived(failure(`the request failed: ${error.message}`, true));
  });
  opened.end(request.body ?? undefined);
}

/** The opened request, or why there can be none. */
function open(request: Request, signal: AbortSignal): ClientRequest | string {
  if (!URL.canParse(request.url)) return `"${request.url}" is not a URL`;
  const url = new URL(request.url);
  const { method, headers } = request;
  try {
    if (url.protocol === 'http:')
      return httpRequest(url, { method, headers, signal, agent: false });
    if (url.protocol === 'https:') {
      return httpsRequest(url, { method, headers, signal, agent: false });
    }
    return `"${url.protocol}" is not a protocol for requests: write http: or https:`;
  } catch (error) {
    // A method or a header that HTTP does not allow.
    return error instanceof Error ? error.message : String(error);
  }
}

function readBody(
  message: IncomingMessage,
  redirects: readonly string[],
  settle: (outcome: HttpOutcome) => void,
): void {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const finish = (truncated: boolean): void => {
    const body = Buffer.concat(chunks).subarray(0, outputBytesMax);
    const status = message.statusCode ?? 0;
    const reason = message.statusMessage ?? '';
    settle({ kind: 'answered', response: { status, reason, redirects, body, truncated } });
  };
  message.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= outputBytesMax) return;
    finish(true);
    message.destroy();
  });
  message.on('end', () => finish(false));
  message.on('error', (error) => settle(failure(`the response broke off: ${error.message}`, true)));
  message.on('close', () => settle(failure('the response broke off', true)));
}

const redirectStatus: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const credentialHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
]);
const bodyHeaders: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);

/** The request that a redirect asks for; undefined if the response is none. */
function redirected(request: Request, message: IncomingMessage): Request | undefined {
  const { location } = message.headers;
  const status = message.statusCode ?? 0;
  if (location === undefined || !redirectStatus.has(status)) return undefined;
  if (!URL.canParse(location, request.url)) return undefined;
  const target = new URL(location, request.url);
  const sameOrigin = target.origin === new URL(request.url).origin;
  const method = request.method.toUpperCase();
  const toGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  const headers = Object.entries(request.headers).filter(([name]) => {
    const lower = name.toLowerCase();
    if (!sameOrigin && (credentialHeaders.has(lower) || lower === 'host')) return false;
    return !toGet || !bodyHeaders.has(lower);
  });
  return {
    method: toGet ? 'GET' : request.method,
    url: target.href,
    headers: Object.fromEntries(headers),
    body: toGet ? null : request.body,
  };
}

const failure = (reason: string, retryable: boolean): Failed => ({
  kind: 'failed',
  reason,
  retryable,
});
