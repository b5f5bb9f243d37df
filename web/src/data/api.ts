/**
 * Calls of the API on whichever node answers. A write carries an Idempotency-Key, so it may be
 * repeated on another node when a connection breaks or nobody leads for a moment: it is done once.
 */
import endpoints from 'virtual:endpoints';
import type { z } from 'zod';
import type { contract } from '../../../src/api/contract.ts';
import type { Problem } from '../../../src/api/problems.ts';
import { ApiProblem, NoAnswer } from './api-problem.ts';
import { currentNode, leaveNode, nodeCount } from './nodes.ts';
import { trusted } from './wire.ts';

type Contract = typeof contract;
export type EndpointName = keyof Contract;
export type Reply<N extends EndpointName> = z.output<Contract[N]['reply']>;

export interface CallInput<N extends EndpointName> {
  readonly params?: z.input<Contract[N]['params']>;
  readonly query?: z.input<Contract[N]['query']>;
  readonly body?: z.input<Contract[N]['body']>;
  /** A DAG definition, where the endpoint takes one. */
  readonly definition?: { readonly type: 'application/yaml' | 'application/json'; text: string };
  readonly signal?: AbortSignal;
}

/** How long a refusal that passes by itself, or silence, is met with another try. */
const patienceMs = 10_000;
const pauseMs = { first: 100, most: 1_500 } as const;
/** Refusals that pass by themselves. */
const passing: ReadonlySet<string> = new Set([
  'NO_LEADER',
  'INDEX_NOT_REACHED',
  'NOT_READY',
  'OVERLOADED',
]);

/** The newest log index that an answer reflected: what we wrote, we want to read. */
let seenIndex = 0;

export async function call<N extends EndpointName>(
  name: N,
  input: CallInput<N> = {},
): Promise<Reply<N>> {
  const response = await open(name, input);
  return trusted<Reply<N>>(await response.json());
}

/** A successful response whose body is left to the caller: texts and streams. */
export async function open<N extends EndpointName>(
  name: N,
  input: CallInput<N> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const request = requestOf(name, input, headers);
  const until = performance.now() + patienceMs;
  for (let wait: number = pauseMs.first, tries = 0; ; wait = Math.min(pauseMs.most, wait * 2)) {
    const node = currentNode();
    const response = await fetch(`${node}${request.path}`, request.init).catch((error) => {
      if (input.signal?.aborted) throw error;
      return undefined;
    });
    if (response?.ok) {
      if (request.init.method !== 'GET') {
        seenIndex = Math.max(seenIndex, Number(response.headers.get('x-skein-index') ?? 0));
      }
      return response;
    }
    const problem = response === undefined ? undefined : await problemIn(response);
    if (problem !== undefined && !passing.has(problem.code)) throw new ApiProblem(problem);
    if (performance.now() > until) {
      throw problem === undefined ? new NoAnswer('no node answers') : new ApiProblem(problem);
    }
    if (response === undefined || problem?.code === 'NOT_READY') leaveNode(node);
    tries += 1;
    // The other nodes are tried at once; only after all of them comes a pause.
    if (response !== undefined || tries % nodeCount() === 0) await pause(wait, input.signal);
  }
}

interface Request {
  readonly path: string;
  readonly init: RequestInit;
}

function requestOf<N extends EndpointName>(
  name: N,
  input: CallInput<N>,
  more: Readonly<Record<string, string>>,
): Request {
  const endpoint = endpoints[name];
  if (endpoint === undefined) throw new Error(`there is no endpoint ${name}`);
  const { method } = endpoint;
  const params = Object.entries(input.params ?? {});
  const path = params.reduce(
    (text, [key, value]) => text.replace(`{${key}}`, encodeURIComponent(String(value))),
    endpoint.path,
  );
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== null) query.set(key, String(value));
  }
  const headers: Record<string, string> = { ...more };
  if (method === 'GET') {
    if (seenIndex > 0 && endpoint.takesIndex) query.set('minIndex', String(seenIndex));
  } else headers['idempotency-key'] = newKey();
  const { body, definition, signal } = input;
  if (definition !== undefined) headers['content-type'] = definition.type;
  else if (endpoint.bodyKind === 'json') headers['content-type'] = 'application/json';
  const text =
    definition?.text ?? (endpoint.bodyKind === 'json' ? JSON.stringify(body ?? {}) : null);
  const search = query.size === 0 ? '' : `?${query}`;
  const init = { method, headers, body: text, ...(signal && { signal }) };
  return { path: `${path}${search}`, init };
}

/** 128 random bits. `crypto.randomUUID` is kept from pages that come by plain HTTP. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

async function problemIn(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    return trusted<Problem>(JSON.parse(text));
  } catch {
    const title = `the node answered with status ${response.status}`;
    return trusted<Problem>({ code: 'INTERNAL', title, status: response.status });
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
