/**
 * The client of the command line: calls endpoints of the contract on whichever node answers.
 *
 * Every write carries an Idempotency-Key, so it may be repeated on another node when a connection
 * breaks or nobody leads for a moment: it is done once.
 */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Endpoint } from '../api/contract-kit.ts';
import { problemReply } from '../api/contract-replies.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { exitCodes, type Failure } from './exit-codes.ts';
import { tame } from './format.ts';

/** How long one request may take, in milliseconds. */
const requestMs = 30_000;
/** How long a refusal that passes by itself is asked again, in milliseconds. */
const patienceMs = 10_000;
const firstPauseMs = 100;
const pauseMsMax = 2_000;

export interface Input<E extends Endpoint> {
  readonly params: z.input<E['params']>;
  readonly query: z.input<E['query']>;
  readonly body?: z.input<E['body']>;
  /** A DAG definition, where the endpoint takes one. */
  readonly definition?: unknown;
}

export interface Reply<T> {
  readonly value: T;
  /** The reply as it came, with what this version does not know yet. */
  readonly raw: unknown;
  readonly status: number;
  readonly index: number;
}

export interface ClientOptions {
  readonly servers: readonly string[];
  readonly namespace: string | null;
  readonly signal: AbortSignal;
}

/** What became of one try on one server. */
type Try =
  | { readonly kind: 'reply'; readonly response: Response }
  | { readonly kind: 'unreachable'; readonly why: string };

export class Client {
  readonly #options: ClientOptions;
  /** The server that answered last is asked first, unless it was not ready. */
  #favourite = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Calls an endpoint that replies with JSON. */
  async call<E extends Endpoint>(
    endpoint: E,
    input: Input<E>,
  ): Promise<Result<Reply<z.output<E['reply']>>, Failure>> {
    const sent = await this.open(endpoint, input, requestMs);
    if (!sent.ok) return sent;
    const response = sent.value;
    const text = await response.text().catch((error: unknown) => fail(reasonOf(error)));
    if (typeof text !== 'string') return fail(this.#unreachable(text.error));
    const raw = jsonOrNull(text);
    const parsed = parse<E['reply']>(endpoint.reply, raw);
    if (!parsed.ok) return fail(strangeReply(response.url));
    const index = Number(response.headers.get('x-skein-index') ?? 0);
    return ok({ value: parsed.value, raw, status: response.status, index });
  }

  /** Opens a successful response and leaves its body to the caller; `timeoutMs` null: no limit. */
  async open<E extends Endpoint>(
    endpoint: E,
    input: Input<E>,
    timeoutMs: number | null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Result<Response, Failure>> {
    const key = endpoint.method === 'GET' ? {} : { 'idempotency-key': randomUUID() };
    const content: unknown = input.body ?? input.definition;
    const body = content === undefined ? undefined : JSON.stringify(content);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const request: RequestInit = {
      method: endpoint.method,
      headers: { accept: endpoint.media, ...type, ...key, ...headers },
      ...(body === undefined ? {} : { body }),
    };
    const path = pathOf(endpoint, input, this.#options.namespace);
    const startMs = performance.now();
    let pauseMs = firstPauseMs;
    for (;;) {
      const tried = await this.#tryAll(path, request, timeoutMs);
      const failure = await this.#failureOf(tried);
      if (failure === undefined && tried.kind === 'reply') return ok(tried.response);
      const isPatient = performance.now() - startMs + pauseMs < patienceMs;
      if (failure !== undefined && !(isPatient && isPassing(failure))) return fail(failure);
      if (failure?.code === 'NOT_READY') this.#favourite += 1;
      await pause(pauseMs, this.#options.signal);
      pauseMs = Math.min(pauseMs * 2, pauseMsMax);
    }
  }

  /** Asks each server once, beginning with the favourite, until one answers. */
  async #tryAll(path: string, request: RequestInit, timeoutMs: number | null): Promise<Try> {
    const { servers, signal } = this.#options;
    let why = 'no server was named';
    for (let turn = 0; turn < servers.length; turn++) {
      const place = (this.#favourite + turn) % servers.length;
      const server = servers[place] ?? '';
      const limit = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)];
      try {
        const response = await fetch(server + path, {
          ...request,
          signal: AbortSignal.any([signal, ...limit]),
        });
        this.#favourite = place;
        return { kind: 'reply', response };
      } catch (error) {
        if (signal.aborted) break;
        why = `${server}: ${reasonOf(error)}`;
      }
    }
    return { kind: 'unreachable', why };
  }

  async #failureOf(tried: Try): Promise<Failure | undefined> {
    if (this.#options.signal.aborted) return interrupted;
    if (tried.kind === 'unreachable') return this.#unreachable(tried.why);
    const { response } = tried;
    if (response.ok) return undefined;
    const text = await response.text().catch(() => '');
    const problem = problemReply.safeParse(jsonOrNull(text));
    if (!problem.success) return strangeReply(response.url, response.status);
    const { code, detail, next, problems } = problem.data;
    const list = problems.map(
      (finding) => `\n  ${tame(placeText(finding) + finding.message, 2_000)}`,
    );
    const shown = problems.length > 1 ? `${problems.length} problems${list.join('')}` : detail;
    return { exitCode: exitCodeOf(response.status), code, detail: shown, next };
  }

  #unreachable(why: string): Failure {
    const { servers } = this.#options;
    return {
      exitCode: exitCodes.unavailable,
      code: 'UNREACHABLE',
      detail: `no node answers at ${servers.join(', ')} (${why})`,
      next: 'Start a node (`skein up`), or name one with --server URL or SKEIN_SERVER.',
    };
  }
}

interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | null;
}

/** Where a page begins: at the begin of the list, or behind the page that gave the cursor. */
export interface Place {
  readonly cursor?: string;
}

/** Every item of a list: `call` asks for its first page, then for the one at each cursor. */
export async function everyItem<T>(
  call: (at: Place) => Promise<Result<Reply<Page<T>>, Failure>>,
): Promise<Result<readonly T[], Failure>> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const reply = await call(cursor === null ? {} : { cursor });
    if (!reply.ok) return reply;
    items.push(...reply.value.value.items);
    cursor = reply.value.value.cursor;
  } while (cursor !== null);
  return ok(items);
}

function parse<S extends z.ZodType>(schema: S, raw: unknown): Result<z.output<S>, null> {
  const parsed = schema.safeParse(raw);
  return parsed.success ? ok(parsed.data) : fail(null);
}

export const interrupted: Failure = {
  exitCode: exitCodes.interrupt,
  code: 'INTERRUPTED',
  detail: 'interrupted',
  next: '',
};

const strangeReply = (url: string, status = 200): Failure => ({
  exitCode: exitCodes.failure,
  code: 'STRANGE_REPLY',
  detail: `${url} answered (status ${status}) with something that Skein does not say`,
  next: 'Check that the address is that of a node, and that its version fits (`skein version`).',
});

/** `12:5 tasks.load.retries: `, as far as it is known. */
const placeText = ({
  line,
  column,
  path,
}: z.output<typeof problemReply>['problems'][number]): string =>
  `${line === null ? '' : `${line}:${column} `}${path === '' ? '' : `${path}: `}`;

/** Refusals that pass by themselves: a new leader is elected, a queue drains, a change commits. */
const passing: readonly string[] = [
  'NO_LEADER',
  'INDEX_NOT_REACHED',
  'NOT_READY',
  'OVERLOADED',
  'OUTCOME_UNKNOWN',
  'CHANGE_PENDING',
];
const isPassing = ({ code }: Failure): boolean => passing.includes(code);

function exitCodeOf(status: number): Failure['exitCode'] {
  if (status === 404) return exitCodes.notFound;
  return status === 503 || status === 504 ? exitCodes.unavailable : exitCodes.failure;
}

function pathOf<E extends Endpoint>(
  endpoint: E,
  input: Input<E>,
  namespace: string | null,
): string {
  const params = new Map(Object.entries(input.params));
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params.get(name) ?? '')),
  );
  const search = new URLSearchParams();
  const takesNamespace = Object.hasOwn(endpoint.query.shape, 'namespace');
  if (namespace !== null && takesNamespace) search.set('namespace', namespace);
  for (const [name, value] of Object.entries(input.query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The innermost cause says it best: `connect ECONNREFUSED 127.0.0.1:8080`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}

/** Resolves after `ms`, or at once when `signal` is aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
